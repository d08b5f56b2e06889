"""Numbers that are known by a formula, as `2 / math.sqrt(math.pi)` is.

Rules compute them when they are written down; in the text the formula says more than its digits.
"""

from __future__ import annotations

import ast
import math

_ROOTS = {
    math.sqrt(math.pi): "math.sqrt(math.pi)",
    math.sqrt(2 * math.pi): "math.sqrt(2 * math.pi)",
}
_FACTORS = (1, 2, 4, 0.5, 0.25)

#: The text of a number, by its value.
FORMULAS: dict[float, str] = {}
for _factor in _FACTORS:
    for _root, _text in _ROOTS.items():
        FORMULAS[_factor / _root] = f"{_factor} / {_text}"
for _root, _text in _ROOTS.items():
    FORMULAS[_root] = _text


def formula(number: float) -> ast.expr | None:
    """The formula of a positive number, if it is known by one; it needs `import math`."""
    text = FORMULAS.get(number)
    return None if text is None else ast.parse(text, mode="eval").body
