"""`match` statements: each case is a condition and the names that it binds."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import lower_block
from adjoint.frontend.flow.branches import branch, choose
from adjoint.frontend.objects.attributes import attribute
from adjoint.frontend.objects.comparisons import compare
from adjoint.frontend.objects.names import bind
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.objects.reflection import call_isinstance
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.store import refuse_stand_in
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import List

Condition = Value | bool
#: Classes whose pattern takes the subject itself: `case float(x):`.
_ITSELF = (bool, float, int, str, list, tuple, dict, bytes, set, frozenset)


def lower_match(frame: Frame, node: Any) -> None:
    """The first case that fits; Python decides in the order of the text."""
    subject = expression(frame, node.subject)
    _cases(frame, subject, node.cases)


def _cases(frame: Frame, subject: o.Obj, cases: Sequence[Any]) -> None:
    if not cases:
        return
    case, *rest = cases
    bound: dict[str, o.Obj] = {}
    fits = _fits(frame, case.pattern, subject, bound)
    if fits is False:
        _cases(frame, subject, rest)
        return

    def guarded() -> Condition:
        if case.guard is None:
            return True
        for name, obj in bound.items():
            bind(frame, name, obj)
        return _known(truth(frame, expression(frame, case.guard)))

    condition = _both(frame, fits, guarded)

    def body() -> None:
        for name, obj in bound.items():
            bind(frame, name, obj)
        lower_block(frame, case.body)

    if condition is True:
        body()
    elif condition is False:
        _cases(frame, subject, rest)
    else:
        branch(frame, condition, body, lambda: _cases(frame, subject, rest))


def _known(condition: Condition) -> Condition:
    return bool(condition.value) if isinstance(condition, Constant) else condition


def _both(frame: Frame, first: Condition, second: Any) -> Condition:
    """`first and second()`, where the second is only asked if the first holds."""
    if first is False:
        return False
    if first is True:
        return _known(second())

    def rest() -> o.Obj:
        return o.Ref(frame.lowering.builder.value(second()))

    chosen = choose(frame, first, rest, lambda: o.Ref(Constant(False)), style="and")
    return _known(truth(frame, chosen))


def _all(frame: Frame, tests: Sequence[Any]) -> Condition:
    result: Condition = True
    for k, test in enumerate(tests):
        result = _both(frame, result, test) if k else test()
        if result is False:
            return False
    return result


def _fits(frame: Frame, pattern: Any, subject: o.Obj, bound: dict[str, o.Obj]) -> Condition:
    """Does the subject have this pattern? What it names is put into `bound`."""
    match pattern:
        case gast.MatchAs():
            fits = (
                True if pattern.pattern is None
                else _fits(frame, pattern.pattern, subject, bound)
            )  # fmt: skip
            if pattern.name is not None:
                bound[pattern.name] = subject
            return fits
        case gast.MatchSingleton():
            known, python = constant_of(subject)
            return known and python is pattern.value
        case gast.MatchValue():
            wanted = expression(frame, pattern.value)
            known, python = constant_of(wanted)
            if isinstance(python, str) and not constant_of(subject)[0]:
                return False  # a number, an array or a container is no string
            return _known(truth(frame, compare(frame, gast.Eq(), subject, wanted)))
        case gast.MatchOr():
            for each in pattern.patterns:
                fits = _fits(frame, each, subject, bound)
                if fits is not False:
                    break
            if fits in (True, False):
                return fits
            return _any(frame, pattern.patterns, subject)
        case gast.MatchSequence():
            return _sequence(frame, pattern.patterns, subject, bound)
        case gast.MatchMapping():
            return _mapping(frame, pattern, subject, bound)
        case gast.MatchClass():
            return _class(frame, pattern, subject, bound)
    raise UnsupportedError("this pattern is not supported")


def _any(frame: Frame, patterns: Sequence[Any], subject: o.Obj) -> Condition:
    result: Condition = False
    for each in patterns:
        bound: dict[str, o.Obj] = {}
        fits = _fits(frame, each, subject, bound)
        if bound:
            raise UnsupportedError("which alternative binds its names is known only at run time")
        if fits is True or result is True:
            return True
        if result is False:
            result = fits
        elif fits is not False:
            result = frame.lowering.builder.apply(operator.or_, result, fits)
    return result


def _sequence(
    frame: Frame, patterns: Sequence[Any], subject: o.Obj, bound: dict[str, o.Obj]
) -> Condition:
    if isinstance(subject, o.Ref):
        if isinstance(frame.lowering.current(subject).type, List):
            raise UnsupportedError("a list whose length is known only at run time is matched")
        return False  # numbers and arrays are no sequences to `match`
    if not isinstance(subject, o.Seq):
        return False
    star = next((k for k, p in enumerate(patterns) if isinstance(p, gast.MatchStar)), None)
    items, n = subject.items, len(patterns)
    if star is None and len(items) != n or star is not None and len(items) < n - 1:
        return False
    pairs = list(zip(patterns, items, strict=False))
    if star is not None:
        after = n - star - 1
        middle = items[star : len(items) - after]
        if patterns[star].name is not None:
            bound[patterns[star].name] = o.Seq(list, list(middle))
        tail = items[len(items) - after :] if after else []
        pairs = [
            *zip(patterns[:star], items[:star], strict=True),
            *zip(patterns[star + 1 :], tail, strict=True),
        ]
    return _all(frame, [lambda p=p, i=i: _fits(frame, p, i, bound) for p, i in pairs])


def _mapping(frame: Frame, pattern: Any, subject: o.Obj, bound: dict[str, o.Obj]) -> Condition:
    refuse_stand_in(subject)
    if not isinstance(subject, o.Mapping):
        return False
    tests, taken = [], []
    for key, each in zip(pattern.keys, pattern.patterns, strict=True):
        _, python = constant_of(expression(frame, key))
        if python not in subject.items:
            return False
        taken.append(python)
        item = subject.items[python]
        tests.append(lambda p=each, i=item: _fits(frame, p, i, bound))
    if pattern.rest is not None:
        left = {k: v for k, v in subject.items.items() if k not in taken}
        bound[pattern.rest] = o.Mapping(left)
    return _all(frame, tests)


def _class(frame: Frame, pattern: Any, subject: o.Obj, bound: dict[str, o.Obj]) -> Condition:
    cls = expression(frame, pattern.cls)
    _, python = constant_of(cls)
    _, fits = constant_of(call_isinstance(frame, [subject, cls], {}))
    if not fits:
        return False
    positional = getattr(pattern, "patterns", [])
    names = list(getattr(pattern, "kwd_attrs", []))
    if positional and python in _ITSELF:
        return _fits(frame, positional[0], subject, bound)
    fields = [*getattr(python, "__match_args__", ())[: len(positional)], *names]
    patterns = [*positional, *getattr(pattern, "kwd_patterns", [])]
    if len(fields) != len(patterns):
        raise UnsupportedError(f"{python.__name__} has fewer fields than the pattern")
    tests = [
        lambda p=p, f=f: _fits(frame, p, attribute(frame, subject, f), bound)
        for p, f in zip(patterns, fields, strict=True)
    ]
    return _all(frame, tests)
