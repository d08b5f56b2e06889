"""The state of one lowering: the builder, the object store, captured names, joins of branches."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adjoint.errors import CertainError, Span, UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.constants import constant_of
from adjoint.frontend.lifetimes import made_inside, outlives
from adjoint.frontend.links import link
from adjoint.frontend.shapes import (
    build,
    flatten,
    is_function,
    join_all,
    join_shapes,
    leaf_names,
    leaf_types,
    same_static,
    shape_of,
    undefined,
)
from adjoint.frontend.signature import (
    frozen_key_of,
    is_frozen,
    is_static,
    key_of,
    static_value,
    type_from_key,
)
from adjoint.frontend.source import FunctionSource
from adjoint.frontend.store import (
    Contents,
    Place,
    Slot,
    contents_of,
    hold,
    place_name,
    read,
    restore,
    view_items,
)
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Region, Value, enclosing_region, is_inside
from adjoint.ir.types import List, Struct, Type

RETURNED, RESULT, BROKE, CONTINUED = "%returned", "%result", "%broke", "%continued"
FALSE, TRUE = Constant(False), Constant(True)


class Unreachable(Exception):
    """This path raises, or what it needs is not known yet in this round of a fixpoint."""


class NeedStatic(Exception):
    """A parameter's value (not only its type) decides the program: specialise on it.

    `path` is where the value is read, when the parameter is a captured one of a function that is
    lowered inside of another.
    """

    def __init__(self, param: Value, span: Span | None = None, path: Path | None = None):
        self.param, self.span, self.path = param, span, path


class Restructured(UnsupportedError):
    """A container has as many items as only the run knows."""

    def __init__(self, container: o.Obj, reason: str, instead: str = ""):
        super().__init__(reason, None, instead)
        self.container = container


@dataclass(frozen=True)
class Path:
    """Where a captured value is read at every call: a global, a cell or an attribute."""

    kind: str
    holder: Any = field(compare=False)
    name: str
    identity: int
    origin: str = ""  # the module that a saved program reads it from

    def load(self) -> Any:
        if self.kind == "global":
            return self.holder[self.name]
        if self.kind == "cell":
            return self.holder.cell_contents
        return getattr(self.holder, self.name)


@dataclass(eq=False)
class Frame:
    """One activation of a function of the user's (inlined ones included)."""

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
    node: Any = None  # the statement
    pending: list[o.Obj] = field(default_factory=list)  # what it has computed and not named yet

    def span(self, node: Any) -> Any:
        return self.source.span(node, self.statement or None)


@dataclass
class Arm:
    """One side of a branch after it was lowered."""

    region: Region
    names: dict[str, o.Obj]
    state: dict[o.Ref, Value]
    reachable: bool
    contents: dict[o.Obj, Contents] = field(default_factory=dict)

    @property
    def returned(self) -> bool:
        """Has every path through this arm returned, so that no name matters after it?"""
        flag = self.names.get(RETURNED)
        return isinstance(flag, o.Ref) and flag.value is TRUE


