"""Measure adjoint against hand-written gradients, autograd and the primal, and print the ratios.

python -m benchmarks              all programs, then the linearity of loops
python -m benchmarks --compile    what decorating and the first call cost
python -m benchmarks --curves     how time and memory grow, of the primal and of the gradient
python -m benchmarks --checkpoint memory and time of long loops with snapshots, and without
python -m benchmarks --dispatch   what a call costs beside the generated function
python -m benchmarks --orders     derivatives of higher order: text, Hessian products, Jacobians
python -m benchmarks --native     loops in machine code, beside gradients by hand in Numba and C++
python -m benchmarks --parallel   what a step on a Dask cluster costs beside its work
python -m benchmarks --text       the emitted text beside texts by hand; --write renews the page
"""

import argparse
import functools
import json
import math
import os
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import checkpointing, parallel
from benchmarks.compiling import curve
from benchmarks.curves import curves, peak_memory, slope
from benchmarks.dispatch import dispatch
from benchmarks.native import native
from benchmarks.orders import SCALAR_PROGRAMS, jacobians, products, text_sizes
from benchmarks.programs import Program, growing, programs
from benchmarks.timing import Clock, interleaved

COLUMNS = ("adjoint", "autograd", "primal")
# Wanted: at most so many times the time of the gradient by hand. In the polynomial, a call's
# dispatch is all there is.
WORST = 2.0
WORST_POLYNOMIAL = 15.0
# Wanted: a product with the Hessian takes at most so many gradients.
WORST_PRODUCT = 2.5
# Wanted: time and memory of the gradient grow with the same power of the size as those of the
# primal, up to this part of it.
SAME_SLOPE = 0.1


def leaves(value: Any) -> list[np.ndarray]:
    """The numbers and arrays in a nest of tuples, lists and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in leaves(item)]
    return [np.asarray(value)]


def agree(found: Any, expected: Any) -> bool:
    """Whether two gradients agree to 1e-8 of the largest entry, leaf by leaf."""
    pairs = zip(leaves(found), leaves(expected), strict=False)
    return len(leaves(found)) == len(leaves(expected)) and all(
        a.shape == b.shape
        and bool(np.all(np.abs(a - b) <= 1e-8 * np.max(np.abs(b), initial=1e-30)))
        for a, b in pairs
    )


def autograd_gradient(program: Program) -> Callable[..., Any]:
    """autograd's gradient of the same text, with its NumPy in the place of `np` and `math`."""
    import autograd
    import autograd.numpy

    f = program.primal
    replaced = f.__globals__ | {"np": autograd.numpy, "math": autograd.numpy}
    return autograd.grad(types.FunctionType(f.__code__, replaced), program.argnums)


def adjoint_gradient(program: Program) -> Callable[..., Any]:
    from adjoint import grad

    return grad(program.primal, program.argnums)


def measure(
    program: Program,
    budget: float,
    with_autograd: bool = True,
    clock: Clock = time.perf_counter,
) -> dict[str, Any]:
    """Median seconds of each contestant; why one is missing, under `notes`.

    A gradient that differs from the one by hand is never timed.
    """
    contestants: dict[str, Callable[..., Any]] = {"by hand": program.by_hand}
    expected = program.by_hand(*program.arguments)
    notes: dict[str, str] = {}
    makers = {"adjoint": adjoint_gradient}
    if with_autograd:
        makers["autograd"] = autograd_gradient
    for name, make in makers.items():
        try:
            gradient = make(program)
            found = gradient(*program.arguments)
        except ModuleNotFoundError as error:
            notes[name] = f"{error.name} is not installed"
        except Exception as error:  # One that cannot do a program must not hide the others.
            notes[name] = f"{type(error).__name__}: {error}".splitlines()[0]
        else:
            if agree(found, expected):
                contestants[name] = gradient
            else:
                notes[name] = "WRONG GRADIENT"
    contestants["primal"] = program.primal
    return {
        "program": program.name,
        "seconds": interleaved(contestants, program.arguments, budget, clock=clock),
        "notes": notes,
    }


