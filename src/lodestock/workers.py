"""Share independent tasks over worker processes, or do them one after the other.

A worker is this module run by a fresh interpreter. It reads the job and then one task after the other from
its standard input and writes results to its standard output, all pickled by this package for itself. Unlike a
forked pool this works beside other threads (a progress bar), and unlike a spawned one in scripts without a
main guard. Whoever is free takes the next task; results come back in order and do not depend on the number of
workers.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import IO, Any, Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

FEWEST = 24
"""Below this many tasks starting workers costs more than it saves."""
WORKERS = 2
"""Workers by default; each holds some hundred MB."""


def available_workers() -> int:
    """Return how many workers may run: at most WORKERS, and no more than there are processors to use."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(WORKERS, processors))


def ordered(
    job: Callable[[Task], Result], tasks: Sequence[Task], workers: int | None = None
) -> Iterator[Result]:
    """Yield ``job(task)`` for every task, in order.

    Parameters
    ----------
    job : a value that can be pickled, such as an instance of a module's class.
    workers : 1 runs everything here; None takes ``available_workers`` when there are enough tasks.

    Notes
    -----
    Tasks whose worker dies are done here, so nothing is lost.
    """
    count = workers if workers is not None else available_workers() if len(tasks) >= FEWEST else 1
    count = min(count, len(tasks))
    if count <= 1 or not sys.executable:
        yield from map(job, tasks)
        return
    crew: _Crew[Task, Result] = _Crew(job, count)
    pool = ThreadPoolExecutor(count)
    try:
        for future in [pool.submit(crew.do, task) for task in tasks]:
            yield future.result()
    finally:
        crew.kill()
        pool.shutdown(cancel_futures=True)
        crew.close()


class _Crew(Generic[Task, Result]):
    """Workers that hold a job and are lent to whoever has a task."""

    def __init__(self, job: Callable[[Task], Result], count: int) -> None:
        self.job = job
        self.stopped = False
        self.started = [_start() for _ in range(count)]
        self.idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for worker in self.started:
            _send(worker, job)
            self.idle.put(worker)

    def do(self, task: Task) -> Result:
        """Have a task done by a worker; a worker that is gone has it done here."""
        worker = self.idle.get()
        assert worker.stdout is not None
        try:
            _send(worker, task)
            result: Result = pickle.load(worker.stdout)
        except (EOFError, pickle.UnpicklingError):
            if self.stopped:
                raise
            return self.job(task)
        finally:
            self.idle.put(worker)
        return result

    def kill(self) -> None:
        """End every worker; who waits for one gets no result."""
        self.stopped = True
        for worker in self.started:
            worker.kill()

    def close(self) -> None:
        """Close the pipes of workers that were ended."""
        for worker in self.started:
            worker.communicate()


def _start() -> subprocess.Popen[bytes]:
    """Start a worker that finds the same modules as this process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )


def _send(worker: subprocess.Popen[bytes], what: Any) -> None:
    assert worker.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        pickle.dump(what, worker.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        worker.stdin.flush()


def work(source: IO[bytes], target: IO[bytes]) -> None:
    """Read a job, then tasks, from ``source``, and write one result after the other to ``target``."""
    job = pickle.load(source)
    while True:
        try:
            task = pickle.load(source)
        except EOFError:
            return
        pickle.dump(job(task), target, protocol=pickle.HIGHEST_PROTOCOL)
        target.flush()


def main() -> None:
    """Run as a worker: anything printed goes to standard error, results alone to standard output."""
    from lodestock.threads import pin_blas_threads

    pin_blas_threads(1)
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with results, contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        work(sys.stdin.buffer, results)


if __name__ == "__main__":
    main()
