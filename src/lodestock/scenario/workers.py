"""Share independent draws over worker processes, or solve them one after the other.

Workers are forked where the system can do so safely, because they then share the loaded worlds and need no
start-up; elsewhere, and for a handful of draws, everything runs in this process. Results come back in order
and do not depend on the number of workers.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

FEWEST = 8
"""Below this many tasks a pool costs more than it saves."""
WORKERS = 2
"""Workers by default; each holds a few hundred MB at most."""

_work: Any = None
"""What forked workers inherit; set only while a pool runs."""


def available_workers() -> int:
    """Return how many workers may run: at most WORKERS, and no more than there are processors to use."""
    if not can_fork():
        return 1
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(WORKERS, processors))


def can_fork() -> bool:
    """Tell whether forking is safe: Linux, a single Python thread."""
    return sys.platform == "linux" and threading.active_count() == 1


def ordered(
    function: Callable[[Task], Result], tasks: Sequence[Task], workers: int | None = None
) -> Iterator[Result]:
    """Yield ``function(task)`` for every task, in order.

    Parameters
    ----------
    function : may be a closure; forked workers inherit it.
    workers : 1 runs everything here; None takes ``available_workers``.
    """
    count = available_workers() if workers is None else workers
    if count <= 1 or len(tasks) < FEWEST or not can_fork():
        yield from map(function, tasks)
        return
    global _work
    _work = function
    try:
        with multiprocessing.get_context("fork").Pool(count) as pool:
            yield from pool.imap(_call, tasks, chunksize=1)
    finally:
        _work = None


def _call(task: object) -> Any:
    return _work(task)
