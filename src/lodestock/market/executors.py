"""Where a batch runs: threads here, processes here, or a Dask cluster; one interface.

An executor does a job for many tasks and yields the results in the order of the tasks. Results do not depend
on which one it is. A task whose worker dies is done again, at the latest in this process: nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Executor(Protocol):
    """Does a job for many tasks."""

    @property
    def width(self) -> int:
        """Tasks done side by side."""

    def map(self, job: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Yield ``job(task)`` for every task, in order."""


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of this process; compiled kernels run side by side, the rest takes turns."""

    count: int = 2

    @property
    def width(self) -> int:
        """Number of threads."""
        return self.count

    def map(self, job: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Yield ``job(task)`` for every task, in order."""
        if self.count <= 1 or len(tasks) <= 1:
            yield from map(job, tasks)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.count) as pool:
            yield from pool.map(job, tasks)


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes on this machine; worth their start where much is left to Python, such as the full ladder."""

    count: int = 2

    @property
    def width(self) -> int:
        """Number of processes."""
        return self.count

    def map(self, job: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Yield ``job(task)`` for every task, in order."""
        from lodestock.workers import ordered

        yield from ordered(job, tasks, self.count)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Dask cluster, given by its ``distributed.Client``; needs the extra ``cluster``.

    The job is sent to every worker once, tasks are dealt out as workers become free, and Dask does those of a
    worker that dies on another.
    """

    client: Any

    @property
    def width(self) -> int:
        """Threads of all workers at the moment."""
        return max(1, sum(map(int, self.client.nthreads().values())))

    def map(self, job: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Yield ``job(task)`` for every task, in order."""
        sent = self.client.scatter(job, broadcast=True, hash=False)
        futures = [self.client.submit(_call, sent, task, pure=False) for task in tasks]
        for future, task in zip(futures, tasks, strict=True):
            yield self._result(future, job, task)

    def _result(self, future: Any, job: Callable[[Task], Result], task: Task) -> Result:
        """Return a result of the cluster; do the task here where the cluster could not.

        Workers that died too often, a job lost with its last holder: Dask has an error for each, and an error
        of the job itself comes back when it is done here.
        """
        try:
            result: Result = future.result()
        except Exception:
            return job(task)
        return result


def _call(job: Callable[[Task], Result], task: Task) -> Result:
    return job(task)