def readable(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def readable_bytes(count: float) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count:.0f} B"


def report_programs(chosen: list[Program], budget: float) -> list[dict[str, Any]]:
    """Print one line for each program as it is measured, then the median and the worst."""
    header = "".join(f"{column:>12}" for column in COLUMNS)
    print("Ratios of median times to that of the gradient by hand\n")
    print(f"{'':20}{'by hand':>12}{header}")
    results = []
    for program in chosen:
        result = measure(program, budget)
        times = result["seconds"]
        result["ratios"] = {name: t / times["by hand"] for name, t in times.items()}
        ratios = result["ratios"]
        cells = "".join(f"{f'{ratios[c]:.2f}' if c in ratios else '–':>12}" for c in COLUMNS)
        print(f"{program.name:20}{readable(times['by hand']):>12}{cells}", flush=True)
        results.append(result)
    for result in results:
        for name, note in result["notes"].items():
            print(f"  {result['program']}: {name}: {note}")
    ours = {r["program"]: r["ratios"]["adjoint"] for r in results if "adjoint" in r["ratios"]}
    if ours:
        worst = max(ours, key=lambda name: ours[name])
        print(f"\nadjoint: median {statistics.median(ours.values()):.2f}", end="")
        print(f", worst {ours[worst]:.2f} ({worst})")
    for name, ratio in ours.items():
        if ratio > (limit := WORST_POLYNOMIAL if name == "polynomial" else WORST):
            print(f"  above what is wanted: {name}, {ratio:.2f} > {limit:.0f}")
    return results


def report_growth(only: str | None, budget: float, longest: int) -> list[dict[str, Any]]:
    """Print the time of one loop step as loops grow: linear cost is a constant."""
    results = []
    for name, sizes in growing():
        if only is not None and only not in name:
            continue
        print(f"\n{name}: time of one step of the loop")
        print(f"{'steps':>12}{'by hand':>12}{'adjoint':>12}")
        points = []
        for n, program in sizes:
            if n > longest:
                continue
            result = measure(program, budget, with_autograd=False)
            times = result["seconds"]
            ours = readable(times["adjoint"] / n) if "adjoint" in times else "–"
            print(f"{n:>12,}{readable(times['by hand'] / n):>12}{ours:>12}", flush=True)
            for contestant, note in result["notes"].items():
                print(f"  {contestant}: {note}")
            results.append(result | {"steps": n})
            if "adjoint" in times:
                points.append((n, times["adjoint"]))
        if len(points) > 1:
            (n0, t0), (n1, t1) = points[0], points[-1]
            power = math.log(t1 / t0) / math.log(n1 / n0)
            print(f"  adjoint's time grows as steps^{power:.2f} (1 is linear)")
    return results


def report_curves(only: str | None, budget: float, largest: int) -> list[dict[str, Any]]:
    """Print time and peak memory as the data grows, and the slopes on logarithmic axes."""
    sizes = [n for n in (10**3, 10**4, 10**5, 10**6) if n <= largest]
    print("Processor time and peak memory (arguments included) of the primal and of its gradient")
    results = []
    for name, members in curves(sizes).items():
        if only is not None and only not in name:
            continue
        print(f"\n{name:12}{'time':>16}{'':12}{'memory':>14}")
        print(f"{'elements':>12}" + f"{'primal':>12}{'gradient':>12}" * 2)
        rows: list[tuple[float, ...]] = []
        for n, program in zip(sizes, members, strict=True):
            # Processor time: other work of the machine would slow long calls more than short ones.
            result = measure(program, budget, with_autograd=False, clock=time.process_time)
            results.append(result | {"elements": n})
            for contestant, note in result["notes"].items():
                print(f"  {contestant}: {note}")
            if "adjoint" not in result["seconds"]:
                break
            times = [result["seconds"][contestant] for contestant in ("primal", "adjoint")]
            functions = (program.primal, adjoint_gradient(program))
            memory = [peak_memory(f, program.arguments) for f in functions]
            results[-1]["bytes"] = dict(zip(("primal", "adjoint"), memory, strict=True))
            cells = [readable(t) for t in times] + [readable_bytes(m) for m in memory]
            print(f"{n:>12,}" + "".join(f"{cell:>12}" for cell in cells), flush=True)
            rows.append((*times, *memory))
        if len(rows) == len(sizes):
            slopes = [slope(sizes, column) for column in zip(*rows, strict=True)]
            print(f"{'slope':>12}" + "".join(f"{s:>12.3f}" for s in slopes))
            for what, primal, ours in (("time", *slopes[:2]), ("memory", *slopes[2:])):
                same = abs(ours - primal) <= SAME_SLOPE * primal
                print(f"  {what}: {'the same slope' if same else 'ANOTHER SLOPE'}")
    return results


