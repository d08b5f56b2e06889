"""Settings of all tests; read before anything imports adjoint."""

import os
import zlib

import pytest

# Check the invariants of the intermediate representation after every pass.
os.environ.setdefault("ADJOINT_VERIFY", "1")

from adjoint.api import compiler  # noqa: E402

compiler.load()  # tests of one stage find the meaning of all public names, too


def pytest_addoption(parser: pytest.Parser) -> None:
    about = "run one test in so many, always the same"
    parser.addoption("--sample", type=int, default=1, help=about)
    parser.addoption("--sample-generated", type=int, default=1, help=f"{about}, of the generated")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the same tests at each run, whatever is added beside them."""

    def is_kept(item: pytest.Item) -> bool:
        if item.get_closest_marker("every"):
            return True
        one_in = config.getoption("sample")
        if item.get_closest_marker("generated"):
            one_in = max(one_in, config.getoption("sample_generated"))
        return one_in <= 1 or zlib.crc32(item.nodeid.encode()) % one_in == 0

    items[:] = filter(is_kept, items)
