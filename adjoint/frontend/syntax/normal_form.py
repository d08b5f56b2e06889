"""Statements taken apart, so that each of them makes one call at most.

Inside a `try`, what comes after a call that raises must not run: neither the statements that
follow, nor the rest of its own one.
"""

from __future__ import annotations

import builtins
import copy
import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import gast

#: Expressions of which a part is evaluated sometimes, several times, or in their middle.
_COMPOSITE = (gast.IfExp, gast.BoolOp, gast.JoinedStr, gast.Dict, gast.Set)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_WHOLE = (gast.Lambda, gast.JoinedStr, *_COMPREHENSIONS)
_RISKY = (gast.Call, gast.Subscript, gast.BinOp, gast.Attribute)
#: What modules of functions without side effects are called, by all.
_MODULES = frozenset({"np", "numpy", "math", "cmath"})
#: Functions that read an iterator to its end.
_READ_ALL = frozenset({"sum", "max", "min", "list", "tuple", "sorted", "prod", "fsum", "array"})
#: Functions that make iterators, and do not raise.
_ITERATORS = frozenset({"range", "enumerate", "zip", "reversed", "items", "values", "keys"})
_numbers = itertools.count()


@functools.lru_cache(maxsize=4096)
def flattened(node: Any, fully: bool = False, rebound: frozenset[str] = frozenset()) -> list[Any]:
    """The statement as statements that each evaluate one operation, in Python's order.

    A value is there before it is bound: nothing is bound where an operation raises. `fully` takes
    apart what is not always evaluated, or several times, as well: conditional expressions, `and`,
    comprehensions. The names that are `rebound` may get another value from a call.
    """
    work = _Flattener(node, fully, rebound)
    match node:
        case gast.AugAssign() if _calls(node.value):
            return work.augmented(node)
        case gast.Assign() | gast.Return() | gast.Expr() | gast.AugAssign() | gast.AnnAssign():
            if node.value is None:
                return [node]
            new = copy.copy(node)
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            whole = isinstance(node, gast.Expr) and not (fully and is_composite(node.value))
            if whole or _is_part(node) and not fully:
                new.value = work.inner(node.value)
            else:
                new.value = work.named(node.value)
            if any(map(_is_item, targets)):
                targets = [work.item(t) if _is_item(t) else t for t in targets]
                name = "targets" if isinstance(node, gast.Assign) else "target"
                setattr(new, name, targets if name == "targets" else targets[0])
        case gast.If() | gast.Assert():
            new = copy.copy(node)
            new.test = work.named(node.test)
        case gast.For():
            new = copy.copy(node)
            new.iter = work.items(node.iter)
        case gast.Raise() if node.exc is not None:
            new = copy.copy(node)
            new.exc = work.inner(node.exc)
        case gast.With() if len(node.items) > 1:
            inner = gast.copy_location(gast.With(node.items[1:], node.body), node)
            return flattened(
                gast.copy_location(gast.With(node.items[:1], [inner]), node), fully, rebound
            )
        case gast.With():
            new, item = copy.copy(node), node.items[0]
            new.items = [work.with_(item, context_expr=work.inner(item.context_expr))]
        case _:
            return [node]
    return [*work.statements, new] if work.statements else [node]


def is_composite(node: Any) -> bool:
    """Does only `flattened(..., fully=True)` take the expression apart?"""
    if isinstance(node, gast.Compare):
        return len(node.ops) > 1
    return isinstance(node, (*_COMPOSITE, *_COMPREHENSIONS))


@functools.lru_cache(maxsize=4096)
def has_composite(statement: Any) -> bool:
    """Is a composite expression a part of the statement, other than of statements inside?"""
    parts = [statement, *getattr(statement, "items", [])]
    own = [n for p in parts for n in gast.iter_child_nodes(p) if isinstance(n, gast.expr)]
    return any(is_composite(n) for part in own for n in gast.walk(part))


