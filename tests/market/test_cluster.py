"""The same batch on a real Dask cluster of two processes, one of which is killed on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from lodestock.market import Changes, Cluster, dense_edits, solve_many

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    # processes and sockets of the killed worker are closed by the collector, not in order
    pytest.mark.filterwarnings("default::ResourceWarning"),
    pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("default::DeprecationWarning:distributed"),
    pytest.mark.filterwarnings("default::UserWarning:distributed"),
]


@pytest.fixture
def client(tmp_path) -> Iterator[object]:
    settings = {
        "distributed.admin.system-monitor.gil.enabled": False,
        "distributed.comm.timeouts.connect": "20s",
        "distributed.worker.daemon": True,
    }
    import dask

    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path),
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as connected,
    ):
        yield connected


class KillsOneWorker:
    """A client that kills a worker process once the first tasks have been sent out and one is back."""

    def __init__(self, client):
        self.client = client
        self.victim = min(client.run(os.getpid).values())
        self.sent = 0

    def nthreads(self):
        return self.client.nthreads()

    def scatter(self, *args, **options):
        return self.client.scatter(*args, **options)

    def submit(self, *args, **options):
        future = self.client.submit(*args, **options)
        self.sent += 1
        if self.sent == 3:
            future.result()
            os.kill(self.victim, signal.SIGKILL)
        return future


def test_a_killed_worker_loses_nothing(client, random_market):
    market = random_market(4, countries=4)
    rng = np.random.default_rng(0)
    scale = rng.uniform(0.7, 1.2, (60, len(market.curves)))
    changes = Changes(60, curve_scale=dense_edits(scale))
    here = solve_many(market, changes, threads=1)

    killing = KillsOneWorker(client)
    there = solve_many(market, changes, executor=Cluster(killing))

    assert killing.sent > 4
    assert killing.victim not in client.run(os.getpid, on_error="ignore").values()
    assert len(there) == 60
    assert there.solved.all()
    assert there.price == pytest.approx(here.price, rel=1e-12)
    assert there.levy == pytest.approx(here.levy, abs=1e-12)
    assert (there.rung == here.rung).all()


def test_tasks_that_the_cluster_gives_up_are_done_here(random_market):
    """Futures that fail, as those of a cluster that is gone do."""

    class Gone:
        def nthreads(self):
            return {"worker": 2}

        def scatter(self, job, **options):
            return job

        def submit(self, call, job, task, **options):
            return self

        def result(self):
            raise RuntimeError("the cluster is gone")

    market = random_market(4, countries=3)
    changes = Changes(5)
    there = solve_many(market, changes, executor=Cluster(Gone()))
    assert (there.price == solve_many(market, changes, threads=1).price).all()
