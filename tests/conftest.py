"""Settings of all tests; read before anything imports adjoint."""

import os
import zlib

import pytest

# Check the invariants of the intermediate representation after every pass.
os.environ.setdefault("ADJOINT_VERIFY", "1")

import adjoint.public  # noqa: E402, F401  (tests that import a part alone find the whole)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sample", type=int, default=1, help="run one test in so many, by its name")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the same tests at each run, whatever is added beside them."""
    one_in = config.getoption("sample")
    if one_in > 1:
        items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % one_in == 0]
