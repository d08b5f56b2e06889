"""The state of one lowering: the builder, the values of objects, captured names."""

from __future__ import annotations

import collections
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from adjoint.assumptions import Assumptions
from adjoint.errors import Call, Span, UnsupportedError
from adjoint.frontend.keys.places import Place
from adjoint.frontend.keys.signature import (
    frozen_key_of,
    is_frozen,
    is_static,
    key_of,
    static_value,
    type_from_key,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.memory.captured import is_big, outside_container
from adjoint.frontend.state.outside_world import OutsideWorld
from adjoint.frontend.state.state import Names, State, Variable
from adjoint.frontend.state.store import Slot, refuse_stand_in, view_items
from adjoint.frontend.state.structure import RESULT_NAME, build, flatten, shape_of
from adjoint.frontend.syntax.libraries import is_library
from adjoint.frontend.syntax.source import FunctionSource
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Value
from adjoint.ir.types import List, Struct, Type

RETURNED, RESULT, BROKE, CONTINUED = "%returned", RESULT_NAME, "%broke", "%continued"
FALSE, TRUE = Constant(False), Constant(True)
#: The key of a captured list whose items are not looked at.
_LIST = ("t", list)


class Unreachable(Exception):
    """This path raises, or what it needs is not known yet in this round of a fixpoint."""


class NeedStatic(Exception):
    """A parameter's value (not only its type) decides the program: specialise on it.

    `path` is where the value is read, when the parameter is a captured one of a function that is
    lowered inside of another.
    """

    def __init__(self, param: Value, span: Span | None = None, path: Place | None = None):
        self.param, self.span, self.path = param, span, path


class Restructured(UnsupportedError):
    """A container has a number of items that is known only at run time."""

    def __init__(self, container: o.Obj, reason: str, instead: str = ""):
        super().__init__(reason, None, instead)
        self.container = container


@dataclass(eq=False)
class Frame:
    """One activation of a function of the user's (inlined ones included).

    Attributes
    ----------
    names : what the user's variables refer to.
    hidden : the compiler's own variables, which begin with %: exit flags, results, parts.
    cells : the variables that functions inside of this one assign, if there are any.
    """

    lowering: Lowering
    source: FunctionSource
    names: dict[str, o.Obj]
    local_names: frozenset[str]
    parent: Frame | None = None
    function: Any = None
    statement: int = 0
    comprehension: bool = False
    caller: Frame | None = None
    alive: frozenset[str] | None = None  # names that may still be read; None is all of them
    after: frozenset[str] | None = None  # those of them that are read after this statement
    last: frozenset[str] = frozenset()  # names that a `finally` reads after a return, too
    node: Any = None  # the statement
    pending: list[o.Obj] = field(default_factory=list)  # what it has computed and not named yet
    cells: o.Mapping | None = None
    calls: tuple[Call, ...] = ()  # how it was reached, innermost first
    since: int = field(default_factory=o.now)  # objects with a smaller serial are of its callers
    call_site: Span | None = None  # where the user calls it, for functions of libraries

    def __post_init__(self) -> None:
        self.names: Names = Names(self.lowering.state, self.names)
        self.hidden = Names(self.lowering.state)

    def variables(self, name: str) -> Names:
        """The names, of the user or of the compiler, that a name is among."""
        return self.hidden if name.startswith("%") else self.names  # type: ignore[return-value]

    def place(self, name: str) -> Variable:
        return Variable(self.variables(name), name)

    def span(self, node: Any) -> Span:
        """The place of a node: of a function of a library, that of the user's call."""
        span = self.source.span(node, self.statement or None)
        if self.call_site is not None:
            return replace(self.call_site, within=(span.file, span.line, span.column))
        return replace(span, calls=self.calls) if self.calls else span

    def shown(self) -> str:
        """The function as messages name it."""
        name = getattr(self.source.node, "name", "")
        return f"{name}()" if name else "a lambda"

    def reached_from(self, caller: Frame, at: Span | None) -> None:
        """Note the call of this function."""
        stands_for_it = caller.source.node is self.source.node and not caller.calls
        if not stands_for_it:  # as the program of `grad(grad(f))` does, which has no text
            self.calls = (Call(self.shown(), caller.shown(), at), *caller.calls)
        if is_library(self.source.file):
            inside = caller.call_site is not None or is_library(caller.source.file)
            self.call_site = caller.call_site if inside else at

    def placed_as(self, other: Frame) -> None:
        """Stand where another frame stands, of which this is a part or another lowering."""
        self.calls, self.call_site = other.calls, other.call_site


class Lowering:
    """Lowers one function (and what it calls) to one IR `Function`."""

    def __init__(self, name: str, function: Any = None, outer: Lowering | None = None):
        self.function = Function(name)
        self.builder = Builder(self.function.body)
        self.outer = outer
        self.state: State = State() if outer is None else outer.state
        self.copies = 1  # how often the statement is written out, for loops around it
        self.writing_out = False  # is one of these loops written out for want of a better way?
        self.trip = 0  # objects with a smaller serial were made before this trip of a loop
        self.captures: dict[Place, tuple[Any, Value | None]] = {}
        self.captured: dict[Place, o.Obj] = {}  # arrays and big containers
        self.known = Assumptions()  # of the root
        self.splitting = 0  # of the root: the statements are in arms of so many of them
        self.ambiguous_after: set[Any] = set()  # of the root: branches that may be split
        self.stand_ins = False  # of the root: do records stand for objects of libraries?
        self.object_lists: set[Any] = set()  # of the root: where lists of objects are collected
        self.inline_stack: list[Any] = []
        self.handlers: list[Any] = []  # of the `try` statements around, innermost first
        self.inside = 0  # how many composite expressions are being lowered
        self.apart: set[Any] = set()  # statements whose expressions were taken apart
        self.unknown_exceptions: set[Any] = set()  # `try` statements which any may leave
        self.caught: list[o.Instance] = []  # the exceptions whose handlers are being lowered
        self.frame: Frame | None = None  # of the statement that is being lowered
        self.recursive_identities: set[Any] = set()
        self.functions = Names(self.state, lasting=True)  # of the root: recursive ones
        self.unfolded: dict[Any, UnsupportedError] = {}  # recursive functions: why not called
        self.calls_written_out = 0
        self.stored: list[Value] = []  # parameters, or parts of them, that are written
        self._outside = OutsideWorld(function)  # of the root, which lowers this function
        self.imports: dict[int, tuple[o.Obj, list[Value], list[Value], o.Obj, str]] = {}
        self.checkpoint: Any = None  # of the root: how the loops that come are checkpointed
        self.experience: dict[Any, Any] = {}  # of the root: what is known of its loops
        self.keeping: Any = None  # of the root: whether calls are inlined
        self.open_calls: list[Any] = []  # of the root: of functions that were being lowered
        self.literals: dict[Any, o.Obj] = {}  # of the root: arguments that are part of a function
        self.loops = 0  # of the root: how many have come so far
        self.keyed: list[o.Mapping] = []  # of the root: dictionaries whose keys are not known
        self.endless_generators = 0  # of the root: how many generators that may not end
        self.readable: dict[Any, bool] = {}  # functions with rules that were lowered before

    @property
    def root(self) -> Lowering:
        """The lowering of the whole program."""
        return self if self.outer is None else self.outer.root

    @property
    def outside(self) -> OutsideWorld:
        """The reader of functions, classes and objects that the program does not make."""
        return self.root._outside

    # Objects and values

    def current(self, ref: o.Ref) -> Value:
        """The value of an array or number, as it is now."""
        return self.state.read(ref)

    def operand(self, ref: o.Ref) -> Value:
        """The value of an array or number that is computed with: it is asserted to be there."""
        if ref.missing == "None":  # a name that may be unassigned asks when it is read
            self.require(ref)
        return self.state.read(ref)

    def require(self, ref: o.Ref, name: str = "") -> None:
        """Assert that there is a value; from here on there is one."""
        value = self.state.read(ref)
        shown = f"'{name or value.name or 'this'}'"
        if shown.startswith("'%"):  # a name of the compiler's own
            shown = "a part of this statement"
        what = "None" if ref.missing == "None" else "not assigned"
        present = self.builder.apply(operator.is_not, value, Constant(None))
        error = TypeError if ref.missing == "None" else UnboundLocalError
        self.builder.apply(ops.check, present, f"{shown} is {what} here", error)
        self.state.mark(ref, missing="")

    def change(self, container: Any) -> None:
        """To be called before a container is changed."""
        if container.value is not None:
            self.stored.append(container.value)
        self.state.change(container)

    def put(self, place: Variable | Slot, obj: o.Obj) -> None:
        """Let a place hold an object."""
        if not isinstance(place, Variable):
            self.change(place.container)
        self.state.put(place, obj)

    def ambiguous(self, obj: o.Ambiguous) -> UnsupportedError:
        """The refusal of what may be one of several things; the branch may yet be split."""
        if obj.branch is not None:
            self.root.ambiguous_after.add(obj.branch)
        return UnsupportedError(obj.reason)

    def value(self, obj: o.Obj) -> Value:
        """The object as one SSA value; containers are built where they are needed."""
        match obj:
            case o.Outside() if not obj.is_constant():
                value = obj.value  # type: ignore[attr-defined]
                assert value is not None
                return value  # type: ignore[no-any-return]
            case o.Ref():
                return self.operand(obj)
            case o.Known(value):
                return Constant(value)
            case o.Seq(kind, items, value):
                if value is not None and self.is_unchanged(obj):
                    return value
                kind = list if kind is collections.deque else kind
                if all(isinstance(i, o.Ref) and _is_plain(i.value) for i in items) and items:
                    return Constant(kind(i.value.value for i in items))  # type: ignore
                return self._container(kind, getattr(kind, "_fields", ()), items)
            case o.Mapping(items, value):
                if value is not None and self.is_unchanged(obj):
                    return value
                if obj.kind is set:
                    raise UnsupportedError("a set cannot be used as a value here",
                                           instead="use sorted")  # fmt: skip
                keys = Constant(tuple(items))
                return self.builder.apply(ops.make_dict, keys, *map(self.value, items.values()))
            case o.Instance(cls, items, value):
                refuse_stand_in(obj)
                if value is not None and self.is_unchanged(obj):
                    return value
                return self._container(cls, tuple(items), list(items.values()))
            case o.DictView(owner, name):
                return self._container(tuple, (), view_items(owner, name))
            case o.Ambiguous():
                raise self.ambiguous(obj)
            case o.Unassigned(name):
                raise Unreachable(name)
        raise UnsupportedError(f"a {type(obj).__name__.lower()} cannot be used as a value here")

    def _container(self, kind: type, names: tuple[str, ...], items: Sequence[o.Obj]) -> Value:
        for item in items:
            if any(item in o.parts_of(part) for part in o.whole(item)):
                raise UnsupportedError("an object that refers to itself is used as a value here",
                                       instead="pass on what is needed of it")  # fmt: skip
        values = list(map(self.value, items))
        if kind not in (tuple, list):
            return self.builder.apply(ops.make_record, Constant(kind), Constant(names), *values)
        return self.builder.apply(ops.make_tuple if kind is tuple else ops.make_list, *values)

    def is_unchanged(self, obj: o.Obj) -> bool:
        """Is everything in this container as it was when the container came as one value?"""
        match obj:
            case o.Outside():
                return obj.value is not None  # type: ignore[attr-defined, no-any-return]
            case o.Ref(value):
                return self.state.read(obj) is value
            case (
                o.Seq() | o.Mapping() | o.Instance()
            ):  # a container that was changed has no value of its own
                return obj.value is not None and all(map(self.is_unchanged, o.parts_of(obj)))
        return True

    def imported_object(self, obj: o.Obj, name: str) -> o.Obj:
        """An object of an enclosing function, as parameters of the function being lowered."""
        known = self.imports.get(id(obj))
        match obj:  # what a function holds is imported one by one
            case o.Ref() if self.outer is not None and not obj.missing:
                value = self.outer.state.read(obj)
                if isinstance(value, Constant) and type(value.value) in (bool, int, float):
                    return o.Ref(value)  # it is part of the program
            case o.Partial(function, args, kwargs):
                function = self.imported_object(function, name)
                first = [self.imported_object(x, name) for x in args]
                named = {k: self.imported_object(x, k) for k, x in kwargs.items()}
                return o.Partial(function, first, named)
            case o.Method(owner, attr):
                return o.Method(self.imported_object(owner, name), attr)
            case o.Transformed(function, options):
                return o.Transformed(self.imported_object(function, name), options)
        if known is None:
            assert self.outer is not None
            outside = list(
                flatten(obj, shape := shape_of(obj, self.outer.state), self.outer.state)
            )
            params = [self.function.body.add_param(v.type, v.name or name) for v in outside]
            inside = build(shape, iter(params))
            for each in (obj, inside):
                self.state.hold(each, "it belongs to an enclosing function")
            for each in o.whole(inside):  # a parameter is there from the beginning
                if hasattr(each, "serial"):
                    each.serial = -1
            known = self.imports[id(obj)] = (obj, outside, params, inside, name)
        return known[3]

    def wrap(self, value: Value) -> o.Obj:
        """The object of a value: tuples, fixed lists and dicts are taken apart at once."""
        type_ = value.type
        if isinstance(type_, Struct) and not isinstance(value, Constant):
            if type_.keys is not None:
                items = {
                    k: self.wrap(self._item(value, k, t))
                    for k, t in zip(type_.keys, type_.items, strict=True)
                }
                return _entries(type_.kind, items, value)
            parts = [self.wrap(self._item(value, k, t)) for k, t in enumerate(type_.items)]
            return o.Seq(type_.kind, parts, value)
        if isinstance(value, Constant):
            return self.constant(value.value)
        return o.Ref(value)

    def _item(self, value: Value, key: Any, type_: Type) -> Value:
        item = self.builder.apply(operator.getitem, value, key)
        if isinstance(key, str) and key.isidentifier():
            item.name = key
            item.op.attrs["item"] = True  # type: ignore[union-attr]  # until it is bound to a name
        return item

    def constant(self, python: Any) -> o.Obj:
        if isinstance(python, (bool, int, float, complex)) and type(python) in (
            bool, int, float, complex,
        ):  # fmt: skip
            return o.Ref(Constant(python))
        if isinstance(python, (tuple, list)):
            return o.Seq(type(python), [self.constant(p) for p in python], shared=o.FOREIGN)
        return o.Known(python)

    # Captured names

    def capture(self, place: Place) -> o.Obj:
        """The object behind a global, a cell or an attribute; numbers and arrays stay live."""
        known = self.captured.get(place)
        if known is not None:  # an array is one object, however often it is read
            return known
        if place not in self.captures and place not in self.root.known.frozen:
            if is_big(self.outside.load(place)) and not place.is_computed:
                known = self.captured[place] = outside_container(self, place)
                return known
        obj = self.capture_whole(place)
        if isinstance(obj, o.Ref) and self.captures[place][1] is not None:
            self.captured[place] = obj
        return obj

    def capture_whole(self, place: Place) -> o.Obj:
        """The object behind a place, all that it holds included."""
        value = self.parameter_of(place)
        key = self.captures[place][0]
        return self.static(key) if value is None else self.bind(value, key, shared=o.FOREIGN)

    def parameter_of(self, place: Place) -> Value | None:
        """The parameter for a captured value of this key; None if it is part of the program."""
        key, value = self.captures.get(place, (None, None))
        if key is None or key == _LIST:
            python = self.outside.load(place)
            key = frozen_key_of(python) if place in self.root.known.frozen else key_of(python)
            if key == "b":
                key = ("s", python)
            if value is None and not is_static(key):
                value = self.function.body.add_param(type_from_key(key), place.label)
            self.captures[place] = (key, value)
        return value

    def parameter_for(self, place: Place) -> Value:
        """The parameter for a captured list, of which the program asks only for the length."""
        if place not in self.captures:
            type_ = type_from_key(key_of(self.outside.load(place)))
            self.captures[place] = (_LIST, self.function.body.add_param(type_, place.label))
        value = self.captures[place][1]
        assert value is not None
        return value

    def part(self, holder: Any, key: Any) -> o.Obj:
        """An item of a container that the program knows, as defaults and partials hold them.

        Arrays stay live; other values are part of the program.
        """
        if _holds_array(holder[key]):
            return self.capture(Place.of("item", holder, key))
        return wrap_constant(self.outside.contents(holder[key]))

    def path_of(self, param: Value) -> Place | None:
        """Where the captured value behind a parameter is read."""
        return next((p for p, (_, value) in self.captures.items() if value is param), None)

    def static(self, key: Any) -> o.Obj:
        python = static_value(key)
        number = isinstance(python, (bool, int)) and type(python) in (bool, int)
        return o.Ref(Constant(python)) if number else o.Known(python)

    def bind(self, value: Value, key: Any, shared: str = "") -> o.Obj:
        """The object of an argument or captured value, with its static parts made known."""
        if is_static(key):
            return self.static(key)
        if isinstance(value.type, Struct) and isinstance(key, tuple) and key[0] in "SDR":
            names = range(len(key[2])) if key[0] == "S" else key[1]
            items = [
                self.static(k) if is_static(k) else self.bind(self._item(value, n, t), k, shared)
                for n, t, k in zip(names, value.type.items, key[2], strict=True)
            ]
            if key[0] == "S":
                known = is_frozen(key) and constant_of(o.Seq(tuple, items))[0]
                return o.Seq(value.type.kind, items, None if known else value, shared=shared)
            return _entries(value.type.kind, dict(zip(names, items, strict=True)), value, shared)
        if isinstance(key, tuple) and key[0] == "C":
            return o.Ref(value, layout="contiguous" if key[2] else "strided")
        if isinstance(value.type, List) and not shared:  # a call with one row twice is refused
            return o.Ref(value, rows=True)
        return self.wrap(value)


def _entries(kind: type, items: dict[Any, o.Obj], value: Value, shared: str = "") -> o.Obj:
    """The object of a dict or record with these entries."""
    if kind is dict:
        return o.Mapping(items, value, shared=shared)
    if issubclass(kind, tuple):
        return o.Seq(kind, list(items.values()), value, shared=shared)
    return o.Instance(kind, items, value, shared=shared)


def _holds_array(python: Any) -> bool:
    if isinstance(python, dict):
        return any(map(_holds_array, python.values()))
    if isinstance(python, (list, tuple)):
        return any(map(_holds_array, python))
    return isinstance(python, np.ndarray)


def _is_plain(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, (int, float))
