# PYTHON_ARGCOMPLETE_OK
"""The parser of the command line, and what each exit code means."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.cli.checking import check
from adjoint.cli.programs import explore, save, show
from adjoint.cli.targets import Target, UsageError
from adjoint.cli.terminal import Terminal
from adjoint.cli.timing import timed
from adjoint.cli.why import why
from adjoint.errors import AdjointError

#: All is well; a check failed; the command line is wrong; refused; the program itself raised.
DONE, DISAGREES, USAGE, REFUSED, RAISED = range(5)

_EXAMPLES = """\
examples:
  adjoint show model.py:loss                         the gradient, for the annotations
  adjoint show model.py:loss --args "np.ones(3)"     ... for the types of these arguments
  adjoint show package.module:loss --ir              the SSA before and after
  adjoint show model.py:loss --forward               the tangent program of forward mode
  adjoint explore model.py:loss --args "np.ones(3)" -o loss.html
  adjoint check model.py:loss --args "np.ones(3), n=4" --wrt x
  adjoint why model.py:loss --args "np.ones(3)"      why it is refused, and a remedy
  adjoint save model.py:loss loss_grad.py --args "np.ones(3)"
  adjoint time model.py:loss --args "np.ones(3)" --json

exit codes:
  0 done   1 the gradient and differences disagree   2 the command line is wrong
  3 the function is refused   4 the function itself raised
"""
_TARGET = "FILE.py:FUNCTION or MODULE:FUNCTION; a method is Class.method"
_ARGS = 'the arguments, as in a call: --args "2.0, n=3"; np and the names of the module are known'
_WRT = "the parameters to differentiate with respect to, separated by commas (default: %s)"

#: A command: of what it works on and the options; returns what `--json` prints, and an exit code.
Command = Callable[[Target, Terminal, argparse.Namespace], tuple[dict[str, Any], int]]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="adjoint",
        description="Derivatives of Python functions as Python text: show, explore, check them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = found.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Command, about: str, example: str, wrt: str = "the first") -> Any:
        command = commands.add_parser(
            name, help=about, description=about[0].upper() + about[1:] + ".",
            epilog=f"example:\n  adjoint {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.set_defaults(run=run)
        command.add_argument("target", metavar="TARGET", help=_TARGET)
        if name == "save":
            command.add_argument("path", metavar="OUT.py", help="the module to write")
        command.add_argument("--args", metavar="EXPR", help=_ARGS)
        command.add_argument("--wrt", metavar="NAMES", help=_WRT % wrt)
        command.add_argument("--json", action="store_true", help="print one JSON value")
        command.add_argument("--color", choices=("auto", "always", "never"), default="auto")
        return command

    shown = add("show", show, "print the derivative of a function",
                'show model.py:loss --args "np.ones(3)"')  # fmt: skip
    shown.add_argument("--ir", action="store_true", help="the SSA before and after")
    shown.add_argument("--forward", action="store_true", help="forward mode: value and tangent")
    shown.add_argument("--value", action="store_true", help="the value as well as the gradient")
    explored = add("explore", explore, "write a page about one run of the gradient",
                   'explore model.py:loss --args "np.ones(3)" -o loss.html')  # fmt: skip
    explored.add_argument("-o", "--output", metavar="PATH", help="the page (default: a browser)")
    explored.add_argument("--value", action="store_true", help="run the value, too")
    checked = add("check", check, "compare the gradient with differences, element by element",
                  'check model.py:loss --args "np.ones(3)"', "all with floats")  # fmt: skip
    checked.add_argument("--rtol", type=float, help="relative tolerance (default: 1e-6, or 1e-3)")
    checked.add_argument("--most", type=int, default=1000, metavar="N",
                         help="compare N elements of each argument (default: 1000)")  # fmt: skip
    add("why", why, "say why a function is refused, and find a remedy that works",
        'why model.py:loss --args "np.ones(3)"')  # fmt: skip
    add("save", save, "write the gradient as a module that needs only NumPy",
        'save model.py:loss loss_grad.py --args "np.ones(3)"')  # fmt: skip
    clock = add("time", timed, "time the gradient beside the program and differences",
                'time model.py:loss --args "np.ones(3)"')  # fmt: skip
    clock.add_argument("--seconds", type=float, default=1.0, metavar="S",
                       help="how long to repeat each (default: 1)")  # fmt: skip
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        The exit code, as the help lists them.
    """
    found = parser()
    _complete(found)
    options = found.parse_args(argv)
    try:
        code = _run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # of `| head`, which has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    return code


def _run(options: argparse.Namespace) -> int:
    terminal = Terminal(options.color, quiet=options.json)
    try:
        target = Target(options.target, options.args, options.wrt)
        shown, code = options.run(target, terminal, options)
    except UsageError as error:
        shown, code = _failed("error", str(error), terminal), USAGE
    except AdjointError as error:
        shown, code = _failed("refused", str(error), terminal), REFUSED
    except BrokenPipeError:
        raise
    except Exception as error:
        shown, code = _failed("raised", f"{type(error).__name__}: {error}", terminal), RAISED
    if options.json:
        print(json.dumps(shown, indent=2))
    return code


def _failed(kind: str, message: str, terminal: Terminal) -> dict[str, Any]:
    if not terminal.quiet:
        print(f"adjoint: {message}", file=sys.stderr)
    return {kind: message}


def _complete(found: argparse.ArgumentParser) -> None:
    """Completion by the shell, where argcomplete is installed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(found)