class _Flattener:
    def __init__(self, node: Any, fully: bool, rebound: frozenset[str]):
        self.origin, self.fully = node, fully
        self.statements: list[Any] = []
        walrus = {n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)}
        self.bound = walrus | rebound

    def named(self, node: Any) -> Any:
        """The expression as a name, after the statements that compute it."""
        if isinstance(node, gast.Starred):
            return self.with_(node, value=self.named(node.value))
        if isinstance(node, (gast.Tuple, gast.List)):
            return self.with_(node, elts=[self.named(e) for e in node.elts])
        if isinstance(node, gast.Slice):
            parts = {k: getattr(node, k) for k in ("lower", "upper", "step")}
            return self.with_(node, **{k: p and self.named(p) for k, p in parts.items()})
        if isinstance(node, gast.Name) and node.id in self.bound:
            return self._put(node, node)  # its value now, before it gets another one
        if isinstance(node, gast.NamedExpr):
            self._assign(node.target.id, self.named(node.value))
            return self._put(node, self._read(node.target.id, node))
        risky = any(isinstance(n, _RISKY) for n in gast.walk(node))
        if isinstance(node, gast.Lambda) or not risky:
            return node
        if isinstance(node, _COMPREHENSIONS):
            first = node.generators[0]  # which is evaluated where the comprehension stands
            clauses = [self.with_(first, iter=self.items(first.iter)), *node.generators[1:]]
            node = self.with_(node, generators=clauses)
        if _dotted(node) or isinstance(node, _WHOLE) and not self.fully:
            return node
        return self._taken_apart(node) if self.fully else self._put(node, self.inner(node))

    def _put(self, node: Any, value: Any) -> Any:
        """A new name for a value."""
        name = self._new()
        self._assign(name, value)
        return self._read(name, node)

    def _new(self) -> str:
        return f"%part{next(_numbers)}"

    def _assign(self, name: str, value: Any) -> None:
        self._add(gast.Assign([_name(name, gast.Store())], value, None))

    def _read(self, name: str, node: Any) -> Any:
        return gast.copy_location(_name(name, gast.Load()), node)

    def _block(self, write: Callable[[], None]) -> list[Any]:
        """The statements that `write` adds, as a block of their own."""
        outer, self.statements = self.statements, []
        write()
        block, self.statements = self.statements, outer
        return block or [gast.copy_location(gast.Pass(), self.origin)]

    def _taken_apart(self, node: Any) -> Any:
        """The expression as a name, after statements that evaluate no more than Python does."""
        name = self._new()

        def put(value: Any) -> Callable[[], None]:
            return lambda: self._assign(name, self.named(value))

        match node:
            case gast.IfExp():
                test = self.condition(node.test)
                arms = self._block(put(node.body)), self._block(put(node.orelse))
                self._add(gast.If(test, *arms))
            case gast.BoolOp():
                put(node.values[0])()
                self._short_circuit(node, name, [put(v) for v in node.values[1:]])
            case gast.Compare() if len(node.ops) > 1:
                left = [self.named(node.left)]

                def link(k: int) -> None:
                    right = self.named(node.comparators[k])
                    one = gast.copy_location(gast.Compare(left[0], [node.ops[k]], [right]), node)
                    self._assign(name, one)
                    left[0] = right

                link(0)
                both = gast.BoolOp(gast.And(), [])
                links = [functools.partial(link, k) for k in range(1, len(node.ops))]
                self._short_circuit(both, name, links)
            case gast.JoinedStr():
                parts = [
                    self.with_(v, value=self.named(v.value))
                    if isinstance(v, gast.FormattedValue) else v
                    for v in node.values
                ]  # fmt: skip
                self._assign(name, self.with_(node, values=parts))
            case gast.Dict() if None not in node.keys:
                pairs = [(self.named(k), self.named(v))
                         for k, v in zip(node.keys, node.values, strict=True)]  # fmt: skip
                keys, values = [k for k, _ in pairs], [v for _, v in pairs]
                self._assign(name, self.with_(node, keys=keys, values=values))
            case gast.Set():
                self._assign(name, self.with_(node, elts=[self.named(e) for e in node.elts]))
            case gast.ListComp() | gast.DictComp() if _as_loops(node):
                self._collect(node, name)
            case gast.GeneratorExp():
                return node
            case _:
                self._assign(name, self.inner(node))
        return self._read(name, node)

    def _short_circuit(
        self, node: gast.BoolOp, name: str, rest: Sequence[Callable[[], None]]
    ) -> None:
        """`name = name and ...`, where each of the rest assigns to the name."""
        if not rest:
            return

        def go_on() -> None:
            rest[0]()
            self._short_circuit(node, name, rest[1:])

        test: Any = self._read(name, self.origin)
        if isinstance(node.op, gast.Or):
            test = gast.copy_location(gast.UnaryOp(gast.Not(), test), self.origin)
        self._add(gast.If(test, self._block(go_on), []))

    def condition(self, node: Any) -> Any:
        """The expression as a name that is as true as it is."""
        if not isinstance(node, gast.BoolOp) or not self.fully:
            return self.named(node)
        name, is_and = self._new(), isinstance(node.op, gast.And)
        self._assign(name, gast.Constant(not is_and, None))

        def go_on(k: int) -> None:
            if k == len(node.values):
                self._assign(name, gast.Constant(is_and, None))
                return
            test = self.condition(node.values[k])
            if not is_and:
                test = gast.copy_location(gast.UnaryOp(gast.Not(), test), node)
            self._add(gast.If(test, self._block(functools.partial(go_on, k + 1)), []))

        go_on(0)
        return self._read(name, node)

    def _collect(self, node: Any, name: str) -> None:
        """A list or a dictionary that loops fill as a comprehension does."""
        is_dict = isinstance(node, gast.DictComp)
        self._assign(name, gast.Dict([], []) if is_dict else gast.List([], gast.Load()))
        node = _renamed(node)

        def go_on(k: int) -> None:
            if k < len(node.generators):
                clause = node.generators[k]
                items, body = self.items(clause.iter), self._block(lambda: under(k, clause.ifs))
                self._add(gast.For(clause.target, items, body, [], None))
            elif is_dict:
                place = self.named(node.key), self.named(node.value)
                target = gast.Subscript(self._read(name, node), place[0], gast.Store())
                self._add(gast.Assign([gast.copy_location(target, node)], place[1], None))
            else:
                item = self.named(node.elt)
                add = gast.Attribute(self._read(name, node), "append", gast.Load())
                call = gast.Call(gast.copy_location(add, node), [item], [])
                self._add(gast.Expr(gast.copy_location(call, node)))

        def under(k: int, tests: list[Any]) -> None:
            if not tests:
                go_on(k + 1)
                return
            test = self.condition(tests[0])
            self._add(gast.If(test, self._block(lambda: under(k, tests[1:])), []))

        go_on(0)

    def augmented(self, node: gast.AugAssign) -> list[Any]:
        """`t += f()`: t is read before the call, which may change it, and written after it."""
        target = node.target
        if isinstance(target, gast.Subscript):
            target = self.with_(target, value=self.named(target.value))
            target.slice = self.named(target.slice)
        elif isinstance(target, gast.Attribute):
            target = self.with_(target, value=self.named(target.value))
        old = f"%old{next(_numbers)}"
        self._add(
            gast.Assign([_name(old, gast.Store())], self.with_(target, ctx=gast.Load()), None)
        )
        value = self.named(node.value)
        self._add(gast.AugAssign(_name(old, gast.Store()), node.op, value))
        self._add(gast.Assign([target], _name(old, gast.Load()), None))
        return self.statements

    def _add(self, statement: Any) -> None:
        for part in gast.walk(statement):
            if not hasattr(part, "lineno") and isinstance(part, (gast.expr, gast.stmt)):
                gast.copy_location(part, self.origin)
        self.statements.append(statement)

    def item(self, target: Any) -> Any:
        """The target of an assignment to an item, at an index that is there already."""
        return self.with_(target, slice=self.named(target.slice))

    def inner(self, node: Any) -> Any:
        """The expression with names in the places of its operands."""
        match node:
            case gast.Call(func=func):
                if isinstance(func, gast.Attribute) and not _dotted(func):
                    func = self.with_(func, value=self.named(func.value))
                elif not isinstance(func, (gast.Name, gast.Attribute)):
                    func = self.named(func)
                args = [self._argument(func, a) for a in node.args]
                keywords = [self.with_(k, value=self.named(k.value)) for k in node.keywords]
                return self.with_(node, func=func, args=args, keywords=keywords)
            case gast.BinOp():
                left = self.named(node.left)
                return self.with_(node, left=left, right=self.named(node.right))
            case gast.UnaryOp(op=gast.Not()):
                return self.with_(node, operand=self.condition(node.operand))
            case gast.UnaryOp():
                return self.with_(node, operand=self.named(node.operand))
            case gast.Compare() if len(node.ops) == 1:
                left = self.named(node.left)
                return self.with_(node, left=left, comparators=[self.named(node.comparators[0])])
            case gast.Subscript():
                value = self.named(node.value)
                return self.with_(node, value=value, slice=self.named(node.slice))
            case gast.Attribute() if not _dotted(node):
                return self.with_(node, value=self.named(node.value))
            case gast.Tuple() | gast.List() | gast.Starred():
                return self.named(node)
        return node

    def with_(self, node: Any, **fields: Any) -> Any:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    def items(self, node: Any) -> Any:
        """What a loop steps through: functions such as `range` are called by the loop."""
        is_call = isinstance(node, gast.Call) and _last(node.func) in _ITERATORS
        return self.inner(node) if is_call else self.named(node)

    def _argument(self, func: Any, node: Any) -> Any:
        """An argument; what a function certainly reads to its end may be a list before."""
        if self.fully and isinstance(node, gast.GeneratorExp) and _last(func) in _READ_ALL:
            made = gast.ListComp(node.elt, node.generators)
            return self.named(gast.copy_location(made, node))
        return self.named(node)


