"""One cluster and one pool of each kind for all tests of this folder."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.parallel.losses import pool


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs="CRITICAL"
        ) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def pools() -> Iterator[dict[str, Any]]:
    with pool("threads") as threads, pool("processes") as processes:
        yield {"threads": threads, "processes": processes}


@pytest.fixture(params=["dask", "threads", "processes"])
def executor(request: Any) -> Any:
    if request.param == "dask":
        return request.getfixturevalue("client")
    return request.getfixturevalue("pools")[request.param]
