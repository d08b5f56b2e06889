"""Instances of the user's classes that are made inside of the program.

An instance is a container of attributes. Its class, and with it every method, property and
operator, is known when compiling; methods are inlined like functions.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.keys.places import Place
from adjoint.frontend.objects.outside import known_attribute
from adjoint.frontend.objects.reshaping import assign_shape
from adjoint.frontend.opaque.tables import is_lowered_first
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_python
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_change
from adjoint.frontend.state.memory.outliving import record_at
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.state.store import in_python, refuse_stand_in
from adjoint.ir.core import Constant
from adjoint.kinds import find, is_checkpointed, is_custom
from adjoint.runtime.records import is_named_tuple

_OPERATORS = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv",
    "Mod": "mod", "Pow": "pow", "MatMult": "matmul", "BitAnd": "and", "BitOr": "or",
    "BitXor": "xor", "LShift": "lshift", "RShift": "rshift",
}  # fmt: skip
_COMPARISONS = {"Lt": "lt", "LtE": "le", "Gt": "gt", "GtE": "ge", "Eq": "eq", "NotEq": "ne"}
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_UNARY = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}


def construct(
    frame: Frame,
    cls: type,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
    start: o.Instance | None = None,
) -> o.Instance:
    """`cls(*args, **kwargs)`; `start` is what `__new__` has made, if that is not an empty one."""
    instance = o.Instance(cls, {}) if start is None else start
    init = in_python(frame.lowering.outside.class_attribute(cls, "__init__"))
    if dataclasses.is_dataclass(cls) and not _has_own_init(cls):
        _fill_fields(frame, instance, args, kwargs)
    elif isinstance(init, types.FunctionType):
        run(frame, init, [instance, *args], kwargs)
    elif args or kwargs:
        raise UnsupportedError(f"{cls.__name__}() takes no arguments")
    return instance


def _has_own_init(cls: type) -> bool:
    """Is `__init__` written out, and not made by the dataclass decorator?"""
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    return code is not None and code.co_filename != "<string>"


def _fill_fields(
    frame: Frame, instance: o.Instance, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> None:
    cls: Any = instance.cls
    fields = [f for f in dataclasses.fields(cls) if f.init]
    positional = [f for f in fields if not f.kw_only]
    if len(args) > len(positional):
        raise UnsupportedError(f"{cls.__name__}() takes {len(positional)} arguments")
    given = {f.name: a for f, a in zip(positional, args, strict=False)}
    unknown = [k for k in kwargs if k not in {f.name for f in fields} or k in given]
    if unknown:
        raise UnsupportedError(f"{cls.__name__}() got an unexpected argument '{unknown[0]}'")
    given.update(kwargs)
    for f in dataclasses.fields(cls):
        if f.name in given:
            instance.items[f.name] = given[f.name]
        elif f.default is not dataclasses.MISSING:
            instance.items[f.name] = wrap_python(f.default)
        elif f.default_factory is not dataclasses.MISSING:
            factory = o.Known(f.default_factory)
            instance.items[f.name] = call_object(frame, factory, [], {}, None)
        elif f.init:
            raise UnsupportedError(f"{cls.__name__}() misses the argument '{f.name}'")
    if frame.lowering.outside.class_attribute(cls, "__post_init__") is not None:
        call_method(frame, instance, "__post_init__", [])


def replace(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`dataclasses.replace(instance, **changes)`."""
    (old,) = args
    outside = isinstance(old, o.Known) and dataclasses.is_dataclass(type(old.value))
    if not isinstance(old, o.Instance) and not outside:
        raise UnsupportedError("dataclasses.replace of what is no instance of a data class")
    cls: Any = old.cls if isinstance(old, o.Instance) else type(old.value)  # type: ignore
    read = attribute if isinstance(old, o.Instance) else known_attribute
    fields = {f.name: read(frame, old, f.name) for f in dataclasses.fields(cls)  # type: ignore
              if f.init and f.name not in kwargs}  # fmt: skip
    return construct(frame, cls, [], {**fields, **kwargs})


