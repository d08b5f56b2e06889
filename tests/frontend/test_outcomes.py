"""Calls of libraries inside a `try`: they run once, and the handler of the program catches.

Every program is run itself as well. Value and exception are the same, and so is what it wrote.
"""

import io
import json
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, value_and_grad
from tests.oracle import richardson_gradient

WRITTEN = io.StringIO()
LOCK = threading.Lock()


class Settings:
    def read(self, key: str) -> float:
        return json.loads('{"a": 2.0}')[key]  # type: ignore[no-any-return]


SETTINGS = Settings()


def caught(x: float, n: int) -> Any:
    try:
        json.loads("{" if n else "{}")
        y = x * 2.0
    except ValueError:
        y = x * 3.0
    return y


def not_bound(x: float, n: int) -> Any:
    k = 5
    try:
        k = len(json.loads("{" if n else "[1]"))
    except ValueError:
        pass
    return x * k


def of_another_class(x: float, n: int) -> Any:
    try:
        json.loads("{" if n else "{}")
        y = np.sin(x)
    except KeyError:
        y = x
    return y


def the_inner_one_of_two(x: float, n: int) -> Any:
    try:
        try:
            k = len(json.loads("{" if n else "[1]"))
            y = x * k
        except KeyError:
            y = x
        except ValueError:
            WRITTEN.write("inner")
            raise
        WRITTEN.write("behind")
    except Exception:
        y = x * 5.0
    WRITTEN.write("end")
    return y


def another_one_instead(x: float, n: int) -> Any:
    try:
        os.stat("/no/such/place" if n else "/")
    except OSError as error:
        WRITTEN.write("caught")
        raise RuntimeError("no place") from error
    return x * x


def finally_behind_a_call(x: float, n: int) -> Any:
    try:
        y = x * len(json.loads("{" if n else "[1]"))
    finally:
        WRITTEN.write("finally")
    return y


def finally_behind_a_division(x: float, n: int) -> Any:
    try:
        y = x / n
    finally:
        WRITTEN.write("finally")
    return y


def released(x: float, n: int) -> Any:
    LOCK.acquire()
    try:
        y = x * len(json.loads("{" if n else "[1]"))
    finally:
        LOCK.release()
    return y


def raised_again_past_finally(x: float, n: int) -> Any:
    try:
        try:
            json.loads("{" if n else "{}")
        except json.JSONDecodeError:
            raise
        finally:
            WRITTEN.write("a")
    except ValueError:
        x = x * 4.0
    finally:
        WRITTEN.write("b")
    return x


def in_a_loop(x: float, n: int) -> Any:
    for i in range(4):
        try:
            WRITTEN.write(str(i))
            json.loads("{" if i == n else "{}")
            x = x * 2.0
        except ValueError:
            break
        finally:
            WRITTEN.write("f")
    else:
        x = x * 100.0
    return x


def tried_again(x: float, n: int) -> Any:
    while True:
        try:
            json.loads("{" if n > 0 else "{}")
            return x * 3.0
        except ValueError:
            n -= 1
            x = x * 2.0


def _read(n: int) -> Any:
    WRITTEN.write("read")
    return json.loads("{" if n else "[1]")


def in_a_helper(x: float, n: int) -> Any:
    try:
        y = x * len(_read(n))
    except ValueError:
        y = x * 7.0
    return y


def in_an_arm(x: float, n: int) -> Any:
    try:
        json.dumps(object) if n else json.dumps(1)
        y = x
    except TypeError:
        y = x * 2.0
    return y


def a_missing_variable(x: float, n: int) -> Any:
    try:
        text = os.environ["NO_SUCH_VARIABLE" if n else "PATH"]
        size = len(text)
    except KeyError:
        size = 7
    return x * size


PROGRAMS = [
    caught, not_bound, of_another_class, the_inner_one_of_two, another_one_instead,
    finally_behind_a_call, finally_behind_a_division, released, raised_again_past_finally,
    in_a_loop, tried_again, in_a_helper, in_an_arm, a_missing_variable,
]  # fmt: skip


def told(f: Callable[..., Any], *args: Any) -> tuple[Any, str]:
    """The result of a call, or the class of its exception; and what it wrote."""
    WRITTEN.seek(0)
    WRITTEN.truncate()
    try:
        result = f(*args)
    except UnsupportedError:
        raise
    except Exception as error:
        result = type(error)
    return result, WRITTEN.getvalue()


@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_handler_catches_what_a_library_raises(f: Callable[..., Any], n: int) -> None:
    x = 0.7
    value, written = told(f, x, n)
    both, written_too = told(value_and_grad(f), x, n)
    slope, written_alone = told(grad(f), x, n)
    assert written_too == written_alone == written
    if isinstance(value, type):
        assert both is slope is value
        return
    assert both[0] == value
    assert both[1] == slope
    np.testing.assert_allclose(slope, richardson_gradient(f, (x, n)), 1e-9)


def test_an_input_that_reaches_the_call_is_refused() -> None:
    def f(x: float) -> Any:
        try:
            return x * float(json.loads(json.dumps(x)))
        except ValueError:
            return x

    with pytest.raises(UnsupportedError):
        grad(f)(0.7)


def test_a_number_is_not_made_where_its_refusal_would_be_caught() -> None:
    def f(x: float) -> Any:
        k = json.loads("[2]")
        try:
            return x * k
        except TypeError:
            return x

    with pytest.raises(UnsupportedError, match="in front of the try"):
        grad(f)(0.7)
