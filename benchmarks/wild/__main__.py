"""Differentiate the documented calls of installed packages, and report what became of them.

python -m benchmarks.wild                    the packages of packages.txt
python -m benchmarks.wild PACKAGE...         these packages
    --sample N     N calls of each, spread over the package
    --seconds S    time for each package (default 600)
    --write FILE   write the report as a page
    --list         show each call that is not right
"""

from __future__ import annotations

import argparse
import collections
import importlib.metadata
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: Where the packages and this one are looked for, besides where they are installed.
ROOTS: tuple[str, ...] = (str(HERE.parent.parent),)
VERDICTS = ("right", "wrong", "refused", "slow", "crash")


def listed() -> list[str]:
    lines = (HERE / "packages.txt").read_text().splitlines()
    return [line.split()[1] for line in lines if line and not line.startswith("#")]


def _square(x: float) -> float:
    return x * x


def inside(package: str, out: Path, sample: int) -> None:
    """Judge the calls of one package, in a process of its own; one line of JSON for each."""
    warnings.simplefilter("ignore")
    import adjoint
    from benchmarks.wild.calls import documented

    adjoint.grad(_square)(1.0)  # the first one loads the compiler
    every = list(documented(package))
    if sample and len(every) > sample:
        every = [every[k * len(every) // sample] for k in range(sample)]
    with out.open("a") as lines:
        lines.write(json.dumps({"calls": len(every)}) + "\n")
        for function, module in every:
            lines.flush()
            child = os.fork()
            if not child:
                record = _judged(package, function, module)
                os.write(lines.fileno(), (json.dumps(record) + "\n").encode())
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:
                record = {"name": function.__name__, "verdict": "crash", "reason": "process died"}
                lines.write(json.dumps(record) + "\n")


def _judged(package: str, function: Any, module: Any) -> dict[str, Any]:
    from benchmarks.wild.calls import first_call
    from benchmarks.wild.judging import TooSlow, judge, limit

    name = f"{function.__module__}.{function.__qualname__}"
    try:
        with limit(30):
            call = first_call(package, function, module)
    except (Exception, TooSlow):
        call = None
    if call is None:
        return {"name": name, "verdict": "excluded", "reason": "no call of it in its examples"}
    try:
        with limit(120):
            return judge(call)
    except TooSlow:
        return {"name": name, "verdict": "excluded", "reason": "the call itself is slow"}


def outside(package: str, sample: int, seconds: float) -> list[dict[str, Any]]:
    """The records of a package, judged in a scratch folder within a time limit."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "records"
        command = [sys.executable, "-m", "benchmarks.wild", package, "--inside", str(out)]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(ROOTS),
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "agg",
        }
        process = subprocess.Popen(
            [*command, "--sample", str(sample)], cwd=scratch, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, said = process.communicate()
        if not out.exists():
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            return [{"name": package, "verdict": "excluded", "reason": f"no import: {last}"}]
        first, *records = [json.loads(line) for line in out.read_text().splitlines()]
        left = first["calls"] - len(records)
        reason = "the time of the package was over"
        return records + [{"name": package, "verdict": "excluded", "reason": reason}] * left


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    """The report as text for a page."""
    columns = ["package", "calls", "counted", *VERDICTS, "gradient/primal", "first call"]
    lines = [f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
    everything: list[dict[str, Any]] = []
    for package, records in found.items():
        lines.append(_row(f"{package} {_version(package)}", records))
        everything += records
    lines.append(_row("**all**", everything))
    for verdict, title in (("refused", "Refused"), ("excluded", "Not counted"), ("wrong", "Wrong"),
                           ("crash", "Crashes")):  # fmt: skip
        reasons = collections.Counter(r["reason"] for r in everything if r["verdict"] == verdict)
        if reasons:
            lines += ["", f"{title}, by reason:", "", "| calls | reason |", "| --- | --- |"]
            lines += [f"| {n} | {_cell(reason)} |" for reason, n in reasons.most_common(25)]
    return "\n".join(lines)


def _row(name: str, records: Sequence[dict[str, Any]]) -> str:
    count = collections.Counter(r["verdict"] for r in records)
    counted = sum(count[v] for v in VERDICTS)
    share = f"{count['right']} ({100 * count['right'] / counted:.0f} %)" if counted else "0"
    numbers = [count[v] for v in VERDICTS[1:]]
    cells = [name, len(records), counted, share, *numbers, _median(records, "ratio", "{:.1f}"),
             _median(records, "first", "{:.2f} s")]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def _median(records: Sequence[dict[str, Any]], name: str, form: str) -> str:
    values = [r[name] for r in records if name in r and r["verdict"] == "right"]
    return form.format(statistics.median(values)) if values else ""


def _version(package: str) -> str:
    for name in importlib.metadata.packages_distributions().get(package.partition(".")[0], []):
        return importlib.metadata.version(name)
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m benchmarks.wild", description=__doc__, formatter_class=form
    )
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        inside(asked.packages[0], asked.inside, asked.sample)
        return
    found: dict[str, list[dict[str, Any]]] = {}
    for package in asked.packages or listed():
        found[package] = outside(package, asked.sample, asked.seconds)
        print(_row(package, found[package]), flush=True)
    report = table(found)
    print(f"\n{report}")
    if asked.list:
        for records in found.values():
            for r in records:
                if r["verdict"] in ("wrong", "refused", "crash", "slow"):
                    print("\n", r["verdict"], r["name"], "\n", r.get("message", r["reason"]))
    if asked.write:
        page = asked.write.read_text()
        head, _, rest = page.partition("<!-- report -->\n")
        _, _, tail = rest.partition("<!-- end -->")
        asked.write.write_text(f"{head}<!-- report -->\n{report}\n<!-- end -->{tail}")


if __name__ == "__main__":
    main()