def run(
    frame: Frame, function: types.FunctionType, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A function of the class, called like any other."""
    return call_object(frame, o.Known(function), args, kwargs, None)


def namespace(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Instance:
    """`types.SimpleNamespace(a=..., b=...)`."""
    if args:
        raise UnsupportedError("SimpleNamespace of a mapping",
                               instead="write SimpleNamespace(**d)")  # fmt: skip
    fields = dict(kwargs)
    kwargs.clear()
    return o.Instance(types.SimpleNamespace, fields)


# Attributes


def is_instance(obj: o.Obj) -> TypeGuard[o.Instance]:
    """May the class of the object define what operators and methods of it do?"""
    return isinstance(obj, o.Instance) or isinstance(obj, o.Seq) and is_named_tuple(obj.kind)


def attribute(frame: Frame, owner: o.Instance, name: str) -> o.Obj:
    """`instance.name`: its own attribute, a property, a method, or the class's."""
    if name in owner.items:
        return owner.items[name]
    if name == "__class__":
        refuse_stand_in(owner)
        return o.Known(owner.cls)
    return class_attribute(frame, owner, name)


def class_attribute(frame: Frame, owner: Any, name: str) -> o.Obj:
    """An attribute that the class of an instance defines."""
    found = in_python(frame.lowering.outside.class_attribute(owner.cls, name))
    match found:
        case property(fget=getter) if isinstance(getter, types.FunctionType):
            return run(frame, getter, [owner], {})
        case functools.cached_property(func=getter) if isinstance(getter, types.FunctionType):
            value = run(frame, getter, [owner], {})
            frame.lowering.change(owner)
            owner.items[name] = value
            return value
        case types.FunctionType():
            return o.Method(owner, name)
        case staticmethod(__func__=function):
            return o.Known(function)
        case _ if is_custom(found) or is_checkpointed(found):
            return o.Partial(o.Known(found), [owner], {})
        case classmethod(__func__=function):
            return o.Partial(o.Known(function), [o.Known(owner.cls)], {})
        case None if not hasattr(owner.cls, name):
            hook = in_python(frame.lowering.outside.class_attribute(owner.cls, "__getattr__"))
            if isinstance(hook, types.FunctionType):
                return run(frame, hook, [owner, o.Known(name)], {})
            refuse_stand_in(owner)
            refuse_of_record(owner, name)
            said = f"'{owner.cls.__name__}' object has no attribute '{name}'"
            known = [*getattr(owner, "items", ()), *dir(owner.cls)]
            raise CertainError(AttributeError, said + did_you_mean(name, known), said)
    return known_attribute(frame, o.Known(owner.cls), name)


#: What to write instead of an assignment to an attribute of an array.
_ASSIGNED_INSTEAD = {
    "real": "write z = x + 1j * z.imag",
    "imag": "write z = z.real + 1j * y",
    "flat": "write a[...] = np.reshape(x, a.shape)",
    "T": "write a[...] = x.T",
    "dtype": "write a = a.astype(dtype)",
}


def assign_attribute(frame: Frame, owner: o.Obj, name: str, obj: o.Obj) -> None:
    """`instance.name = obj`."""
    if isinstance(owner, o.Ref) and name == "shape":
        assign_shape(frame, owner, obj)
        return
    if isinstance(owner, o.Ref):
        raise UnsupportedError(
            f"the attribute '{name}' of an array or number is assigned",
            instead=_ASSIGNED_INSTEAD.get(name, "make a new array"),
        )
    if isinstance(owner, o.Known) and _assign_outside(frame, owner.value, name, obj):
        return
    if isinstance(owner, o.Closure):
        _mark_function(frame, owner, name, obj)
        return
    if not isinstance(owner, o.Instance):
        raise UnsupportedError(
            f"the attribute '{name}' of an object from outside of the program is assigned",
            instead="make the object inside of the function, or return the new value",
        )
    cls: Any = owner.cls
    shown = cls.__name__
    setter = frame.lowering.outside.class_attribute(cls, name)
    if isinstance(setter, property):
        if not isinstance(setter.fset, types.FunctionType):
            raise UnsupportedError(f"the property '{name}' has no setter")
        run(frame, setter.fset, [owner, obj], {})
        return
    if dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen:  # type: ignore
        raise UnsupportedError(f"a field of the frozen {shown} is assigned",
                               instead="use dataclasses.replace")  # fmt: skip
    hook = in_python(frame.lowering.outside.class_attribute(cls, "__setattr__"))
    if issubclass(cls, dict) and isinstance(hook, types.FunctionType):
        run(frame, hook, [owner, o.Known(name), obj], {})
        return
    if owner.shared == o.FOREIGN:
        record_at(frame.lowering, owner.value)
    check_change(frame, owner)
    frame.lowering.change(owner)
    owner.items[name] = obj


def _assign_outside(frame: Frame, python: Any, name: str, obj: o.Obj) -> bool:
    """`owner.name = obj` of an outside object; False where that may do anything."""
    outside, outliving = frame.lowering.outside, frame.lowering.root.outliving
    place = Place.of("attribute", python, name)
    if isinstance(python, types.ModuleType):
        outliving.assign(frame.lowering, place, obj)
        return True
    own = python if isinstance(python, type) else type(python)
    if own.__module__.partition(".")[0] in ("builtins", "numpy", "scipy", "pandas"):
        return False
    cls = outside.type_of(python)
    if outside.class_attribute(cls, "__setattr__") not in (object.__setattr__, type.__setattr__):
        if dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen:  # type: ignore
            said = f"cannot assign to field '{name}'"
            raise CertainError(dataclasses.FrozenInstanceError, said, said)
        return False
    setter = outside.class_attribute(cls, name)
    if isinstance(setter, property):
        if not isinstance(setter.fset, types.FunctionType):
            said = f"property '{name}' of '{cls.__name__}' object has no setter"
            raise CertainError(AttributeError, said, said)
        run(frame, setter.fset, [o.Known(python), obj], {})
        return True
    if hasattr(type(setter), "__set__") and not isinstance(setter, types.MemberDescriptorType):
        return False
    if outside.class_attribute(cls, "__getattr__") is not None:
        return False
    outliving.assign(frame.lowering, place, obj)
    return True


def _mark_function(frame: Frame, function: o.Closure, name: str, obj: o.Obj) -> None:
    """`f.terminal = True` of a function that the program defines, as solve_ivp reads it."""
    certain = frame.lowering.builder.region is frame.lowering.function.body
    if not certain or not constant_of(obj)[0] or name in function.attributes:
        raise UnsupportedError(
            f"the attribute '{name}' of a function is assigned where it may not be, or not twice",
            instead="assign a constant behind the definition of the function",
        )
    function.attributes[name] = obj


# Methods and operators


def is_record(obj: Any) -> bool:
    """Does this stand for an object of a library's that an input has reached?"""
    return isinstance(obj, o.Instance) and obj.cls.__module__.startswith("adjoint.rules.")


def refuse_of_record(owner: Any, name: str) -> None:
    """Refuse what the record of a library's object does not know."""
    if is_record(owner):
        raise UnsupportedError(
            f"'{name}' of this object of a library has no derivative, and an input of the "
            "program has gone into the object",
            instead="make the object of constants, or do without",
        )


def call_method(
    frame: Frame,
    owner: Any,
    name: str,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj] | None = None,
) -> o.Obj:
    found = in_python(frame.lowering.outside.class_attribute(owner.cls, name))
    own = isinstance(owner, o.Instance) and name in owner.items
    if not own and isinstance(found, types.FunctionType):
        return run(frame, found, [owner, *args], kwargs or {})
    hook = in_python(frame.lowering.outside.class_attribute(owner.cls, "__getattr__"))
    if not own and not hasattr(owner.cls, name) and not isinstance(hook, types.FunctionType):
        refuse_stand_in(owner)
        refuse_of_record(owner, name)
        known = [*getattr(owner, "items", ()), *dir(owner.cls)]
        said = f"'{owner.cls.__name__}' object has no attribute '{name}'"
        raise UnsupportedError(said + did_you_mean(name, known))
    return call_object(frame, attribute(frame, owner, name), args, kwargs or {}, None)


