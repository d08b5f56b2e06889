"""The printed IR of small functions, before and after passes; builders for IR by hand."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adjoint.frontend.keys.signature import key_of
from adjoint.frontend.program import lower_program
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Value
from adjoint.ir.types import Type
from adjoint.ir.verifier import verify
from adjoint.transforms.gradient import Request, differentiate


def lower(function: Any, *args: Any) -> Function:
    """SSA of the function as written, as `adjoint.pipeline` makes it."""
    signature = inspect.signature(function)
    lowered = lower_program(function, signature, [key_of(a) for a in args])
    verify(lowered.function, "the frontend")
    return lowered.function


def adjoint(function: Any, *args: Any, wrt: tuple[int, ...] = (0,)) -> Function:
    """SSA of its gradient, after all passes."""
    lowered = lower(function, *args)
    inputs = [(lowered.params[k], ()) for k in wrt]
    differentiate(lowered, inputs, Request("gradient"))
    verify(lowered, "differentiate")
    return lowered


def lines(function: Function) -> list[str]:
    """The printed lines without the line numbers at the right."""
    return [re.sub(r"\s*# \d+$", "", line).strip() for line in str(function).splitlines()]


def find(function: Function, pattern: str) -> list[str]:
    return [line for line in lines(function) if re.search(pattern, line)]


def forward_and_backward(function: Function) -> tuple[list[str], list[str]]:
    """The lines of the first loop and of the last one, each with its head."""
    printed = str(function).splitlines()
    heads = [k for k, line in enumerate(printed) if re.match(r"    (\S.*)?\b(for|while)\b", line)]

    def block(start: int) -> list[str]:
        end = start + 1
        while end < len(printed) and re.match(r"(        |    (do|else))", printed[end]):
            end += 1
        return [re.sub(r"\s*# \d+$", "", line).strip() for line in printed[start:end]]

    return block(heads[0]), block(heads[-1])


@contextmanager
def by_hand(*params: tuple[str, Type], backward: bool) -> Iterator[tuple[Function, Builder]]:
    """A function under construction; operators on its parameters append to it."""
    function = Function("f")
    for name, type_ in params:
        function.body.add_param(type_, name)
    builder = Builder(function.body, backward=backward)
    with builder.active():
        yield function, builder


def run_pass(
    make: Callable[..., Any], *params: tuple[str, Type], passes: Any, backward: bool = True
) -> list[str]:
    """What the passes make of `make(builder, *parameters)`, printed without the first line."""
    with by_hand(*params, backward=backward) as (function, builder):
        result = make(builder, *function.params)
        results = result if isinstance(result, tuple) else (result,)
        builder.end([builder.value(r) for r in results], "return")
    verify(function, "the test")
    for each in passes if isinstance(passes, tuple) else (passes,):
        each(function)
        verify(function, each.__name__)
    return lines(function)[1:]


__all__ = ["Value", "adjoint", "by_hand", "find", "lines", "lower", "run_pass"]
