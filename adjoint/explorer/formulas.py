"""Python expressions as MathML."""

from __future__ import annotations

import ast
import html

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε", "eta": "η",
    "theta": "θ", "lam": "λ", "lamda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_COMPARED = {ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥", ast.Eq: "=",
             ast.NotEq: "≠"}  # fmt: skip
_UPRIGHT = {"log", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan", "arcsin",
            "arccos", "sign", "max", "min", "det"}  # fmt: skip
_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def statement(node: ast.stmt) -> str:
    """An assignment as a formula; empty for other statements."""
    match node:
        case ast.Assign(targets=[target]):
            sign, value = "=", node.value
        case ast.AugAssign(target=target, op=ast.Add()):
            sign, value = "+=", node.value
        case ast.AugAssign(target=target, op=ast.Sub()):
            sign, value = "-=", node.value
        case ast.Return() if node.value is not None:
            return _math(_Formula().expression(node.value, _SUM))
        case _:
            return ""
    formula = _Formula()
    left = formula.expression(target, _SUM)
    return _math(f"{left}<mo>{sign}</mo>{formula.expression(value, _SUM)}")


def expression(node: ast.expr, names: dict[str, str] | None = None) -> str:
    """An expression as a formula; `names` replaces some of its variables."""
    return _math(_Formula(names).expression(node, _SUM))


def equation(left: str, right: str) -> str:
    """A formula of two formulas."""
    inside = [side.removeprefix("<math>").removesuffix("</math>") for side in (left, right)]
    return _math(f"{inside[0]}<mo>=</mo>{inside[1]}")


def _math(inside: str) -> str:
    return f"<math><mrow>{inside}</mrow></math>"


def _row(text: str) -> str:
    return f"<mrow>{text}</mrow>"


class _Formula:
    def __init__(self, names: dict[str, str] | None = None) -> None:
        self.names = names or {}

    def expression(self, node: ast.expr, above: int) -> str:
        """The MathML of a node; `above` is the binding of what it stands in."""
        text, binding = self._bound(node)
        return _row(f"<mo>(</mo>{text}<mo>)</mo>") if binding < above else text

    def _bound(self, node: ast.expr) -> tuple[str, int]:
        match node:
            case ast.Name():
                return self.name(node.id), _ATOM
            case ast.Constant():
                return _constant(node.value), _ATOM
            case ast.UnaryOp(op=ast.USub()):
                return f"<mo>−</mo>{self.expression(node.operand, _PRODUCT)}", _SUM
            case ast.BinOp():
                return self._binary(node)
            case ast.Attribute(attr="T"):
                return f"<msup>{_row(self.expression(node.value, _ATOM))}<mo>⊤</mo></msup>", _ATOM
            case ast.Attribute():
                return self.name(node.attr), _ATOM
            case ast.Call():
                return self._call(node)
            case ast.Compare(ops=[op]) if type(op) in _COMPARED:
                left = self.expression(node.left, _PRODUCT)
                right = self.expression(node.comparators[0], _PRODUCT)
                return f"{left}<mo>{_COMPARED[type(op)]}</mo>{right}", _SUM
            case ast.Subscript():
                base, index = self.expression(node.value, _ATOM), node.slice
                inside = _row(self._index(index))
                return f"<msub>{_row(base)}{inside}</msub>", _ATOM
            case ast.Tuple():
                return "<mo>,</mo>".join(self.expression(e, _SUM) for e in node.elts), _SUM
        return f"<mtext>{html.escape(ast.unparse(node))}</mtext>", _ATOM

    def _binary(self, node: ast.BinOp) -> tuple[str, int]:
        match node.op:
            case ast.Add() | ast.Sub():
                sign = "+" if isinstance(node.op, ast.Add) else "−"
                binding = _PRODUCT if isinstance(node.op, ast.Sub) else _SUM
                left = self.expression(node.left, _SUM)
                return f"{left}<mo>{sign}</mo>{self.expression(node.right, binding)}", _SUM
            case ast.Mult() | ast.MatMult():
                left = self.expression(node.left, _PRODUCT)
                right = self.expression(node.right, _PRODUCT)
                numbers = isinstance(node.right, ast.Constant)
                between = "⁢" if isinstance(node.op, ast.MatMult) else "×" if numbers else "·"
                return f"{left}<mo>{between}</mo>{right}", _PRODUCT
            case ast.Div():
                top, under = self.expression(node.left, _SUM), self.expression(node.right, _SUM)
                return f"<mfrac>{_row(top)}{_row(under)}</mfrac>", _ATOM
            case ast.Pow():
                base = _row(self.expression(node.left, _ATOM))
                return f"<msup>{base}{_row(self.expression(node.right, _SUM))}</msup>", _POWER
        return f"<mtext>{html.escape(ast.unparse(node))}</mtext>", _ATOM

    def _call(self, node: ast.Call) -> tuple[str, int]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        arguments = [self.expression(a, _SUM) for a in node.args]
        if name == "sqrt" and len(arguments) == 1:
            return f"<msqrt>{arguments[0]}</msqrt>", _ATOM
        if name in ("abs", "absolute") and len(arguments) == 1:
            return _row(f"<mo>|</mo>{arguments[0]}<mo>|</mo>"), _ATOM
        if name == "outer" and len(arguments) == 2:
            left, right = (self.expression(a, _ATOM) for a in node.args)
            return f"{left}<mo>⁢</mo><msup>{_row(right)}<mo>⊤</mo></msup>", _PRODUCT
        if name == "zeros_like" or name == "zeros":
            return "<mn>0</mn>", _ATOM
        if name == "sum" and len(arguments) == 1 and not node.keywords:
            return f"<mo>∑</mo>{self.expression(node.args[0], _PRODUCT)}", _PRODUCT
        listed = "<mo>,</mo>".join(arguments)
        more = [f"<mtext>{k.arg}=</mtext>{self.expression(k.value, _SUM)}" for k in node.keywords
                if k.arg]  # fmt: skip
        listed = "<mo>,</mo>".join([*([listed] if listed else []), *more])
        shown = f"<mi mathvariant='normal'>{html.escape(name)}</mi>"
        return f"{shown}<mo>⁡</mo>{_row(f'<mo>(</mo>{listed}<mo>)</mo>')}", _ATOM

    def _index(self, node: ast.expr) -> str:
        if isinstance(node, (ast.Name, ast.Constant)):
            return self.expression(node, _SUM)
        return f"<mtext>{html.escape(ast.unparse(node))}</mtext>"

    def name(self, text: str) -> str:
        """A variable: `h_bar` has a bar, `x_dot` a dot, a Greek letter is one."""
        text = self.names.get(text, text)
        for ending, accent in (("_bar", "¯"), ("_dot", "˙")):
            if text.endswith(ending) and text != ending:
                inside = self.name(text.removesuffix(ending))
                return f"<mover>{_row(inside)}<mo stretchy='false'>{accent}</mo></mover>"
        first, *rest = [part for part in text.split("_") if part] or [text]
        if len(first) <= 3 and len(rest) == 1:
            below = self.name(rest[0])
            return f"<msub>{self.name(first)}{_row(below)}</msub>"
        if rest:
            return f"<mtext>{html.escape(text)}</mtext>"
        shown = _GREEK.get(text, text)
        style = " mathvariant='normal'" if text in _UPRIGHT else ""
        return f"<mi{style}>{html.escape(shown)}</mi>"


def _constant(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        value = int(value)
    return f"<mn>{html.escape(str(value))}</mn>"
