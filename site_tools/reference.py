"""The reference: each public name from its docstring, which is NumPy style.

A small script of ours instead of mkdocstrings: it has no dependency, and the public names are
made lazily, which a reader of the source text does not see.
"""

import inspect
import operator
import re
from typing import Any

import adjoint

GROUPS = {
    "derivatives": (
        "Derivatives",
        "grad value_and_grad vjp jvp linearize jacobian jacrev jacfwd hessian hvp gnvp derivative "
        "elementwise_grad check_grads GradientFunction",
    ),
    "rules": (
        "Rules of your own",
        "custom_vjp custom_jvp elementwise linear multilinear rule nondifferentiable "
        "undifferentiable register stop_gradient",
    ),
    "control": (
        "Solvers, memory, hooks and debugging",
        "fixed_point custom_root checkpoint checkpointing checkpointed_loop observe_cotangent "
        "transform_cotangent debug_nans full_tracebacks assume_smooth use tree_map",
    ),
    "errors": (
        "Errors",
        "AdjointError UnsupportedError SourceUnavailableError NonFiniteError DisconnectedWarning "
        "NativeWarning",
    ),
    "optim": ("Optimizers", " ".join(f"optim.{name}" for name in adjoint.optim.__all__)),
    "parallel": ("Many machines", " ".join(f"parallel.{n}" for n in adjoint.parallel.__all__)),
}
SECTION = re.compile(r"^(\w+)\n-+$", re.MULTILINE)
LISTS = {"Parameters", "Returns", "Raises", "Attributes"}


def pages() -> dict[str, str]:
    made = {name: page(title, names.split()) for name, (title, names) in GROUPS.items()}
    missing = set(adjoint.__all__) - {"optim", "parallel"}
    missing -= {each for _, names in GROUPS.values() for each in names.split()}
    assert not missing, f"the reference lacks {sorted(missing)}"
    made["index"] = index()
    return made


def index() -> str:
    rows = ["# Reference\n", "| Name | Purpose |", "| --- | --- |"]
    for file, (_, names) in GROUPS.items():
        for name in names.split():
            first = (inspect.getdoc(named(name)) or "").partition("\n\n")[0].replace("\n", " ")
            rows.append(f"| [`{name}`]({file}.md#{anchor(name)}) | {escaped(first)} |")
    return "\n".join(rows) + "\n"


def page(title: str, names: list[str]) -> str:
    return f"# {title}\n\n" + "\n".join(map(entry, names))


def anchor(name: str) -> str:
    return name.replace(".", "").lower()


def named(name: str) -> Any:
    return operator.attrgetter(name)(adjoint)


def entry(name: str) -> str:
    python = named(name)
    text = inspect.getdoc(python) or ""
    parts = SECTION.split(text)
    lines = [f"## `{name}` {{#{anchor(name)}}}\n"]
    if (shown := signature(name, python)) is not None:
        lines.append(f"```python\n{shown}\n```\n")
    lines.append(prose(parts[0]))
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        lines.append(f"**{heading}**\n")
        if heading == "Examples":
            lines.append(f"```pycon\n{body.strip()}\n```\n")
        elif heading in LISTS:
            lines.append(described(body))
        else:
            lines.append(prose(body))
    return "\n".join(lines) + "\n"


def signature(name: str, python: Any) -> str | None:
    if inspect.isclass(python) and issubclass(python, BaseException) or not callable(python):
        return None
    return f"adjoint.{name}{plain(python)}"


def plain(python: Any) -> str:
    """The parameters without their annotations, which the docstring says in words."""
    found = inspect.signature(python)
    empty = inspect.Parameter.empty
    bare = [
        p.replace(annotation=empty, default=empty if "object at" in repr(p.default) else p.default)
        for p in found.parameters.values()
    ]
    return str(found.replace(parameters=bare, return_annotation=empty))


def described(body: str) -> str:
    """Names with their types, and what is said about each, as a list."""
    lines: list[str] = []
    for line in body.strip("\n").splitlines():
        if line[:1].strip():
            head, colon, kind = line.partition(" : ")
            words = [word.strip() for word in head.split(",")]
            are_names = all(word.lstrip("*").replace(".", "_").isidentifier() for word in words)
            names = ", ".join(f"`{word}`" for word in words) if are_names else escaped(head)
            lines += ["", f"- {names}{f' : {escaped(kind)}' if colon else ''}", ""]
        else:
            lines.append(f"    {escaped(line.strip())}" if line.strip() else "")
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    return escaped(text.strip()) + "\n"


def escaped(text: str) -> str:
    """Text for Markdown: a star is a star, except in code."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([*<|])", r"\\\1", p) for p in pieces)
