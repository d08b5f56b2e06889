"""`show`, `explore` and `save`: what a derivative looks like."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from adjoint.api import grad, value_and_grad
from adjoint.cli.targets import Target
from adjoint.cli.terminal import Terminal
from adjoint.pushforwards import PushforwardFunction
from adjoint.requests import Request


def show(
    target: Target, terminal: Terminal, options: argparse.Namespace
) -> tuple[dict[str, Any], int]:
    """Print the derivative: its Python text, or its SSA."""
    make: Any = value_and_grad if options.value else grad
    if options.forward:
        make = partial(_forward, target)
    f = target.derivative(make)
    if target.given is not None:
        text = f.source_for(*target.args, **target.kwargs)
        values = f._values(target.args, target.kwargs)
        program = f._dispatch.find(values)[0].program
    else:
        text, program = f.source, f._shown()
    if options.ir:
        terminal.say(program.ir.rstrip("\n"))
    else:
        terminal.code(text)
    return {"name": program.emitted.name, "source": text, "ir": program.ir}, 0


def _forward(target: Target, primal: Any, **options: Any) -> PushforwardFunction:
    return PushforwardFunction(primal, Request("pushforward"), **options)


def explore(
    target: Target, terminal: Terminal, options: argparse.Namespace
) -> tuple[dict[str, Any], int]:
    """Write or open the page of one run."""
    target.require_arguments()
    f = target.derivative(value_and_grad if options.value else grad)
    page = f.explore(*target.args, path=options.output, show=not options.json, **target.kwargs)
    if page.path is None:
        page.save(Path.cwd() / f"{page.title}.html")
    terminal.say(f"{page.path} ({len(page.html) / 1e6:.1f} MB)")
    found: dict[str, Any] = {"path": str(page.path), "bytes": len(page.html.encode())}
    if page.error is not None:
        terminal.say(f"the run ended with {type(page.error).__name__}: {page.error}")
        return {**found, "raised": f"{type(page.error).__name__}: {page.error}"}, 4
    return found, 0


def save(
    target: Target, terminal: Terminal, options: argparse.Namespace
) -> tuple[dict[str, Any], int]:
    """Write the gradient as a module."""
    f = target.derivative()
    f.save(options.path, *target.args, **target.kwargs)
    size = Path(options.path).stat().st_size
    terminal.say(f"{options.path} ({size} bytes)")
    return {"path": options.path, "bytes": size}, 0
