"""What the corpus lists as refused is refused, and the place is named."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from adjoint import UnsupportedError, grad
from tests.corpus.refused import REFUSED


@pytest.mark.parametrize("function, args", REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_refused(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    with pytest.raises(UnsupportedError) as raised:
        grad(function)(*copy.deepcopy(args))
    assert raised.value.span is not None
