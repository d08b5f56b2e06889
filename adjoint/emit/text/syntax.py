"""Short ways to write nodes of Python's syntax tree."""

from __future__ import annotations

import ast


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def dotted(text: str) -> ast.expr:
    first, *rest = text.split(".")
    node: ast.expr = name(first)
    for part in rest:
        node = ast.Attribute(node, part, ast.Load())
    return node


def spelled(number: complex, text: str) -> ast.Constant:
    """A number that is printed as `text`."""
    node = ast.Constant(number)
    node.spelling = text  # type: ignore[attr-defined]
    return node


def call(function: ast.expr, args: list[ast.expr], **kwargs: ast.expr) -> ast.Call:
    return ast.Call(function, args, [ast.keyword(k, v) for k, v in kwargs.items()])


def call_method(owner: ast.expr, method: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(owner, method, ast.Load()), list(args), [])


def joined(values: list[ast.expr]) -> ast.expr:
    """A value by itself, several as a tuple."""
    return values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())


def assign(targets: list[str], value: ast.expr, unpack: bool = False) -> ast.stmt:
    if len(targets) == 1 and not unpack:
        return ast.Assign([name(targets[0])], value)
    names: list[ast.expr] = [name(t) for t in targets]
    return ast.Assign([ast.Tuple(names, ast.Store())], value)


def chained(statements: list[ast.stmt]) -> list[ast.stmt]:
    """`a = b = 0.0` for numbers that are assigned one after the other."""
    out: list[ast.stmt] = []
    for statement in statements:
        if out and isinstance(statement, ast.Assign) and _gives_same(out[-1], statement):
            before = out[-1]
            assert isinstance(before, ast.Assign)
            before.targets += statement.targets
        else:
            out.append(statement)
    return out


def _gives_same(before: ast.stmt, after: ast.Assign) -> bool:
    """Do two assignments to variables give the same number?"""
    if not isinstance(before, ast.Assign) or not isinstance(after.value, ast.Constant):
        return False
    plain = all(isinstance(t, ast.Name) for t in [*before.targets, *after.targets])
    number = isinstance(after.value.value, (int, float))
    return plain and number and ast.dump(before.value) == ast.dump(after.value)


def negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    opposite = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
    own = getattr(test, "is_own", False)  # an object of the user's may compare as it likes
    if isinstance(test, ast.Compare) and type(test.ops[0]) in opposite and not own:
        return ast.Compare(test.left, [opposite[type(test.ops[0])]()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


def negated_check(test: ast.expr) -> ast.expr:
    """The opposite of `x is not None`, or of a comparison of whole numbers."""
    opposite = {ast.IsNot: ast.Is, ast.Gt: ast.LtE}
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in opposite:
        return ast.Compare(test.left, [opposite[type(test.ops[0])]()], test.comparators)
    return negated(test)
