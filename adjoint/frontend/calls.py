"""Calls: what is called decides how, the user's functions and classes by what they contain."""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import inline, inline_function
from adjoint.frontend.control.supers import super_of
from adjoint.frontend.derivatives.checkpoint import call_checkpointed
from adjoint.frontend.derivatives.conversion import call_converted
from adjoint.frontend.derivatives.custom import call_custom
from adjoint.frontend.derivatives.nested import as_transform, call_transformed
from adjoint.frontend.derivatives.solutions import call_solver
from adjoint.frontend.flow.branches import choose
from adjoint.frontend.flow.raising import make_error
from adjoint.frontend.library.builtins import BUILTINS
from adjoint.frontend.library.caching import call_cached
from adjoint.frontend.library.folding import fold_call, folds
from adjoint.frontend.library.functional import call_vectorized
from adjoint.frontend.library.jitted import behind_range, call_jitted
from adjoint.frontend.library.keywords import Keywords, arranged
from adjoint.frontend.library.methods import call_method
from adjoint.frontend.numpy.calls import call_numpy, call_random, call_scalar_type, cast
from adjoint.frontend.numpy.transposing import call_transposing
from adjoint.frontend.numpy.writers import WRITERS, call_ufunc_at
from adjoint.frontend.objects import instances, stand_ins
from adjoint.frontend.objects.attributes import attribute
from adjoint.frontend.objects.containers.displays import elements
from adjoint.frontend.objects.instances import named_tuple
from adjoint.frontend.objects.names import once
from adjoint.frontend.objects.operators import sparse_operator
from adjoint.frontend.objects.subscripts import call_itemgetter
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.opaque.arguments import depends
from adjoint.frontend.opaque.calls import call_library, call_value
from adjoint.frontend.opaque.tables import is_callable_of_a_library, is_unrecorded
from adjoint.frontend.opaque.unrecorded import call_unrecorded
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import wrap_constant, wrap_python
from adjoint.frontend.state.dispatch import CALLS, call_object, expression
from adjoint.frontend.state.kinds import check_question
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.syntax.liveness import alive_inside
from adjoint.ir.effects import is_random
from adjoint.ir.types import is_sparse
from adjoint.kinds import is_checkpointed, is_custom, is_hashable, is_user_class
from adjoint.rules import expansion_of, is_inactive, no_rule, rule_for
from adjoint.rules.registry import (
    definition_of,
    definition_of_method,
    is_reached,
    refusal_of,
    solver_model,
)

_FUNCTIONS = (o.Closure, o.Partial, o.Method, o.Cached)