def report_dispatch(budget: float) -> list[dict[str, Any]]:
    """Print what each call costs beside the generated function, and how much that may be."""
    print(f"{'':24}{'call':>12}{'function':>12}{'checks':>12}{'wanted':>12}{'ratio':>9}")
    results = []
    for result in dispatch(budget):
        whole, bare, wanted = result["whole"], result["bare"], result["wanted"]
        cells = [readable(max(t, 0.0)) for t in (whole, bare, whole - bare, wanted)]
        mark = "" if whole - bare <= wanted else "  above what is wanted"
        line = "".join(f"{cell:>12}" for cell in cells)
        ratio = f"{whole / bare:.2f}" if bare else "–"
        print(f"{result['call']:24}{line}{ratio:>9}{mark}", flush=True)
        results.append(result)
    return results


def report_checkpointing(longest: int) -> list[dict[str, Any]]:
    """Print what a gradient keeps, and how long it takes, as a loop gets longer."""
    print("Peak memory and processor time of gradients through loops, and steps taken again")
    print(f"\n{'':12}{'recorded':>24}{f'for, {checkpointing.SNAPSHOTS} snapshots':>32}", end="")
    print(f"{f'while, {checkpointing.SNAPSHOTS} snapshots':>32}")
    print(
        f"{'steps':>12}"
        + f"{'memory':>12}{'time':>12}"
        + f"{'memory':>12}{'time':>12}{'again':>8}" * 2
    )
    results: list[dict[str, Any]] = []
    for steps in (10**2, 10**3, 10**4, 10**5):
        if steps > longest:
            continue
        found = checkpointing.measure(steps)
        line = f"{steps:>12,}"
        for name, each in found.items():
            line += f"{readable_bytes(each['bytes']):>12}{readable(each['seconds']):>12}"
            line += "" if name == "recorded" else f"{each['again']:>8.2f}"
        print(line, flush=True)
        results.append({"steps": steps, **found})
    return results


def report_compiling(quick: bool) -> dict[str, float]:
    from adjoint import grad

    lengths = (50, 100, 200, 500) if quick else (50, 100, 200, 500, 1000, 2000)
    times = curve(grad, lengths, rounds=2 if quick else 5)
    print("Decorating a function and calling it once\n")
    print(f"{'lines':>20}{'time':>12}{'per line':>12}")
    for label, t in times.items():
        print(f"{label:>20}{readable(t):>12}{readable(t / int(label.split()[0])):>12}")
    return times


