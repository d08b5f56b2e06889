"""Whether a call raises: how generated code decides which side of a `try` it is on."""

from __future__ import annotations

from typing import Any


def raises(error: Any, function: Any, *args: Any, **kwargs: Any) -> bool:
    """Does `function(*args, **kwargs)` raise this exception (or one of these)?"""
    try:
        function(*args, **kwargs)
    except error:
        return True
    except Exception:  # another one, which is raised where the operation is done
        return False
    return False
