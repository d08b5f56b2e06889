"""Import statements in their order."""

from __future__ import annotations

import sys
from collections.abc import Iterable


def sorted_imports(imports: Iterable[str]) -> str:
    """Lines that import, as isort would have them: __future__, the standard library, all else."""
    sections: list[list[str]] = [[], [], []]
    names: dict[str, set[str]] = {}
    for line in dict.fromkeys(imports):
        start, module, *rest = line.split(maxsplit=3)
        if start == "from":
            names.setdefault(module, set()).add(rest[1] if len(rest) > 1 else "")
        else:
            sections[_section(module)].append(line)
    for section in sections:
        section.sort(key=lambda line: line.split()[1])
    for module in sorted(names):
        members = ", ".join(sorted(names[module], key=_by_kind))
        sections[_section(module)].append(f"from {module} import {members}")
    return "\n\n".join("\n".join(section) for section in sections if section)


def _section(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top == "__future__" else 1 if top in sys.stdlib_module_names else 2


def _by_kind(name: str) -> tuple[bool, bool, str]:
    """Constants, classes, functions."""
    return not name.isupper(), not name[:1].isupper(), name