def has(frame: Frame, obj: o.Obj, name: str) -> bool:
    """Does the class of the object define this method, as a Python function?"""
    if not is_instance(obj):
        return False
    found = in_python(frame.lowering.outside.class_attribute(obj.cls, name))
    return isinstance(found, types.FunctionType)


def ask_known(frame: Frame, owner: o.Known, name: str, args: Sequence[o.Obj]) -> o.Obj | None:
    """The result of a special method that the class of an outside object defines in Python."""
    outside = frame.lowering.outside
    method = outside.class_attribute(outside.type_of(owner.value), name)
    if not isinstance(method, types.FunctionType):
        return None
    return run(frame, method, [owner, *args], {})


def ask_library(frame: Frame, owner: o.Obj, name: str, args: Sequence[o.Obj]) -> o.Obj | None:
    """The same of an object of a library's, where its method can be read; else None."""
    if not isinstance(owner, o.Known) or not is_lowered_first(type(owner.value)):
        return None
    region = frame.lowering.builder.region
    before = len(region.ops)
    try:
        with attempt(frame.lowering):
            return ask_known(frame, owner, name, args)
    except UnsupportedError:
        for op in reversed(region.ops[before:]):
            op.drop()
        del region.ops[before:]
        return None


def _result(frame: Frame, owner: o.Obj, name: str, *args: o.Obj) -> o.Obj | None:
    """The result of a special method; None if it is missing or returns NotImplemented."""
    if not has(frame, owner, name):
        return None
    result = call_method(frame, owner, name, args)
    return None if isinstance(result, o.Known) and result.value is NotImplemented else result