def lower_call(frame: Frame, node: gast.Call) -> o.Obj:
    callee = _callee(frame, node.func)
    transposes = isinstance(callee, o.Known) and callee.value is zip and len(node.args) == 1
    if transposes and isinstance(node.args[0], gast.Starred) and not node.keywords:
        return call_transposing(frame, expression(frame, node.args[0].value))
    args = elements(frame, node.args)
    kwargs: dict[str, o.Obj] = {}
    for keyword in node.keywords:
        obj = expression(frame, keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = obj
        elif isinstance(obj, o.Mapping):
            kwargs.update(obj.items)
        else:
            raise UnsupportedError("** of a dictionary whose keys are known only at run time")
    alive = frame.alive
    if frame.after is not None:
        frame.alive = alive_inside(frame.node, node, frame.after)
    result = call_object(frame, callee, args, kwargs, node)
    frame.alive = alive
    return result


def _callee(frame: Frame, node: Any) -> o.Obj:
    """What is called. A method is not read first where nothing is known of its object."""
    if not isinstance(node, gast.Attribute):
        return expression(frame, node)
    owner = expression(frame, node.value)
    if foreign.has_own_methods(frame, owner):
        return o.Method(owner, node.attr)
    with frame.lowering.builder.at(frame.span(node)):
        try:
            return once(frame, attribute(frame, owner, node.attr), node)
        except UnsupportedError as error:
            raise error.located(frame.span(node)) from None


def is_declared(python: Any) -> bool:
    """Is there a rule for it, or a reason why there is none?"""
    if rule_for(python) is not None or is_inactive(python) or expansion_of(python) is not None:
        return True
    return isinstance(python, types.FunctionType) and refusal_of(python) is not None


def call_known(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> o.Obj:
    check_question(frame, python, args)
    answer = foreign.builtin(frame, python, args, kwargs)
    if answer is not None:
        return answer
    if args and is_hashable(python) and python in instances.PROTOCOLS:
        special_method = instances.PROTOCOLS[python]
        if isinstance(args[0], o.Instance) or instances.has(frame, args[0], special_method):
            return instances.call_method(frame, args[0], special_method, args[1:])
    if isinstance(python, functools._lru_cache_wrapper):
        python = python.__wrapped__
    python = behind_range(python)
    if python is is_reached:
        return wrap_constant(depends(frame, args))
    if python is super:
        return super_of(frame, args)
    if is_custom(python):
        return call_custom(frame, python, args, kwargs)
    if is_checkpointed(python):
        return call_checkpointed(frame, [o.Known(python.fun), *args], kwargs)
    if python is call_checkpointed:
        return call_checkpointed(frame, args, kwargs)
    if python is dataclasses.replace:
        return instances.replace(frame, args, kwargs)
    if not (args or kwargs) and python in (int, float, bool, complex, str):
        return wrap_constant(python())
    try:
        special = BUILTINS.get(python)
    except TypeError:
        special = None
    if special is None:
        try:
            special = WRITERS.get(python)
        except TypeError:
            special = None
    if special is not None:
        args, given = arranged(python, args, kwargs)
        calls = sum(isinstance(a, _FUNCTIONS) for a in [*args, *kwargs.values()])
        frame.lowering.inside += calls  # what a key raises leaves `sorted` in the middle
        try:
            result = special(frame, args, given)
        finally:
            frame.lowering.inside -= calls
        given.check(getattr(python, "__name__", "this function"))
        return result
    if python is np.astype and args and isinstance(args[0], o.Ref):
        return cast(frame, args[0], args[1:], kwargs)
    owner = getattr(python, "__self__", None)
    if is_sparse(owner) and getattr(python, "__name__", "") == "dot" and len(args) == 1:
        return sparse_operator(frame, operator.matmul, o.Known(owner), args[0])
    if isinstance(owner, np.ufunc) and getattr(python, "__name__", "") == "at":
        return call_ufunc_at(frame, owner, args)
    definition = definition_of(python)
    if definition is not None:
        return call_known(frame, definition, args, kwargs, node)
    model = solver_model(python)
    if model is not None:
        return call_solver(frame, python, model, args, kwargs)
    if isinstance(python, types.MethodType):
        definition = definition_of_method(python)
        if definition is not None:
            return call_known(frame, definition, [o.Known(owner), *args], kwargs, node)
    if folds(python):
        answer = fold_call(python, args, kwargs)
        if answer is not None:
            return answer
    if is_declared(python) or isinstance(python, np.ufunc) or isinstance(owner, np.ufunc):
        return call_numpy(frame, python, args, kwargs)
    if isinstance(python, operator.itemgetter):
        return call_itemgetter(frame, python, args)
    if isinstance(python, functools.partial):
        frame.lowering.outside.contents(python.keywords)
        part = frame.lowering.part
        first = [part(python.args, k) for k in range(len(python.args))]
        named = {k: part(python.keywords, k) for k in python.keywords}
        return call_object(frame, o.Known(python.func), [*first, *args], {**named, **kwargs}, node)
    jitted = call_jitted(frame, python, args, kwargs)
    if jitted is not None:
        return jitted
    ours = stand_ins.call_of(frame, python, args, kwargs, node)
    if is_callable_of_a_library(python):
        lower = functools.partial(_call_by_source, frame, python, args, kwargs, node)
        return call_library(frame, python, args, kwargs, ours or lower)
    return _call_by_source(frame, python, args, kwargs, node)


def _call_by_source(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> o.Obj:
    """A call of what is in no table: of a function or class that the compiler reads."""
    if isinstance(python, np.vectorize):
        return call_vectorized(frame, python, args)
    transform = as_transform(frame, python, args, kwargs)
    if transform is not None:
        return transform
    if isinstance(python, types.FunctionType) and not _is_library(python):
        return inline_function(frame, python, args, kwargs)
    if is_random(python):
        return call_random(frame, python, args, kwargs)
    if isinstance(python, types.MethodType):
        return call_known(
            frame, python.__func__, [wrap_python(python.__self__), *args], kwargs, node
        )
    if isinstance(python, type) and issubclass(python, tuple) and hasattr(python, "_fields"):
        return named_tuple(python, args, kwargs)
    if is_user_class(python):
        return instances.construct(frame, python, args, kwargs)
    if isinstance(python, type) and issubclass(python, BaseException):
        return make_error(frame, python, args)
    folded = fold_call(python, args, kwargs)
    if folded is not None:
        return folded
    if isinstance(python, type) and issubclass(python, np.generic):
        return call_scalar_type(frame, python, args, kwargs)
    if is_unrecorded(python):
        return call_unrecorded(frame, python, args, kwargs)
    if _is_numpy(python):
        return call_numpy(frame, python, args, kwargs)
    outside = frame.lowering.outside
    method = outside.class_attribute(outside.type_of(python), "__call__")
    if isinstance(method, types.FunctionType) and not _is_library(method):
        return inline_function(frame, method, [o.Known(python), *args], kwargs)
    raise no_rule(python)


def _is_library(function: types.FunctionType) -> bool:
    module = (function.__module__ or "").partition(".")[0]
    return module in ("numpy", "scipy", "math", "functools", "itertools", "random")


def _is_numpy(python: Any) -> bool:
    module = getattr(python, "__module__", "") or ""
    return module.partition(".")[0] == "numpy"


def _call_closure(frame: Frame, callee: o.Closure, args: Args, kwargs: KwArgs, node: Any) -> o.Obj:
    return inline(frame, callee, args, kwargs)


def _call_partial(frame: Frame, callee: o.Partial, args: Args, kwargs: KwArgs, node: Any) -> o.Obj:
    positional, named = [*callee.args, *args], {**callee.kwargs, **kwargs}
    return call_object(frame, callee.function, positional, named, node)


def _call_method(frame: Frame, callee: o.Method, args: Args, kwargs: KwArgs, node: Any) -> o.Obj:
    given = Keywords(kwargs)
    result = call_method(frame, callee.owner, callee.name, args, given)
    given.check(callee.name)
    return result


def _call_instance(
    frame: Frame, callee: o.Obj, args: Args, kwargs: KwArgs, node: Any
) -> o.Obj | None:
    if not instances.has(frame, callee, "__call__"):
        return None
    return instances.call_method(frame, callee, "__call__", args, kwargs)


def _call_ref(frame: Frame, callee: o.Ref, args: Args, kwargs: KwArgs, node: Any) -> o.Obj | None:
    if not foreign.is_foreign(frame, callee):
        return None
    ours = stand_ins.call_on(frame, callee, "", args, kwargs)
    return ours() if ours is not None else call_value(frame, callee, args, kwargs)


def _call_python(frame: Frame, callee: o.Known, args: Args, kwargs: KwArgs, node: Any) -> o.Obj:
    return call_known(frame, callee.value, args, kwargs, node)


def _call_choice(frame: Frame, callee: o.Choice, args: Args, kwargs: KwArgs, node: Any) -> o.Obj:
    return choose(
        frame,
        callee.condition,
        lambda: call_object(frame, callee.then, args, dict(kwargs), node),
        lambda: call_object(frame, callee.otherwise, args, dict(kwargs), node),
        style="conditional",
    )


def _call_transformed(
    frame: Frame, callee: o.Transformed, args: Args, kwargs: KwArgs, node: Any
) -> o.Obj:
    return call_transformed(frame, callee.function, callee.options, args, kwargs)


CALLS |= {
    o.Closure: _call_closure,
    o.Cached: call_cached,
    o.Partial: _call_partial,
    o.Method: _call_method,
    o.Instance: _call_instance,
    o.Seq: _call_instance,
    o.Known: _call_python,
    o.Ref: _call_ref,
    o.Choice: _call_choice,
    o.Transformed: _call_transformed,
    o.Converted: call_converted,
}
