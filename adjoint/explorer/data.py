"""Everything that the page shows, as one value that JSON has."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

from adjoint.emit.module import Emitted
from adjoint.emit.text.places import parsed_with_origins
from adjoint.errors import Span
from adjoint.explorer.blame import Event
from adjoint.explorer.colours import coloured
from adjoint.explorer.listing import Listing, Place, Statement
from adjoint.explorer.primal import Excerpt, excerpts
from adjoint.explorer.recording import Recorder
from adjoint.explorer.residuals import Residual, residuals

Json = dict[str, Any]


class Data:
    """The value of the page, of a generated text and a recorded run of it."""

    def __init__(self, emitted: Emitted, main: Span | None, text: Listing, run: Recorder) -> None:
        self.text, self.run = text, run
        self.excerpts = excerpts(main, text.spans())
        self.source = parsed_with_origins(emitted.source, emitted.statements)

    def to_json(self) -> Json:
        found = self._steps()
        found["primal"] = [self._excerpt(e) for e in self.excerpts]
        found["gradient"] = self._gradient()
        found["loops"] = self._loops()
        found["residuals"] = [self._residual(r) for r in self.residuals()]
        found["series"] = {
            f"{line}|{name}": series.to_json()
            for (line, name), series in self.run.series.items() if series.count > 1
        }  # fmt: skip
        found["nonfinite"] = self._nonfinite()
        return found

    # The two texts

    def lines_of(self, place: Place | None) -> list[str]:
        """The lines of a statement of the user's, as the page names them."""
        if place is None:
            return []
        file, line = place
        for k, excerpt in enumerate(self.excerpts):
            if excerpt.file == file and excerpt.first <= line <= excerpt.last:
                last = min(excerpt.statements.get(line, line), excerpt.last)
                return [f"{k}:{n}" for n in range(line, last + 1)]
        return []

    def first_lines(self) -> Iterator[str]:
        """The first line of each statement of the user's that is shown, functions aside."""
        for k, excerpt in enumerate(self.excerpts):
            for line in sorted(excerpt.statements):
                if excerpt.first <= line <= excerpt.last and line not in excerpt.definitions:
                    yield f"{k}:{line}"

    def _excerpt(self, excerpt: Excerpt) -> Json:
        name = excerpt.file.replace("\\", "/").rsplit("/", 1)[-1]
        return {"file": name, "first": excerpt.first, "html": excerpt.html}

    def _gradient(self) -> list[Json]:
        owner: dict[int, Statement] = {}
        for each in self.text.statements.values():
            for number in range(each.line, each.last + 1):
                owner.setdefault(number, each)
        documented = self._docstrings()
        shown = []
        for k, line in enumerate(coloured(self.text.source.rstrip("\n")), 1):
            found: Json = {"html": line, **documented.get(k, {})}
            statement = owner.get(k)
            if statement is not None:
                main = self.lines_of(statement.main)
                every = [n for place in statement.places for n in self.lines_of(place)]
                found |= {"half": statement.half, "of": statement.line, "loops": [
                    self.text.loops[n].group for n in statement.loops
                ]}  # fmt: skip
                if self._is_result(statement.line):
                    found["result"] = True
                found |= {"main": main, "also": [n for n in dict.fromkeys(every) if n not in main]}
            shown.append(found)
        return shown

    def _is_result(self, line: int) -> bool:
        return any(isinstance(n, ast.Return) and n.lineno == line for n in ast.walk(self.source))

    def _docstrings(self) -> dict[int, Json]:
        """Their lines: the page folds all but the first."""
        found: dict[int, Json] = {}
        for node in self.source.body:
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
                text = node.body[0]
                last = text.end_lineno or text.lineno
                if last > text.lineno:
                    found[text.lineno] = {"fold": last}
                    found |= {k: {"folded": text.lineno} for k in range(text.lineno + 1, last + 1)}
        return found

    def _loops(self) -> list[Json]:
        strides = self.run.strides()
        return [
            {
                "place": self.lines_of(place)[:1],
                "trips": self.run.trips.get(group, 0),
                "stride": strides[group],
                "heads": [
                    {"line": loop.line, "half": loop.half, "back": loop.backwards,
                     "head": loop.head, "outer": [self.text.loops[k].group for k in loop.outer]}
                    for loop in self.text.loops if loop.group == group
                ],
            }
            for group, place in enumerate(self.text.groups)
        ]  # fmt: skip

    # The run

    def _steps(self) -> Json:
        values: dict[str, int] = {}
        trips: dict[Any, int] = {}
        steps: list[Any] = []
        for step in self.run.steps:
            shown: list[Any] = []
            for name, value in step.values:
                text = json.dumps(value, separators=(",", ":"))
                shown += [name, values.setdefault(text, len(values))]
            place = trips.setdefault(step.trips, len(trips))
            more = [] if step.added is None else [float(f"{step.added:.6g}")]
            steps.append([step.line, place, shown, *map(_finite, more)])
        return {
            "steps": steps,
            "count": self.run.count,
            "trips": [[list(pair) for pair in key] for key in trips],
            "values": list(map(json.loads, values)),
        }

    def residuals(self) -> list[Residual]:
        return residuals(self.text, self.source)

    def _residual(self, residual: Residual) -> Json:
        run, found = self.run, residual
        own, shared, count = run.saved.get((found.save, found.field), [0, 0, 0])
        if found.kind != "tape":
            own, count = run.sizes.get((found.function, found.name), 0), 1
        span = found.span
        return {
            "name": found.name, "kind": found.kind, "save": found.save, "uses": found.uses,
            "text": found.text, "bytes": 0 if found.kind == "argument" else own,
            "size": own, "shared": shared, "count": count,
            "primal": self.lines_of((span.file, span.statement)) if span else [],
        }  # fmt: skip

    def _nonfinite(self) -> Json | None:
        way = self.run.blame.way()
        if not way:
            return None
        origin = way[0]
        return {
            "reached": self.run.blame.last is not None,
            "kind": way[-1].kind,
            "way": [self._event(event) for event in way],
            "primal": self._origin(origin),
        }

    def _event(self, event: Event) -> Json:
        return {"line": event.line, "text": event.text, "kind": event.kind, "step": event.step}

    def _origin(self, event: Event) -> Json:
        """The user's source that the event belongs to."""
        span, backward = None, False
        if event.number is not None:
            origin = self.run.text.operations[event.number].origin
            if origin is not None:
                span, backward = origin.span, origin.backward
        if span is None and (statement := self.text.statements.get(event.line)) is not None:
            span = next(iter(statement.spans), None)
            backward = statement.half == "backward"
        if span is None:
            return {"lines": [], "text": "", "backward": backward}
        text = span.text()
        same = span.line == span.statement and span.end_column > span.column
        return {
            "lines": self.lines_of((span.file, span.statement)),
            "text": text[span.column : span.end_column] if same else text.strip(),
            "backward": backward,
        }


def _finite(value: float) -> Any:
    return value if abs(value) < float("inf") else str(value)


__all__ = ["Data", "Json"]
