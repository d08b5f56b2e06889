"""The text of one function: its two halves, and what it returns."""

from __future__ import annotations

import ast

from adjoint.emit.memory.inplace import Storage
from adjoint.emit.memory.liveness import Liveness, seed_position
from adjoint.emit.names.naming import Variables
from adjoint.emit.names.references import Globals, References
from adjoint.emit.placement.nesting import nested_operations, record_places
from adjoint.emit.python.assignments import Assignments
from adjoint.emit.python.expressions import Expressions
from adjoint.emit.python.statements import Statements
from adjoint.emit.python.updates import Updates
from adjoint.emit.text.comments import Citations
from adjoint.emit.text.printer import Comment
from adjoint.emit.text.syntax import call, dotted, name
from adjoint.ir.core import Function, Op, Region


class Writer:
    """Writes one function, and adds to the globals of its module what the text refers to."""

    def __init__(
        self,
        function: Function,
        file: str,
        reserved: set[str],
        module_globals: Globals,
        storage: Storage,
    ):
        self.function = function
        self.nested = nested_operations(function, storage)
        places = record_places(function, self.nested)
        liveness = Liveness(self.nested, places)
        liveness.run(function)
        self.variables = Variables(function, liveness, reserved)
        entry = function.attrs.get("entry")
        parameters = self.variables.fixed.values() if entry else ()
        self.references = References(function, parameters, module_globals)
        self.expressions = Expressions(self.nested, self.variables, self.references)
        #: Tangents stand beside what they belong to: there is no backward half to comment on.
        self.interleaved = bool(function.attrs.get("interleaved"))
        self.operations = Statements(
            Assignments(self.expressions, liveness),
            Updates(self.expressions, storage),
            Citations(file, silent=self.interleaved),
            places,
        )
        self.statements: list[ast.stmt] = []

    def write(self) -> None:
        """The statements of the function: forward half, backward half, return."""
        region = self.function.body
        seed = seed_position(self.function)
        if seed is not None:
            self._pullback(region, seed)
            return
        backward = (k for k, op in enumerate(region.ops) if self._is_backward(op))
        split = next(backward, len(region.ops) - 1)
        both = all(
            any(op not in self.nested for op in half)
            for half in (region.ops[:split], region.ops[split:-1])
        )
        last = region.ops[:-1]
        if not self.interleaved and (both or self.function.attrs.get("entry")):
            self._half("forward", region.ops[:split], self.statements)
            self._title("backward", region.ops[split:-1], self.statements)
            last = region.ops[split:-1]
        self.operations.ending(last, region.yields, self.statements)

    def _is_backward(self, op: Op) -> bool:
        return op.backward and op not in self.nested

    def _half(self, title: str, ops_: list[Op], out: list[ast.stmt]) -> None:
        self._title(title, ops_, out)
        self.operations.sequence(ops_, out)

    def _title(self, title: str, ops_: list[Op], out: list[ast.stmt]) -> None:
        if all(op in self.nested for op in ops_):
            return
        if out:
            out.append(Comment(""))
        out.append(Comment(title))

    def _pullback(self, region: Region, seed: int) -> None:
        """The forward half, then a function of the cotangent that does the backward half."""
        statements = self.statements
        self._half("forward", region.ops[:seed], statements)
        n = self.function.attrs["values"]
        values = [self.expressions.value(v) for v in region.yields[:n]]
        inner: list[ast.stmt] = [Comment("backward")]
        self.operations.ending(region.ops[seed + 1 : -1], region.yields[n:], inner)
        cotangent = ast.arg(self.variables.name(region.ops[seed].result), None)
        arguments = ast.arguments([], [cotangent], None, [], [], None, [])
        if statements:
            statements.append(Comment(""))
        name_of_pullback = "pullback"
        taken = {*self.variables.names.values(), *self.references.names}
        while name_of_pullback in taken:
            name_of_pullback += "_"
        statements.append(
            ast.FunctionDef(
                name=name_of_pullback,
                args=arguments,
                body=inner,
                decorator_list=self.decorators(),
                returns=None,
            )
        )
        statements.append(Comment(""))
        statements.append(ast.Return(ast.Tuple([*values, name(name_of_pullback)], ast.Load())))

    def decorators(self) -> list[ast.expr]:
        """`@np.errstate(...)`, where the user ignores errors of NumPy's."""
        ignored = self.function.attrs.get("errstate")
        if not ignored:
            return []
        self.references.use_numpy()
        settings = {k: ast.Constant(v) for k, v in sorted(ignored.items())}
        return [call(dotted("np.errstate"), [], **settings)]