def report_orders(budget: float) -> dict[str, Any]:
    """Print how the text of derivatives grows, and what Hessian products and Jacobians cost."""
    from adjoint import grad, hvp
    from adjoint.jacobians import JacobianFunction
    from adjoint.transforms.gradient import Request

    orders = range(1, 7)
    report: dict[str, Any] = {"lines": {}, "products": {}, "jacobians": {}}
    print("Lines of code of derivative(f, n)\n")
    print(f"{'n':20}" + "".join(f"{n:>8}" for n in orders) + f"{'4 to 1':>10}")
    for program in SCALAR_PROGRAMS:
        lines = [count for count, _ in text_sizes(program, orders)]
        report["lines"][program.__name__] = lines
        row = "".join(f"{count:>8}" for count in lines)
        print(f"{program.__name__:20}{row}{lines[3] / lines[0]:>10.1f}", flush=True)

    print("\nA product with the Hessian, in gradients\n")
    clock = time.process_time
    for each in products():
        contestants = {
            "grad": functools.partial(grad(each.function, each.argnums), *each.arguments),
            "hvp": functools.partial(
                hvp(each.function, each.argnums), *each.arguments, each.direction
            ),
        }
        times = interleaved(contestants, (), budget, clock=clock)
        report["products"][each.name] = ratio = times["hvp"] / times["grad"]
        worse = "" if ratio <= WORST_PRODUCT else f"  above what is wanted: {WORST_PRODUCT}"
        print(f"{each.name:20}{readable(times['grad']):>12}{ratio:>12.2f}{worse}", flush=True)

    print("\nJacobians and Hessians: all directions at once, and one after the other\n")
    for name, function, arguments in jacobians():
        for mode, kind in (("forward", "pushforward"), ("reverse", "pullback")):
            contestants = {
                label: JacobianFunction(
                    function, Request(kind, batch=batch), mode=mode, sparsity=None
                )
                for label, batch in (("at once", True), ("one by one", False))
            }
            times = interleaved(contestants, arguments, budget, clock=clock)
            report["jacobians"][f"{name}, {mode}"] = times
            cells = "".join(f"{readable(t):>12}" for t in times.values())
            gain = times["one by one"] / times["at once"]
            print(f"{name + ', ' + mode:28}{cells}{gain:>10.1f}", flush=True)
    return report


def report_text(only: str | None, budget: float, write: bool) -> int:
    """Print the emitted text beside that by hand, in a process with one BLAS thread."""
    command = [sys.executable, "-m", "benchmarks.text", f"--budget={budget}"]
    command += [f"--only={only}"] if only is not None else []
    command += ["--write"] if write else []
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.run(command, env=os.environ | threads, check=False).returncode


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help="less time, less certain")
    parser.add_argument("--only", metavar="NAME", help="programs whose name contains this")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results here, too")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--compile", action="store_true", help="measure compilation instead")
    modes.add_argument(
        "--curves", action="store_true", help="measure growth with the data instead"
    )
    modes.add_argument(
        "--checkpoint", action="store_true", help="measure loops with snapshots instead"
    )
    modes.add_argument("--dispatch", action="store_true", help="measure calls instead")
    modes.add_argument("--orders", action="store_true", help="measure higher orders instead")
    modes.add_argument("--native", action="store_true", help="measure machine code instead")
    modes.add_argument("--parallel", action="store_true", help="measure a cluster instead")
    modes.add_argument("--text", action="store_true", help="measure the emitted text instead")
    parser.add_argument("--write", action="store_true", help="with --text: renew its report")
    options = parser.parse_args(argv)

    if options.native:
        return 0 if native(0.2 if options.quick else 2.0) else 1
    if options.text:
        return report_text(options.only, 0.2 if options.quick else 1.0, options.write)
    budget = 0.2 if options.quick else 2.0
    report: dict[str, Any] = {}
    if options.compile:
        report["compile"] = report_compiling(options.quick)
    elif options.checkpoint:
        report["checkpoint"] = report_checkpointing(10**4 if options.quick else 10**5)
    elif options.dispatch:
        report["dispatch"] = report_dispatch(budget)
    elif options.parallel:
        report["parallel"] = {str(k): t for k, t in parallel.report().items()}
    elif options.orders:
        report["orders"] = report_orders(budget)
    elif options.curves:
        report["curves"] = report_curves(options.only, budget, 10**5 if options.quick else 10**6)
    else:
        chosen = [p for p in programs() if options.only is None or options.only in p.name]
        if not chosen:
            parser.error(f"no program is called {options.only!r}")
        report["programs"] = report_programs(chosen, budget)
        report["growth"] = report_growth(options.only, budget, 10**4 if options.quick else 10**5)
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    measured = [r for name in ("programs", "growth", "curves") for r in report.get(name, [])]
    wrong = any("WRONG GRADIENT" in r["notes"].values() for r in measured)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