class Lowering:
    """Lowers one function (and what it calls) to one IR `Function`."""

    def __init__(self, name: str):
        self.function = Function(name)
        self.builder = Builder(self.function.body)
        self.state: dict[o.Ref, Value] = {}
        self.copies = 1  # how often the statement is written out, for loops around it
        self.writing_out = False  # is one of these loops written out for want of a better way?
        self.trip = 0  # objects with a smaller serial were made before this trip of a loop
        self.changed: dict[o.Obj, Contents] = {}  # containers, as they were when this arm began
        self.captures: dict[Path, tuple[Any, Value | None]] = {}
        self.captured: dict[Path, o.Ref] = {}
        self.wider: dict[Any, Type] = {}  # of lists, by the place where they are made
        self.frozen: frozenset[Path] = frozenset()  # captures whose values decide the program
        self.inline_stack: list[Any] = []
        self.handlers: list[Any] = []  # of the `try` statements around, innermost first
        self.caught: list[o.Instance] = []  # the exceptions whose handlers are being lowered
        self.frame: Frame | None = None  # of the statement that is being lowered
        self.recursive_identities: set[Any] = set()
        self.functions: dict[Any, Any] = {}
        self.unfolded: dict[Any, UnsupportedError] = {}  # recursive functions: why not called
        self.calls_written_out = 0
        self.stores_into_parameter = False
        self.unassigned_read: tuple[str, Any] | None = None
        self.outer: Lowering | None = None
        self.imports: dict[int, tuple[o.Obj, list[Value], list[Value], o.Obj, str]] = {}
        self.keep_alive: list[Any] = []
        self.checkpoint: Any = None  # of the root: how the loops that come are checkpointed
        self.loops = 0  # of the root: how many have come so far
        self.readable: dict[Any, bool] = {}  # functions with rules that were lowered before

    @property
    def root(self) -> Lowering:
        """The lowering of the whole program."""
        return self if self.outer is None else self.outer.root

    # Objects and values

    def current(self, ref: o.Ref) -> Value:
        if ref.missing == "None":  # a name that may be unassigned asks when it is read
            from adjoint.frontend.missing import require

            require(self, ref)
        return read(ref, self.state)

    def change(self, container: Any) -> None:
        """To be called before a container is changed: arms and loops restore and join it."""
        self.changed.setdefault(container, contents_of(container))
        self.stores_into_parameter |= container.value is not None
        container.value = None

    def value(self, obj: o.Obj) -> Value:
        """The object as one SSA value; containers are built where they are needed."""
        match obj:
            case o.Ref():
                return self.current(obj)
            case o.Known(value):
                return Constant(value)
            case o.Seq(kind, items, value):
                if value is not None and self._unchanged(obj):
                    return value
                kind = list if kind is collections.deque else kind
                if all(isinstance(i, o.Ref) and _is_plain(i.value) for i in items) and items:
                    return Constant(kind(i.value.value for i in items))  # type: ignore
                return self._container(kind, getattr(kind, "_fields", ()), items)
            case o.Mapping(items, value):
                if value is not None and self._unchanged(obj):
                    return value
                if obj.kind is set:
                    raise UnsupportedError("a set cannot be used as a value here",
                                           instead="use sorted")  # fmt: skip
                keys = Constant(tuple(items))
                return self.builder.apply(ops.make_dict, keys, *map(self.value, items.values()))
            case o.Instance(cls, items, value):
                if value is not None and self._unchanged(obj):
                    return value
                return self._container(cls, tuple(items), list(items.values()))
            case o.DictView(owner, name):
                return self._container(tuple, (), view_items(owner, name))
            case o.Ambiguous(reason):
                raise UnsupportedError(reason)
            case o.Unassigned(name):
                raise Unreachable(name)
        raise UnsupportedError(f"a {type(obj).__name__.lower()} cannot be used as a value here")

    def _container(self, kind: type, names: tuple[str, ...], items: Sequence[o.Obj]) -> Value:
        values = list(map(self.value, items))
        if kind not in (tuple, list):
            return self.builder.apply(ops.make_record, Constant(kind), Constant(names), *values)
        return self.builder.apply(ops.make_tuple if kind is tuple else ops.make_list, *values)

    @contextmanager
    def unchanged(self, reason: str) -> Iterator[None]:
        """Refuse what changes an object in here: it is not run as often as it is written.

        Raises
        ------
        UnsupportedError : with the reason.
        """
        state, outer, self.changed = dict(self.state), self.changed, {}
        try:
            yield
        except Exception:
            for container, before in self.changed.items():
                restore(container, before)
            self.changed = outer
            raise
        changed, self.changed = self.changed, outer
        if changed or self.state != state:
            raise UnsupportedError(f"something is changed in here, and {reason}",
                                   instead="write it as a loop")  # fmt: skip

    def _unchanged(self, obj: o.Obj) -> bool:
        """Is everything in this container as it was when the container came as one value?"""
        match obj:
            case o.Ref(value):
                return read(obj, self.state) is value
            case (
                o.Seq() | o.Mapping() | o.Instance()
            ):  # a container that was changed has no value of its own
                return obj.value is not None and all(map(self._unchanged, o.parts_of(obj)))
        return True

    def imported_object(self, obj: o.Obj, name: str) -> o.Obj:
        """An object of an enclosing function, as parameters of the function being lowered."""
        known = self.imports.get(id(obj))
        if known is None:
            assert self.outer is not None
            outside = list(
                flatten(obj, shape := shape_of(obj, self.outer.state), self.outer.state)
            )
            params = [self.function.body.add_param(v.type, v.name or name) for v in outside]
            inside = build(shape, iter(params))
            for each in (obj, inside):
                hold(each, "it belongs to an enclosing function")
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

    def capture(self, path: Path, name: str) -> o.Obj:
        """The object behind a global, a cell or an attribute; numbers and arrays stay live."""
        if path in self.captures:
            key, value = self.captures[path]
        else:
            python = path.load()
            self.keep_alive.append(path.holder)
            key = frozen_key_of(python) if path in self.root.frozen else key_of(python)
            value = None
            if not is_static(key) and key not in ("b",):
                type_ = type_from_key(key)
                value = self.function.body.add_param(type_, name)
            elif key == "b":
                key = ("s", python)
            self.captures[path] = (key, value)
        if value is None:
            return self.static(key)
        if path in self.captured:
            return self.captured[path]
        obj = self.bind(value, key, shared=o.FOREIGN)
        if isinstance(obj, o.Ref):  # an array is one object, however often it is read
            self.captured[path] = obj
        return obj

    def path_of(self, param: Value) -> Path | None:
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

    # Branches

    def arm(self, frame: Frame, thunk: Callable[[], None]) -> Arm:
        """Run `thunk` in a region of its own; names and store are restored afterwards."""
        names, state, changed, start = frame.names, self.state, self.changed, o.now()
        frame.names, self.state, self.changed = dict(names), dict(state), {}
        reachable = True
        try:
            with self.builder.inside(Region()) as region:
                try:
                    thunk()
                except Unreachable:
                    reachable = False
                except Exception as error:
                    discard([region])
                    raise perhaps(error) from None
            contents = {c: contents_of(c) for c in self.changed}
            return Arm(region, frame.names, self.state, reachable, contents)
        finally:
            for container, before in self.changed.items():
                if container.serial < start:  # type: ignore[attr-defined]  # else the arm made it
                    restore(container, before)
            frame.names, self.state, self.changed = names, state, changed

    @contextmanager
    def attempt(self, frame: Frame) -> Iterator[None]:
        """Lower something that may have to be lowered in another way: an exception undoes it."""
        from adjoint.frontend.aliasing import reachable

        names, state, changed = dict(frame.names), dict(self.state), self.changed
        functions = dict(self.root.functions)
        marks = [(obj, o.marks_of(obj)) for _, obj in reachable(frame)]
        self.changed = {}
        try:
            yield
        except Exception:
            for container, before in self.changed.items():
                restore(container, before)
            for obj, before in marks:
                o.mark(obj, before)
            frame.names, self.state, self.changed = names, state, changed
            self.root.functions.clear()
            self.root.functions.update(functions)
            raise
        for container, before in self.changed.items():
            changed.setdefault(container, before)
        self.changed = changed

    def branch(
        self,
        frame: Frame,
        condition: Value,
        then: Callable[[], None],
        otherwise: Callable[[], None],
        **attrs: Any,
    ) -> None:
        """An `if`: both arms lowered, then every name and every store joined."""
        from adjoint.frontend.missing import assume

        def under(holds: bool, thunk: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                assume(frame, condition, holds)
                thunk()

            return run

        start = o.now()
        arms = [self.arm(frame, under(True, then)), self.arm(frame, under(False, otherwise))]
        live = [a for a in arms if a.reachable]
        columns: list[tuple[list[Value], Type]] = []
        rebuilt: list[tuple[Place | o.Ref, Any, list[int], list[o.Obj]]] = []
        names: dict[str, o.Obj] = {}
        if live:
            for name in dict.fromkeys(n for a in live for n in a.names):
                staying = [a for a in live if name.startswith("%") or not a.returned] or live
                objs = [a.names.get(name, o.UNASSIGNED) for a in staying]
                if all(x is frame.names.get(name) for x in objs):
                    names[name] = objs[0]
                    continue
                if any(outlives(x, [a.region for a in arms], frame) for x in objs):
                    names[name] = made_inside(name)
                    continue
                if len(objs) == 2 and all(map(is_function, objs)) and not same_static(*objs):
                    names[name] = o.Choice(condition, *objs)
                    continue
                shape = shape_of(objs[0], staying[0].state)
                for obj, a in zip(objs[1:], staying[1:], strict=True):
                    shape = join_shapes(shape, shape_of(obj, a.state), name)
                each = [self._passed(a, name, shape, staying) for a in arms]
                index = self._columns(arms, each, shape, columns)
                rebuilt.append((name, shape, index, objs))
            for slot, each in self._changed_slots(live, arms, start, condition):
                objs = [x for x, a in zip(each, arms, strict=True) if a.reachable]
                if any(outlives(x, [a.region for a in arms], frame) for x in objs):
                    raise UnsupportedError(made_inside(slot).reason)
                shape = shape_of(objs[0], live[0].state)
                for obj, a in zip(objs[1:], live[1:], strict=True):
                    shape = join_shapes(shape, shape_of(obj, a.state), str(slot.key))
                index = self._columns(arms, each, shape, columns)
                rebuilt.append((slot, shape, index, objs))
            for ref in dict.fromkeys(r for a in live for r in a.state):
                values = [a.state.get(ref, ref.value) for a in live]
                if not self._is_visible(ref, arms):
                    continue
                if all(v is self.state.get(ref, ref.value) for v in values):
                    continue
                type_ = join_all([v.type for v in values])
                if type_ is None:
                    raise UnsupportedError("an array gets another rank in one of the branches")
                full = [a.state.get(ref, ref.value) if a.reachable else undefined() for a in arms]
                columns.append((full, type_))
                rebuilt.append((ref, None, [len(columns) - 1], []))
        merged: dict[tuple[Value, ...], int] = {}
        kept: list[tuple[list[Value], Type]] = []
        where: list[int | Value] = []
        for values, type_ in columns:
            if len(live) == len(arms) and all(v is values[0] for v in values):
                where.append(values[0])
                continue
            key = tuple(values)
            if key not in merged:
                merged[key] = len(kept)
                kept.append((values, type_))
            where.append(merged[key])
        for position, a in enumerate(arms):
            with self.builder.inside(a.region):
                self.builder.end([values[position] for values, _ in kept])
        op = self.builder.if_(condition, [a.region for a in arms], [t for _, t in kept], **attrs)
        if not live:
            raise Unreachable
        results = [op.results[w] if isinstance(w, int) else w for w in where]
        for target, shape, index, objs in rebuilt:
            values = [results[k] for k in index]
            if isinstance(target, o.Ref):
                values[0].name = values[0].name or target.value.name
                self.state[target] = values[0]
            elif isinstance(target, Slot):
                self.change(target.container)
                joined = build(shape, iter(values))
                if isinstance(joined, o.Ambiguous):
                    raise UnsupportedError(joined.reason)
                target.put(link(joined, objs))
            else:
                for value, name in zip(values, leaf_names(shape, place_name(target)), strict=True):
                    if not isinstance(value, Constant):
                        value.name = value.name or name
                names[target] = link(build(shape, iter(values)), objs)
        frame.names = names

    def _passed(self, arm: Arm, name: str, shape: Any, staying: Sequence[Arm]) -> o.Obj:
        """What an arm passes on for a name: nothing that has another shape, where it returns."""
        obj = arm.names.get(name, o.UNASSIGNED)
        if arm in staying or not arm.reachable or isinstance(obj, o.Unassigned):
            return obj
        fits = join_shapes(shape, shape_of(obj, arm.state), name) == shape
        return obj if fits else o.UNASSIGNED

    def _is_visible(self, ref: o.Ref, arms: Sequence[Arm]) -> bool:
        """Does the object exist outside of the arms?"""
        region = enclosing_region(ref.value)
        return not any(region is not None and is_inside(region, a.region) for a in arms)

    def _changed_slots(
        self, live: Sequence[Arm], arms: Sequence[Arm], start: int, condition: Value
    ) -> Iterator[tuple[Slot, list[o.Obj]]]:
        """The places in containers that hold something else in one of the arms."""
        from adjoint.frontend.whole_numbers import ask_for_numbers

        for container in dict.fromkeys(c for a in live for c in a.contents):
            if container.serial > start:  # type: ignore[attr-defined]  # an arm made it
                continue
            now = contents_of(container)
            versions = [a.contents.get(container, now) for a in arms]
            keys = {k: None for a, v in zip(arms, versions, strict=True) if a.reachable for k in v}
            for a, version in zip(arms, versions, strict=True):
                if a.reachable and list(version) != list(keys):
                    ask_for_numbers(self, [o.Ref(condition)])
                    raise Restructured(
                        container,
                        "a container gets another structure in each of the branches",
                        instead="give it the same items or keys in both",
                    )
            if list(now) != list(keys):
                self.change(container)
                restore(container, dict.fromkeys(keys, o.UNASSIGNED))
            for key in keys:
                objs = [version.get(key, o.UNASSIGNED) for version in versions]
                if any(x is not now.get(key) for x in objs):
                    yield Slot(container, key), objs

    def _columns(
        self, arms: Sequence[Arm], objs: Sequence[o.Obj], shape: Any, columns: list[Any]
    ) -> list[int]:
        flat: list[list[Value]] = []
        for a, obj in zip(arms, objs, strict=True):
            if not a.reachable:
                obj = o.UNASSIGNED
            with self.builder.inside(a.region):
                flat.append(list(flatten(obj, shape, a.state)))
        first = len(columns)
        for values, type_ in zip(zip(*flat, strict=True), leaf_types(shape), strict=True):
            columns.append((list(values), type_))
        return list(range(first, len(columns)))

    def choose(
        self,
        frame: Frame,
        condition: Value,
        then: Callable[[], o.Obj],
        otherwise: Callable[[], o.Obj],
        **attrs: Any,
    ) -> o.Obj:
        """A conditional expression: the object that one of two thunks gives."""

        def run(thunk: Callable[[], o.Obj]) -> Callable[[], None]:
            def store() -> None:
                frame.names["%chosen"] = thunk()

            return store

        self.branch(frame, condition, run(then), run(otherwise), **attrs)
        chosen = frame.names.pop("%chosen")
        frame.pending.append(chosen)
        return chosen


def _entries(kind: type, items: dict[Any, o.Obj], value: Value, shared: str = "") -> o.Obj:
    """The object of a dict or record with these entries."""
    if kind is dict:
        return o.Mapping(items, value, shared=shared)
    if issubclass(kind, tuple):
        return o.Seq(kind, list(items.values()), value, shared=shared)
    return o.Instance(kind, items, value, shared=shared)


def perhaps(error: Exception) -> Exception:
    """What leaves a branch or loop: an error that was certain in there is so no more."""
    if not isinstance(error, CertainError):
        return error
    return UnsupportedError(error.reason, error.span, error.instead)


def discard(regions: Sequence[Region]) -> None:
    """Forget regions that were lowered in vain."""
    for region in regions:
        for op in region.ops:
            op.drop()


def _is_plain(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, (int, float))
