"""Calls: inlining of the user's functions, NumPy calls, methods."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import instances, strings, tables, ufuncs
from adjoint.frontend import objects as o
from adjoint.frontend.aliasing import root_of
from adjoint.frontend.arraylike import as_array
from adjoint.frontend.builtins import BUILTINS
from adjoint.frontend.caching import call_cached
from adjoint.frontend.checkpoint import call_checkpointed
from adjoint.frontend.classes import is_user_class
from adjoint.frontend.constants import constant_of, wrap_constant
from adjoint.frontend.containers import dict_method, list_method, run_time_list_method
from adjoint.frontend.custom import call_custom, is_custom
from adjoint.frontend.dispatch import expression
from adjoint.frontend.displays import elements
from adjoint.frontend.exceptions import make_error
from adjoint.frontend.expansions import call_expanded
from adjoint.frontend.functional import call_vectorized
from adjoint.frontend.inlining import inline, inline_function, wrap_python
from adjoint.frontend.iteration import static_items
from adjoint.frontend.liveness import alive_inside
from adjoint.frontend.lowering import (
    Frame,
    Lowering,
    NeedStatic,
    Unreachable,
)
from adjoint.frontend.mutation import may_be_given, result_of, write
from adjoint.frontend.nested import as_transform, call_transformed
from adjoint.frontend.operators import sparse_operator
from adjoint.frontend.recursion import is_checkpointed
from adjoint.frontend.shapes import build as build_object
from adjoint.frontend.shapes import flatten, leaf_types, may_return, shape_of
from adjoint.frontend.transposing import call_transposing
from adjoint.frontend.writers import METHODS as WRITING_METHODS
from adjoint.frontend.writers import WRITERS, call_ufunc_at
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.effects import is_pure, is_random
from adjoint.ir.types import (
    FLOAT,
    Array,
    List,
    Opaque,
    Scalar,
    Struct,
    Type,
    is_real_array,
    is_sparse,
    join,
)
from adjoint.rules import expansion_of, is_inactive, no_rule, rule_for
from adjoint.rules.discrete import ABOUT_TYPES
from adjoint.rules.registry import definition_of, refusal_of

#: Arguments that must be part of the program: they decide ranks, dtypes and rules.
STATIC = frozenset({
    "axis", "axes", "keepdims", "dtype", "ord", "order", "ddof", "subscripts", "optimize",
    "axis1", "axis2", "source", "destination", "correction", "copy", "indexing", "mode",
    "lower", "trans", "unit_diagonal", "assume_a", "transposed", "check_finite", "compute_expm",
    "eigvals_only", "method",
    "full_matrices", "compute_uv", "hermitian", "UPLO", "upper", "ind", "p", "axisa", "axisb",
    "axisc", "norm", "deg", "increasing",
    "ndmin", "retstep", "endpoint", "requirements",
})  # fmt: skip
#: Those of single functions, whose names mean a size or an offset elsewhere.
STATIC_OF: dict[Any, str] = {
    np.diff: "n", np.rollaxis: "start", np.partition: "kth", np.argpartition: "kth",
}  # fmt: skip

METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "prod", "max", "min", "var", "std", "dot", "transpose", "swapaxes",
        "reshape", "ravel", "squeeze", "clip", "copy", "argmax", "argmin", "any", "all",
        "cumsum", "trace", "round", "argsort", "nonzero", "astype", "take", "repeat", "diagonal",
        "cumprod", "choose", "searchsorted", "argpartition",
    )
}  # fmt: skip
METHODS["flatten"] = np.ravel
METHODS["item"] = np.ndarray.item
METHODS["conj"] = METHODS["conjugate"] = np.conj
METHODS["tolist"] = np.ndarray.tolist
#: Methods of arrays that are not differentiated, and why.
REFUSED_METHODS = {
    "partition": "it changes the array in place",
    "resize": "it changes the array in place",
    "itemset": "it changes the array in place",
    "setfield": "it changes the array in place",
    "setflags": "it changes how the array may be used",
    "byteswap": "it changes the bytes of the elements",
    "view": "it takes the bytes of the elements for another type",
    "getfield": "it takes the bytes of the elements for another type",
    "tobytes": "its result is bytes",
    "tofile": "it writes a file",
    "dump": "it writes a file",
    "dumps": "its result is bytes",
    "to_device": "arrays of other devices are no NumPy arrays",
}


def lower_call(frame: Frame, node: gast.Call) -> o.Obj:
    callee = expression(frame, node.func)
    args: list[o.Obj] = []

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
            raise UnsupportedError("** of a dictionary whose keys only the run knows")
    alive = frame.alive
    if frame.after is not None:
        frame.alive = alive_inside(frame.node, node, frame.after)
    result = call_object(frame, callee, args, kwargs, node)
    frame.alive = alive
    return result


def call_object(
    frame: Frame, callee: o.Obj, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> o.Obj:
    match callee:
        case o.Closure():
            return inline(frame, callee, args, kwargs)
        case o.Cached():
            return call_cached(frame, callee, args, kwargs, node)
        case o.Partial(function, first, named):
            return call_object(frame, function, [*first, *args], {**named, **kwargs}, node)
        case o.Method(owner, name):
            return call_method(frame, owner, name, args, kwargs)
        case o.Instance() | o.Seq() if instances.has(callee, "__call__"):
            return instances.call_method(frame, callee, "__call__", args, kwargs)
        case o.Known(python):
            return call_known(frame, python, args, kwargs, node)
        case o.Choice(condition, then, otherwise):
            return frame.lowering.choose(
                frame,
                condition,
                lambda: call_object(frame, then, args, dict(kwargs), node),
                lambda: call_object(frame, otherwise, args, dict(kwargs), node),
                style="conditional",
            )
        case o.Transformed(function, options):
            return call_transformed(frame, function, options, args, kwargs)
    raise UnsupportedError("this object cannot be called")


def is_declared(python: Any) -> bool:
    """Is there a rule for it, or a reason why there is none?"""
    if rule_for(python) is not None or is_inactive(python) or expansion_of(python) is not None:
        return True
    return isinstance(python, types.FunctionType) and refusal_of(python) is not None


def call_known(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> o.Obj:
    if args and _hashable(python) and python in instances.PROTOCOLS:
        special_method = instances.PROTOCOLS[python]
        if isinstance(args[0], o.Instance) or instances.has(args[0], special_method):
            return instances.call_method(frame, args[0], special_method, args[1:])
    if isinstance(python, functools._lru_cache_wrapper):
        python = python.__wrapped__
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
        return special(frame, args, kwargs)
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
    if any(python is each for each in (*ABOUT_TYPES, *_NUMBERS_AND_TEXT)):
        answer = _call_static(python, args, kwargs)
        if answer is not None:
            return answer
    if is_declared(python) or isinstance(python, np.ufunc) or isinstance(owner, np.ufunc):
        return call_numpy(frame, python, args, kwargs)
    if isinstance(python, operator.itemgetter):
        return tables.call_itemgetter(frame, python, args)
    if isinstance(python, functools.partial):
        first = [wrap_python(a) for a in python.args]
        named = {k: wrap_python(v) for k, v in python.keywords.items()}
        return call_object(frame, o.Known(python.func), [*first, *args], {**named, **kwargs}, node)
    if _is_inert(python):
        return call_inert(frame, python, args, kwargs)
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
    folded = _call_static(python, args, kwargs)
    if folded is not None:
        return folded
    if isinstance(python, np.dtype) or isinstance(python, type) and issubclass(python, np.generic):
        value = frame.lowering.value(args[0])
        return o.Ref(frame.lowering.builder.apply(np.astype, value, np.dtype(python)))
    if _is_numpy(python):
        return call_numpy(frame, python, args, kwargs)
    method = inspect.getattr_static(type(python), "__call__", None)
    if isinstance(method, types.FunctionType) and not _is_library(method):
        return inline_function(frame, method, [o.Known(python), *args], kwargs)
    raise no_rule(python)


#: Of whole numbers and strings that are part of the program, so are the results.
_NUMBERS_AND_TEXT = (str, repr, int, abs, round, ord, chr, bin, hex, oct, math.gcd, math.comb,
                     math.factorial, math.isqrt, math.perm, math.lcm)  # fmt: skip


def _hashable(python: Any) -> bool:
    try:
        hash(python)
    except TypeError:
        return False
    return True


def named_tuple(cls: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """An instance of a named tuple: a tuple whose items have names as well."""
    given = dict(zip(cls._fields, args, strict=False)) | kwargs
    for name, default in cls._field_defaults.items():
        given.setdefault(name, wrap_python(default))
    if set(given) != set(cls._fields):
        raise UnsupportedError(f"{cls.__name__}() needs the fields {', '.join(cls._fields)}")
    return o.Seq(cls, [given[name] for name in cls._fields])


def super_of(frame: Frame, args: Sequence[o.Obj]) -> o.Obj:
    """`super()` in a method of the user's class."""
    function = frame.function
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if args or "__class__" not in cells:
        raise UnsupportedError("super() is only supported without arguments, in a method")
    owner = frame.names.get(frame.source.node.args.args[0].id)
    if not isinstance(owner, o.Instance):
        raise UnsupportedError("super() of an object from outside of the program")
    return o.Super(cells["__class__"].cell_contents, owner)