def binary(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """The operator that the class of one side defines; None for named tuples without it."""
    name = _OPERATORS[type(node_op).__name__]
    result = _result(frame, a, f"__{name}__", b)
    if result is None:
        result = _result(frame, b, f"__r{name}__", a)
    if result is None and (isinstance(a, o.Instance) or isinstance(b, o.Instance)):
        refuse_stand_in(a)
        refuse_stand_in(b)
        said = f"these objects have no operator '{name}'"
        sides = ((a, f"__{name}__"), (b, f"__r{name}__"))
        if any(is_instance(x) and hasattr(x.cls, special) for x, special in sides):
            raise UnsupportedError(said)
        raise CertainError(TypeError, said, said)
    return result


def augmented(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """`a += b` where the class defines it."""
    return _result(frame, a, f"__i{_OPERATORS[type(node_op).__name__]}__", b)


def compare(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj:
    name = _COMPARISONS[type(node_op).__name__]
    for owner, other, method in ((a, b, name), (b, a, _MIRRORED[name])):
        if has(frame, owner, f"__{method}__") and _is_generated(owner, f"__{method}__"):
            raise UnsupportedError("data classes are not compared field by field here",
                                   instead="compare the fields")  # fmt: skip
        result = _result(frame, owner, f"__{method}__", other)
        if result is not None:
            return result
    if name in ("eq", "ne"):
        for one in (a, b):
            cls: Any = one.cls if isinstance(one, o.Instance) else object
            if cls.__eq__ is not object.__eq__ and not _in_python(cls.__eq__):
                raise UnsupportedError(f"objects of {cls.__name__} are compared",
                                       instead="compare their attributes")  # fmt: skip
            if isinstance(one, o.Instance) and one.origins:
                raise UnsupportedError("which object this is depends on a branch or loop")
        return o.Ref(Constant((a is b) == (name == "eq")))
    raise UnsupportedError(f"these objects have no order '{name}'")


def _in_python(method: Any) -> bool:
    return isinstance(method, types.FunctionType)


def _is_generated(owner: o.Obj, name: str) -> bool:
    """Was the method made by a decorator, so that it has no text?"""
    assert is_instance(owner)
    return find(owner.cls, name).__code__.co_filename == "<string>"  # type: ignore[no-any-return]


def unary(frame: Frame, node_op: Any, a: o.Obj) -> o.Obj:
    result = _result(frame, a, _UNARY[type(node_op).__name__])
    if result is None:
        raise UnsupportedError("this object has no such operator")
    return result


#: Builtins that ask the object itself.
PROTOCOLS: dict[Callable[..., Any], str] = {
    len: "__len__", abs: "__abs__", float: "__float__", int: "__int__", bool: "__bool__",
    round: "__round__", reversed: "__reversed__",
}  # fmt: skip


def named_tuple(cls: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """An instance of a named tuple: a tuple whose items have names as well."""
    given = dict(zip(cls._fields, args, strict=False)) | kwargs
    for name, default in cls._field_defaults.items():
        given.setdefault(name, wrap_python(default))
    if set(given) != set(cls._fields):
        raise UnsupportedError(f"{cls.__name__}() needs the fields {', '.join(cls._fields)}")
    return o.Seq(cls, [given[name] for name in cls._fields])
