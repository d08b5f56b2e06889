"""Methods: of instances, containers, strings and arrays."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.control.supers import call_super
from adjoint.frontend.library.folding import fold_method
from adjoint.frontend.numpy.calls import call_numpy, cast
from adjoint.frontend.numpy.writers import METHODS as WRITING_METHODS
from adjoint.frontend.objects import instances, stand_ins
from adjoint.frontend.objects.containers import strings
from adjoint.frontend.objects.containers.methods import dict_method, list_method
from adjoint.frontend.objects.containers.run_time_lists import run_time_list_method
from adjoint.frontend.objects.instances import named_tuple
from adjoint.frontend.objects.subscripts import subscript
from adjoint.frontend.opaque import calls as opaque
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.kinds import check_has_attribute
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import root_of
from adjoint.ir import ops
from adjoint.ir.types import (
    Array,
    List,
    is_immutable_number,
    is_labelled,
    is_many,
    is_real_array,
)

METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "prod", "max", "min", "var", "std", "dot", "transpose", "swapaxes",
        "reshape", "ravel", "squeeze", "clip", "copy", "argmax", "argmin", "any", "all",
        "cumsum", "trace", "round", "argsort", "nonzero", "astype", "take", "repeat", "diagonal",
        "cumprod", "choose", "searchsorted", "argpartition",
    )
}  # fmt: skip
#: Methods that give the same of a column of pandas, in which nothing is missing.
_OF_COLUMNS = ("sum", "mean", "max", "min", "prod", "dot", "copy")
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


def call_method(
    frame: Frame, owner: o.Obj, name: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    lowering = frame.lowering
    if isinstance(owner, o.Instance):
        if instances.is_record(owner):
            args = [stand_ins.with_records(frame, arg) for arg in args]
        return instances.call_method(frame, owner, name, args, kwargs)
    if foreign.has_own_methods(frame, owner):
        ours = stand_ins.call_on(frame, owner, name, args, kwargs)
        if ours is not None:
            return ours()
        return opaque.call_method(frame, owner, name, args, kwargs)
    if isinstance(owner, o.Super):
        return call_super(frame, owner, name, args, kwargs)
    if instances.has(frame, owner, name) and name != "_replace":
        return instances.call_method(frame, owner, name, args, kwargs)
    if name == "__getitem__" and len(args) == 1:
        return subscript(frame, owner, args[0])
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
            try:
                return wrap_constant(getattr(python, name)(*(v for _, v in constants)))
            except ValueError as error:
                raise CertainError(ValueError, str(error), *error.args) from None
        if name in ("index", "count") and owner.kind in (list, tuple) and len(args) == 1:
            return _found_at_run_time(frame, owner, name, args[0])
    if isinstance(owner, o.Known):
        if name == "copy" and type(owner.value) is dict and not args:
            held = frame.lowering.outside.contents(owner.value)
            return o.Mapping({key: frame.lowering.part(held, key) for key in held})
        bound = getattr(owner.value, name)
        result = fold_method(bound, args, kwargs)
        if result is not None:
            return result
        if isinstance(owner.value, str):
            return strings.call_method(frame, owner, name, args, kwargs)
        return call_object(frame, o.Known(bound), args, kwargs, None)
    if strings.is_string(frame, owner) and not isinstance(owner, o.Known):
        return strings.call_method(frame, owner, name, args, kwargs)
    if isinstance(owner, o.Ref):
        value = lowering.operand(owner)
        check_has_attribute(frame, owner, name)
        if is_labelled(value.type) and name == "to_numpy":
            return owner
        if name not in _OF_COLUMNS:
            foreign.note_positions(frame, value)
        if isinstance(value.type, List) and name in ("index", "count") and len(args) == 1:
            return _found_at_run_time(frame, owner, name, args[0])
        if isinstance(value.type, List):
            changed = run_time_list_method(frame, owner, name, args, kwargs)
            if changed is not None:
                return changed
        if name == "astype":
            return cast(frame, owner, args, kwargs)
        if name == "copy" and is_immutable_number(value.type):
            return owner  # a number is never written into
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
        if name == "item" and isinstance(value.type, Array) and any(map(is_many, value.type.dims)):
            said = "can only convert an array of size 1 to a Python scalar"
            raise CertainError(ValueError, said, said, instead="say which element: x.item(0)")
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
    raise UnsupportedError(f"the method '{name}' is not supported{_like(owner, name)}")


def _found_at_run_time(frame: Frame, owner: o.Obj, name: str, item: o.Obj) -> o.Obj:
    """`xs.count(item)` and `xs.index(item)`, where the items are known only at run time."""
    if any(isinstance(x, o.Ref) and x.missing for x in [item, *o.parts_of(owner)]):
        raise UnsupportedError(f"'{name}' of what may be None", instead="write it as a loop")
    kind = owner.kind if isinstance(owner, o.Seq) else list
    values = [frame.lowering.value(owner), frame.lowering.value(item)]
    made = frame.lowering.builder.apply(getattr(kind, name), *values)
    if made.op is not None and made.op.kind == "apply":
        made.op.attrs["style"] = name
    return o.Ref(made)


def _like(owner: o.Obj, name: str) -> str:
    """A method with a name like this one, where the object has none of this name."""
    kind = getattr(owner, "kind", None)
    cls = kind if isinstance(kind, type) else dict if isinstance(owner, o.Mapping) else np.ndarray
    return "" if hasattr(cls, name) else did_you_mean(name, dir(cls))