def call_super(
    frame: Frame, behind: o.Super, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    order = behind.owner.cls.__mro__
    for cls in order[order.index(behind.cls) + 1 :]:
        found = vars(cls).get(name)
        if cls is BaseException and name == "__init__":
            behind.owner.items["args"] = o.Seq(tuple, list(args))
            return o.Known(None)
        if isinstance(found, types.FunctionType):
            if name == "__init__" and dataclasses.is_dataclass(cls):
                break
            return inline_function(frame, found, [behind.owner, *args], kwargs)
        if cls is object and name == "__init__":
            return o.Known(None)
    raise UnsupportedError(f"super().{name} is not a method written in Python")


#: Calls into these modules happen where the user makes them; no derivative depends on them.
_INERT_MODULES = ("logging", "time")


def _is_inert(python: Any) -> bool:
    function = getattr(python, "__func__", python)
    return isinstance(function, (types.FunctionType, types.BuiltinFunctionType)) and (
        function.__module__ in _INERT_MODULES
    )


def call_inert(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A call that has an effect, as writing to a log, or reads a clock."""
    lowering = frame.lowering
    values = [lowering.value(a) for a in args]
    named = {k: lowering.value(v) for k, v in kwargs.items()}
    is_clock = python.__module__ == "time" and python.__name__ != "sleep"
    type_: Type = FLOAT if is_clock else Opaque()
    operands = [*values, *named.values()]
    return o.Ref(lowering.builder.emit(python, operands, type_, tuple(named)))


def _is_library(function: types.FunctionType) -> bool:
    module = (function.__module__ or "").partition(".")[0]
    return module in ("numpy", "scipy", "math", "functools", "itertools", "random")


def _is_numpy(python: Any) -> bool:
    module = getattr(python, "__module__", "") or ""
    return module.partition(".")[0] == "numpy" and is_pure(python)


def _call_static(python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj | None:
    """A call of a pure builtin whose arguments are all part of the program."""
    constants = [constant_of(a) for a in [*args, *kwargs.values()]]
    if not is_pure(python) or not all(known for known, _ in constants):
        return None
    values = [v for _, v in constants]
    if any(isinstance(v, (float, complex)) for v in values) or not (args or kwargs):
        return None
    try:
        named = dict(zip(kwargs, values[len(args) :], strict=True))
        return wrap_constant(python(*values[: len(args)], **named))
    except Exception as error:
        raise CertainError(type(error), f"this call fails: {error}", *error.args) from None


# NumPy


@functools.lru_cache(maxsize=1024)
def _parameter_names(target: Any) -> tuple[str, ...]:
    if isinstance(getattr(target, "__self__", None), np.ufunc):
        return ufuncs.METHOD_PARAMETERS[target.__name__]
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    )


def call_numpy(
    frame: Frame, target: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], style: str = ""
) -> o.Obj:
    """An `apply` of a NumPy or math function."""
    lowering = frame.lowering
    names = _parameter_names(target)
    args = ufuncs.out_by_name(target, names, args, kwargs)
    out = kwargs.pop("out", None)
    if isinstance(out, o.Known) and out.value is None:
        out = None
    if isinstance(out, o.Seq) and len(out.items) == 1:
        out = out.items[0]
    if out is not None and not isinstance(out, o.Ref):
        raise UnsupportedError("out= must be one array")
    if "copy" in kwargs:
        target = with_copy_option(target, constant_of(kwargs.pop("copy"))[1])
    if constant_of(kwargs.pop("overwrite_input", o.Known(False)))[1] is not False:
        raise UnsupportedError("overwrite_input= leaves the array in no certain order",
                               instead="leave it out")  # fmt: skip
    args = [as_array(frame, target, arg) for arg in args]
    kwargs = {name: as_array(frame, target, arg) for name, arg in kwargs.items()}
    composition = expansion_of(target)
    if composition is not None:
        made = call_expanded(frame, target, composition, names, args, kwargs)
        if out is None:
            return made
        write(frame, out, lowering.value(made))
        return out
    while (
        len(args) < len(names)
        and names[len(args)] in kwargs
        and not (is_part_of_program(target, names[len(args)]))
    ):
        args.append(kwargs.pop(names[len(args)]))
    positional: list[Value] = []
    for k, obj in enumerate(args):
        must = k < len(names) and is_part_of_program(target, names[k]) and k > 0
        positional.append(static_operand(frame, obj, names[k]) if must else operand(frame, obj))
    named = {
        k: static_operand(frame, v, k) if is_part_of_program(target, k) else operand(frame, v)
        for k, v in kwargs.items()
    }
    if isinstance(target, np.ufunc):
        value = ufuncs.apply(frame, target, positional, named, out)
    else:
        value = lowering.builder.apply(target, *positional, **named)
    if style and value.op is not None:
        value.op.attrs["style"] = style
    if style == "flatten" or not args:
        return lowering.wrap(value)
    result = result_of(frame, target, args[0], value)
    if may_be_given(target, value):
        result = may_return(result, [o.Seq(tuple, [*args, *kwargs.values()])])
        frame.pending.append(result)
    if out is None:
        return result
    write(frame, out, lowering.value(result))
    return out


def call_random(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A draw: once for each run of the program, in order."""
    if isinstance(python, type) or python in (np.random.default_rng, np.random.get_state):
        raise UnsupportedError(
            f"{python.__name__} makes a generator", instead="make it outside of the function"
        )
    if python.__name__ == "shuffle":
        raise UnsupportedError(
            "shuffle changes its argument in place", instead="index with a permutation"
        )
    return call_numpy(frame, python, args, kwargs)


def with_copy_option(target: Any, copy: Any) -> Any:
    """The function that does without being told what `copy=` says: True, or None for perhaps."""
    makers = (np.array, np.asarray, np.asanyarray)
    if copy is True:
        return np.array if target in makers else target
    if copy is None and target in (*makers, np.reshape):
        return np.asarray if target in makers else target
    raise UnsupportedError(
        f"copy={copy} decides when the program runs what shares memory", instead="leave it out"
    )


def cast(frame: Frame, owner: o.Ref, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`x.astype(dtype)`; without a copy where none is needed, when asked for."""
    options = dict(kwargs)
    if not args and "dtype" not in options or len(args) > 1:
        raise UnsupportedError("astype is only supported with a dtype and copy=")
    given = args[0] if args else options.pop("dtype")
    dtype = np.dtype(static_operand(frame, given, "dtype").value)  # type: ignore[attr-defined]
    copy = static_operand(frame, options.pop("copy", o.Ref(Constant(True))), "copy")
    if options:
        raise UnsupportedError("astype is only supported with a dtype and copy=")
    value = frame.lowering.current(owner)
    if not copy.value:  # type: ignore[attr-defined]
        if not isinstance(value.type, Array):
            raise UnsupportedError("astype with copy=False of an array of unknown type")
        if value.type.dtype == dtype:
            return owner
    return o.Ref(frame.lowering.builder.apply(np.astype, value, dtype))


def operand(frame: Frame, obj: o.Obj) -> Value:
    if isinstance(obj, o.Iterator):
        items = static_items(frame, obj)
        if items is not None:
            obj = o.Seq(list, items)
    return frame.lowering.value(obj)


def is_part_of_program(target: Any, name: str) -> bool:
    """Must this argument of a function of NumPy be known when compiling?"""
    return name in STATIC or STATIC_OF.get(target) == name


def static_operand(frame: Frame, obj: o.Obj, name: str) -> Value:
    """An argument that must be known when compiling; parameters are specialised on."""
    known, python = constant_of(obj)
    if known:
        return Constant(python)
    param = _parameter_behind(obj)
    if param is not None:
        raise NeedStatic(param, frame.lowering.builder.span)
    raise UnsupportedError(
        f"the argument '{name}' is computed by the program, but decides its structure",
        instead="pass it as an argument of the differentiated function, or as a literal",
    )


def _parameter_behind(obj: o.Obj) -> Value | None:
    """The parameter that a number, or a number in a container, comes from as it is."""
    if isinstance(obj, o.Seq):
        unknown = [item for item in obj.items if not constant_of(item)[0]]
        return _parameter_behind(unknown[0])
    if not isinstance(obj, o.Ref):
        return None
    value = obj.value
    if isinstance(value.owner, Region):
        return value
    if not (isinstance(value.type, Scalar) and value.type.kind in ("int", "bool")):
        return None  # of a container only whole numbers become part of the program
    while value.op is not None and value.op.target is operator.getitem:
        if not isinstance(value.op.operands[0].type, Struct):
            return None
        value = value.op.operands[0]
    return value if isinstance(value.owner, Region) else None


def call_method(
    frame: Frame, owner: o.Obj, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    lowering = frame.lowering
    if isinstance(owner, o.Instance):
        return instances.call_method(frame, owner, name, args, kwargs)
    if isinstance(owner, o.Super):
        return call_super(frame, owner, name, args, kwargs)
    if instances.has(owner, name) and name != "_replace":
        return instances.call_method(frame, owner, name, args, kwargs)
    if isinstance(owner, o.Seq) and name == "_replace":
        fields: Any = owner.kind
        old = dict(zip(fields._fields, owner.items, strict=True))
        return named_tuple(fields, [], old | kwargs)
    if isinstance(owner, o.Mapping):
        return dict_method(frame, owner, name, args, kwargs)
    if isinstance(owner, o.Seq):
        changed = list_method(frame, owner, name, args, kwargs)
        if changed is not None:
            return changed
        known, python = constant_of(owner)
        constants = [constant_of(a) for a in args]
        if name in ("index", "count") and known and all(k for k, _ in constants):
            return wrap_constant(getattr(python, name)(*(v for _, v in constants)))
    if isinstance(owner, o.Known):
        bound = getattr(owner.value, name)
        result = _call_static_method(bound, args, kwargs)
        if result is not None:
            return result
        if isinstance(owner.value, str):
            return strings.call_method(frame, owner, name, args, kwargs)
        return call_known(frame, bound, args, kwargs, None)
    if strings.is_string(frame, owner) and not isinstance(owner, o.Known):
        return strings.call_method(frame, owner, name, args, kwargs)
    if isinstance(owner, o.Ref):
        value = lowering.current(owner)
        if isinstance(value.type, List):
            changed = run_time_list_method(frame, owner, name, args)
            if changed is not None:
                return changed
        if name == "astype":
            return cast(frame, owner, args, kwargs)
        if name == "view" and not args and not kwargs:
            return o.Ref(value, aliases=frozenset([root_of(owner)]))
        if name in ("conj", "conjugate") and is_real_array(value.type):
            return owner  # NumPy gives the array itself
        if name in ("reshape", "transpose") and len(args) > 1:
            args = [o.Seq(tuple, list(args))]
        if name == "item" and args:
            flat = lowering.builder.apply(np.ravel, value)
            index = [lowering.value(a) for a in args]
            if len(index) > 1:
                flat, index = value, [lowering.builder.apply(ops.make_tuple, *index)]
            return o.Ref(lowering.builder.apply(operator.getitem, flat, index[0]))
        if name in WRITING_METHODS and not isinstance(value.type, List):
            return WRITING_METHODS[name](frame, [owner, *args], kwargs)  # type: ignore[no-any-return]
        if name == "compress":
            return call_numpy(frame, np.compress, [args[0], owner, *args[1:]], dict(kwargs))
        if name in METHODS:
            return call_numpy(frame, METHODS[name], [owner, *args], dict(kwargs), style=name)
        if name in REFUSED_METHODS:
            raise UnsupportedError(
                f"the method '{name}' is not supported: {REFUSED_METHODS[name]}"
            )
    raise UnsupportedError(f"the method '{name}' is not supported")


def _call_static_method(
    bound: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj | None:
    constants = [constant_of(a) for a in args]
    if isinstance(getattr(bound, "__self__", None), str) and all(k for k, _ in constants):
        return wrap_constant(bound(*(v for _, v in constants)))
    return None


__all__ = [
    "Lowering", "Op", "Type", "Struct", "Array", "Unreachable", "build_object", "flatten", "join",
    "leaf_types", "ops", "shape_of", "Callable",
]  # fmt: skip
