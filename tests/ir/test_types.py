"""The lattice, and the verifier on IR that is broken by hand."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjoint.errors import VerificationError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.types import (
    ANY,
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    MANY,
    UNDEFINED,
    UNKNOWN,
    Array,
    Dim,
    List,
    Opaque,
    Scalar,
    Struct,
    Type,
    compatible,
    fresh_dim,
    is_many,
    join,
    join_size,
    rank_of,
    same_size,
    shift,
)
from adjoint.ir.verifier import verify

N, M, P = fresh_dim(not_one=True), fresh_dim(not_one=True), fresh_dim()
SIZES = st.sampled_from([1, 2, 3, N, M, P, ANY, MANY, N.shifted(1)])
DTYPES = st.sampled_from([np.dtype(t) for t in ("f8", "f4", "i8", "?", "c16")])
ARRAYS = st.builds(
    lambda dtype, dims, scalar: Array(dtype, tuple(dims), scalar and not dims),
    DTYPES, st.lists(SIZES, max_size=3), st.booleans(),
)  # fmt: skip
LEAVES = st.one_of(
    ARRAYS,
    st.sampled_from([FLOAT, INT, BOOL, COMPLEX, Scalar("int", N), Scalar("int", 3)]),
    st.sampled_from([UNKNOWN, UNDEFINED, Opaque(str), Opaque(slice)]),
)
TYPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda k, i: Struct(k, tuple(i)), st.sampled_from([tuple, list]),
                  st.lists(inner, max_size=3)),
        st.builds(List, inner, SIZES),
    ),
    max_leaves=4,
)  # fmt: skip


def alike(a: Type | None, b: Type | None) -> bool:
    """`compatible`, through containers."""
    if a is None or b is None:
        return a is b
    if isinstance(a, Struct) and isinstance(b, Struct):
        same = a.kind is b.kind and len(a.items) == len(b.items)
        return same and all(map(alike, a.items, b.items))
    if isinstance(a, List) and isinstance(b, List):
        return alike(a.element, b.element)
    return compatible(a, b)


def covers(wide: Any, narrow: Any) -> bool:
    """Does every claim of `wide` follow from `narrow`?"""
    if wide == UNKNOWN or narrow == UNDEFINED:
        return True
    if isinstance(wide, Array) and isinstance(narrow, (Array, Scalar)):
        if isinstance(narrow, Scalar):
            return not wide.dims
        return len(wide.dims) == len(narrow.dims) and all(map(wider, wide.dims, narrow.dims))
    if isinstance(wide, Struct):
        return all(map(covers, wide.items, narrow.items))
    if isinstance(wide, List):
        return covers(wide.element, narrow.element) and wider(wide.size, narrow.size)
    if isinstance(wide, Scalar) and wide.size is not None:
        return wider(wide.size, narrow.size)
    return True


def wider(wide: Any, narrow: Any) -> bool:
    if isinstance(wide, int) or wide.symbol:
        return bool(wide == narrow)
    return not wide.not_one or is_many(narrow)


@settings(max_examples=500, deadline=None)
@given(TYPES)
def test_join_is_idempotent(a: Type) -> None:
    assert join(a, a) == a


@settings(max_examples=1000, deadline=None)
@given(TYPES, TYPES, st.booleans())
def test_join_is_commutative_but_for_symbols(a: Type, b: Type, widen: bool) -> None:
    left, right = join(a, b, widen), join(b, a, widen)
    assert alike(left, right), f"{left} {right}"


@settings(max_examples=1000, deadline=None)
@given(TYPES, TYPES)
def test_join_claims_no_more_than_both(a: Type, b: Type) -> None:
    joined = join(a, b)
    if joined is not None:
        assert covers(joined, a) and covers(joined, b), f"{a} {b} {joined}"
        assert alike(join(joined, a), joined) and alike(join(joined, b), joined)


@settings(max_examples=500, deadline=None)
@given(ARRAYS, ARRAYS)
def test_join_of_arrays_takes_the_dtype_of_numpy(a: Array, b: Array) -> None:
    joined = join(a, b)
    if len(a.dims) != len(b.dims):
        assert joined is None
    else:
        assert isinstance(joined, Array)
        assert joined.dtype == np.result_type(a.dtype, b.dtype)
        assert joined.scalar == (a.scalar and b.scalar)


@settings(max_examples=300, deadline=None)
@given(SIZES, SIZES)
def test_join_of_sizes(a: Any, b: Any) -> None:
    joined = join_size(a, b)
    assert wider(joined, a) and wider(joined, b)
    assert join_size(b, a) == joined


def test_a_size_that_is_some_size_equals_nothing() -> None:
    assert not same_size(ANY, ANY) and not same_size(MANY, MANY)
    assert same_size(N, N) and not same_size(N, N.shifted(1)) and same_size(3, 3)
    assert shift(N, 1) != N and shift(shift(N, 1), -1).symbol == N.symbol  # type: ignore
    assert shift(ANY, 1) == ANY and shift(MANY, 1) == ANY and shift(3, -1) == 2
    assert not is_many(shift(N, -1)) and not is_many(1) and is_many(0)


def test_numbers_join_to_the_wider_kind() -> None:
    assert join(INT, FLOAT) == FLOAT and join(BOOL, INT) == INT and join(FLOAT, COMPLEX) == COMPLEX
    assert join(Scalar("int", 3), Scalar("int", 4)) == Scalar("int", MANY)
    assert join(Scalar("int", 1), Scalar("int", 3)) == INT


def test_no_join() -> None:
    vector = Array(np.dtype("f8"), (N,))
    assert join(FLOAT, vector) is None
    assert join(FLOAT, vector, widen=True) == replace(vector, loose=True)
    assert join(FLOAT, Opaque(str)) is None
    assert join(Struct(tuple, (FLOAT,)), Struct(list, (FLOAT,))) is None
    assert join(Struct(tuple, (FLOAT,)), Struct(tuple, (FLOAT, FLOAT))) is None


def test_types_print_short() -> None:
    assert str(Array(np.dtype("f4"), (N, 1))) == "f32[:, 1]"
    assert str(List(Struct(tuple, (FLOAT, INT)))) == "list[(float, int)]"
    assert rank_of(UNKNOWN) is None and rank_of(FLOAT) == 0


# The verifier


def apply(region: Region, target: Any, *operands: Value, type_: Type = FLOAT) -> Value:
    return region.append(Op("apply", operands, [type_], target=target)).result


def end(region: Region, *values: Value, kind: str = "yield") -> Op:
    return region.append(Op(kind, values))


def straight() -> tuple[Function, Value, Value, Value]:
    function = Function("f")
    x, y = (function.body.add_param(FLOAT, name) for name in "xy")
    z = apply(function.body, operator.mul, x, y)
    end(function.body, z, kind="return")
    return function, x, y, z


def branch() -> tuple[Function, Op]:
    """`x * y if c else x * y`, all of it in the backward half."""
    function = Function("f")
    x, y = (function.body.add_param(FLOAT, name) for name in "xy")
    c = function.body.add_param(BOOL, "c")
    arms = [Region(), Region()]
    for arm in arms:
        end(arm, apply(arm, operator.mul, x, y))
        arm.ops[0].backward = True
    op = function.body.append(Op("if", [c], [FLOAT], regions=arms, backward=True))
    end(function.body, op.result, kind="return")
    return function, op


def loop() -> tuple[Function, Op]:
    """`for i in range(n): s = s * x`."""
    function = Function("f")
    x, n = function.body.add_param(FLOAT, "x"), function.body.add_param(INT, "n")
    numbers = apply(function.body, range, n, type_=Opaque(range))
    body = Region()
    body.add_param(INT, "i")
    s = body.add_param(FLOAT, "s")
    end(body, apply(body, operator.mul, s, x))
    op = Op("for", [numbers, x], [FLOAT], regions=[body], attrs={"sequences": 1})
    function.body.append(op)
    end(function.body, op.result, kind="return")
    return function, op


@pytest.mark.parametrize("make", [straight, branch, loop])
def test_well_formed(make: Any) -> None:
    verify(make()[0])


def test_a_use_before_the_definition() -> None:
    function, x, y, z = straight()
    function.body.ops.insert(0, function.body.ops.pop(1))
    with pytest.raises(VerificationError):
        verify(function)
    function, x, y, z = straight()
    early = Op("apply", [z], [FLOAT], target=operator.neg)
    early.parent = function.body
    function.body.ops.insert(0, early)
    with pytest.raises(VerificationError, match="neg uses .* outside of its scope"):
        verify(function, "a pass")


def test_a_use_of_a_value_inside_a_region() -> None:
    function, op = branch()
    function.body.terminator.set_operands([op.regions[0].ops[0].result])
    with pytest.raises(VerificationError, match="outside of its scope"):
        verify(function)


def test_a_value_of_one_arm_used_in_the_other() -> None:
    function, op = branch()
    op.regions[1].terminator.set_operands([op.regions[0].ops[0].result])
    with pytest.raises(VerificationError, match="outside of its scope"):
        verify(function)


def test_a_parameter_of_a_loop_used_after_it() -> None:
    function, op = loop()
    function.body.terminator.set_operands([op.carries[0]])
    with pytest.raises(VerificationError, match="s outside of its scope"):
        verify(function)


def test_a_value_of_another_function() -> None:
    function, *_ = straight()
    other, x, *_ = straight()
    function.body.terminator.set_operands([x])
    with pytest.raises(VerificationError, match="outside of its scope"):
        verify(function)


def test_a_missing_user() -> None:
    function, x, y, z = straight()
    x.users.clear()
    with pytest.raises(VerificationError, match="missing from the users of x"):
        verify(function)


@pytest.mark.xfail(strict=True, reason="users are checked in one direction only")
def test_a_user_that_is_gone() -> None:
    function, x, y, z = straight()
    stale = Op("apply", [x], [FLOAT], target=operator.neg)  # in no region, but still a user
    assert stale in x.users
    with pytest.raises(VerificationError):
        verify(function)


def test_a_wrong_count_of_yields() -> None:
    function, op = branch()
    op.regions[0].terminator.set_operands([])
    with pytest.raises(VerificationError, match="yield"):
        verify(function)
    function, op = loop()
    op.body.terminator.extend_operands([Constant(1.0)])
    with pytest.raises(VerificationError, match="a loop yields 2 values, 1 expected"):
        verify(function)


def test_an_exit_flag_is_one_yield_more() -> None:
    function, op = loop()
    op.attrs["exit"] = True
    with pytest.raises(VerificationError, match="2 expected"):
        verify(function)
    op.body.terminator.extend_operands([Constant(False)])
    verify(function)


def test_a_loop_without_a_parameter_for_an_operand() -> None:
    function, op = loop()
    op.body.params.pop(0)
    with pytest.raises(VerificationError, match="parameters"):
        verify(function)


def test_a_missing_terminator() -> None:
    function, *_ = straight()
    function.body.ops.pop()
    with pytest.raises(VerificationError, match="terminator"):
        verify(function)


def test_a_missing_yield() -> None:
    function, op = branch()
    op.regions[0].ops.clear()
    with pytest.raises(VerificationError, match="terminator"):
        verify(function)


def test_an_operation_in_two_regions() -> None:
    function, op = branch()
    op.regions[1].ops[0] = op.regions[0].ops[0]
    with pytest.raises(VerificationError, match="does not know its region"):
        verify(function)


def test_the_message_names_the_function_and_the_pass() -> None:
    function, *_ = straight()
    function.body.ops.clear()
    with pytest.raises(VerificationError, match="^f, after dce: "):
        verify(function, "dce")


def test_a_constant_is_visible_everywhere() -> None:
    function, x, y, z = straight()
    function.body.terminator.set_operands([Constant(ops.UNDEFINED_VALUE, UNDEFINED)])
    verify(function)


__all__ = ["Dim", "branch", "loop", "straight"]