def _last(node: Any) -> str:
    return node.attr if isinstance(node, gast.Attribute) else getattr(node, "id", "")


def _as_loops(node: Any) -> bool:
    """Is a comprehension the same as loops? Not where functions or other scopes read its names."""
    inner = (*_COMPREHENSIONS, gast.Lambda, gast.NamedExpr)
    return not any(isinstance(n, inner) for n in gast.walk(node) if n is not node)


def _renamed(node: Any) -> Any:
    """A comprehension whose variables have names of their own."""
    first = copy.deepcopy(node.generators[0].iter)
    targets = [n for g in node.generators for n in gast.walk(g.target)]
    number = next(_numbers)
    own = {n.id: f"%{n.id}{number}" for n in targets if isinstance(n, gast.Name)}
    node = copy.deepcopy(node)
    for n in gast.walk(node):
        if isinstance(n, gast.Name) and n.id in own:
            n.id = own[n.id]
    node.generators[0].iter = first
    return node


def _name(name: str, context: Any) -> Any:
    return gast.Name(name, context, None, None)


def _calls(value: Any) -> bool:
    """Does this call what may be a function of the user's? One of a module such as `np` is not."""
    calls = [n.func for n in gast.walk(value) if isinstance(n, gast.Call)]
    return not all(_dotted(f) and _root(f) in _MODULES or _root(f) in dir(builtins) for f in calls)


def calls_something(node: Any) -> bool:
    """Does this print, or call what may be a function of the user's, or a method?"""
    calls = [n.func for n in gast.walk(node) if isinstance(n, gast.Call)]
    return _calls(node) or any(isinstance(f, gast.Name) and f.id == "print" for f in calls)


def _root(node: Any) -> str:
    while isinstance(node, gast.Attribute):
        node = node.value
    return node.id if isinstance(node, gast.Name) else ""


def _is_part(node: Any) -> bool:
    """Is this an assignment to a name that was made here?"""
    targets = getattr(node, "targets", [])
    return any(isinstance(t, gast.Name) and t.id.startswith("%part") for t in targets)


def _is_item(target: Any) -> bool:
    return isinstance(target, gast.Subscript)


def _dotted(node: Any) -> bool:
    """Is this a path of names, as `np.linalg.inv`?"""
    while isinstance(node, gast.Attribute):
        node = node.value
    return isinstance(node, gast.Name)
