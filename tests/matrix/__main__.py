"""python -m tests.matrix: the tests on every Python that is there, with old and new packages.

Each pair of a Python and an end (`oldest`, `newest`) gets an environment of its own in `.venv-ci`,
and runs the tests of a source distribution unpacked there. `--write` makes `docs/report.md`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv-ci"
REPORT = ROOT / "docs" / "report.md"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
ENDS = ("oldest", "newest")
#: The oldest packages, and for a Python that is newer than their wheels the oldest that it has.
OLDEST = {"numpy": "2.2.0", "gast": "0.6.0", "astor": "0.8.1"}
OLDEST_FOR = {"3.14": {"numpy": "2.3.2"}}
SHOWN = ("numpy", "scipy", "gast", "astor")
#: Where Python is found, besides the path. `.ci/python3.14` puts one into the last place.
PLACES = ("~/.pyenv/versions/{0}.*/bin/python{0}", str(HOME / "python{0}/usr/bin/python{0}"))


@dataclass
class Row:
    """One line of the table."""

    python: str
    packages: dict[str, str]
    counts: dict[str, int]
    seconds: float

    def __str__(self) -> str:
        shown = [self.python, *(self.packages.get(name, "-") for name in SHOWN)]
        ok = not (self.counts.get("failed") or self.counts.get("error"))
        counts = ", ".join(f"{n} {what}" for what, n in self.counts.items()) or "no tests"
        ok = ok and self.counts.get("passed", 0) > 0
        shown += [counts, f"{self.seconds / 60:.1f} min", "passes" if ok else "**fails**"]
        return f"| {' | '.join(shown)} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--python", nargs="+", default=list(VERSIONS), choices=VERSIONS)
    parser.add_argument("--end", nargs="+", default=list(ENDS), choices=ENDS)
    parser.add_argument(
        "--sample", type=int, default=1, help="one test in so many; always the same"
    )
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--write", action="store_true", help="write docs/report.md")
    parser.add_argument("tests", nargs="*", default=["tests"])
    options = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    source = unpacked()
    rows: list[Row] = []
    pythons = {version: find(version) for version in options.python}
    missing = [version for version, python in pythons.items() if python is None]
    for version, python in pythons.items():
        if python is None:
            continue
        for end in options.end:
            print(f"Python {version}, {end} packages", flush=True)
            place = environment(python, version, end)
            rows.append(run(place, source, options.sample, options.workers, options.tests))
            print(rows[-1], flush=True)
            if options.write:  # at each row, as all of them take hours
                REPORT.write_text(
                    report(rows, missing, options.sample, options.tests), encoding="utf-8"
                )
    print("", *table(rows), sep="\n")
    for version in missing:
        print(f"Python {version} was not found")
    return int(bool(missing) or any("**fails**" in str(row) for row in rows))


def find(version: str) -> Path | None:
    """A Python of this version that starts."""
    found = [Path(p) for p in (shutil.which(f"python{version}"),) if p]
    for pattern in PLACES:
        where = Path(pattern.format(version)).expanduser()
        found += sorted(Path(where.anchor).glob(str(where.relative_to(where.anchor))))
    test = f"import sys; sys.exit('{version}' != '%d.%d' % sys.version_info[:2])"
    for python in found:
        if subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0:
            return python
    return None


def extras() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["test"], "pip"]


def environment(python: Path, version: str, end: str) -> Path:
    """An environment with what the tests need, the packages at one end."""
    place = HOME / f"{version}-{end}"
    if not (place / "bin" / "python").exists():
        subprocess.run([python, "-m", "venv", "--without-pip", place], check=True)
    pins = OLDEST | OLDEST_FOR.get(version, {}) if end == "oldest" else {}
    pinned = [f"{name}=={number}" for name, number in pins.items()]
    install = ["install", "-qq", "--upgrade", "--upgrade-strategy", "eager"]
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pip", "--python", str(place / "bin" / "python"),
         *install, *extras(), *pinned],
        check=True, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    return place


def unpacked() -> Path:
    """The source distribution of this checkout, in a folder of its own."""
    place = HOME / "sdist"
    shutil.rmtree(place, ignore_errors=True)
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", place, ROOT]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(place, filter="data")
    (folder,) = (p for p in place.iterdir() if p.is_dir())
    return folder


def run(place: Path, source: Path, sample: int, workers: str, tests: list[str]) -> Row:
    python = place / "bin" / "python"
    code = "import platform; print(platform.python_version())\nimport importlib.metadata as m\n"
    code += "\n".join(f"print(m.version({name!r}))" for name in SHOWN)
    shown = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    version, *packages = shown.stdout.split()
    start = time.monotonic()
    done = subprocess.Popen(
        [python, "-m", "pytest", "-q", "-n", workers, "--sample", str(sample), *tests],
        cwd=source, stdout=subprocess.PIPE, text=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )  # fmt: skip
    last = ""
    for line in lines_of(done):
        last = line if re.search(r"\d+ (passed|failed|error)", line) else last
    done.wait()
    counts = {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])}
    counts.pop("warnings", None)
    if done.returncode and not counts.get("failed"):
        counts["error"] = counts.get("error", 0) + 1
    return Row(version, dict(zip(SHOWN, packages, strict=True)), counts, time.monotonic() - start)


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    """What a process prints, shown as it comes, without the rows of dots."""
    assert process.stdout is not None
    for line in process.stdout:
        if not re.fullmatch(r"([.sxX]+ *(\[ *\d+%\])?|bringing up nodes\.\.\.)?\n?", line):
            print(line, end="", flush=True)
        yield line


def table(rows: list[Row]) -> list[str]:
    head = ["Python", "NumPy", "SciPy", "gast", "astor", "tests", "time", "result"]
    return [f"| {' | '.join(head)} |", "| --- " * len(head) + "|", *map(str, rows)]


def report(rows: list[Row], missing: list[str], sample: int, tests: list[str]) -> str:
    git = ["git", "log", "-1", "--format=%h of %ad", "--date=iso"]
    commit = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True)
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode
    which = "all tests" if sample == 1 else f"a fixed sample, one test in {sample}"
    which += "" if tests == ["tests"] else f" of {', '.join(tests)}"
    lines = [
        "# Report of the tests", "",
        "`make full` runs the tests on every supported Python, with the oldest and the newest "
        "packages,", "and writes this page. `make matrix` does the same with a fixed sample.", "",
        f"- commit {commit.stdout.strip()}{', with changes' if dirty else ''}",
        f"- finished {time.strftime('%Y-%m-%d %H:%M %z')}, on {os.cpu_count()} cores",
        f"- {which}, in an unpacked source distribution",
        *(f"- Python {version} was not found" for version in missing),
        "", *table(rows), "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
