"""Independent tasks over processes: order, dealing out, death, errors."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import pytest

from lodestock.workers import ordered


@dataclass(frozen=True)
class Square:
    """Squares a number; a task of a second and some of nothing tell who deals out well."""

    def __call__(self, number: int) -> tuple[int, int]:
        time.sleep(0.5 if number == 0 else 0.0)
        return number**2, os.getpid()


@dataclass(frozen=True)
class Dying:
    """Ends its process on one number, unless that is the process that asked."""

    asked: int

    def __call__(self, number: int) -> int:
        if number == 3 and os.getpid() != self.asked:
            os._exit(1)
        return -number


@dataclass(frozen=True)
class Inverse:
    def __call__(self, number: int) -> float:
        return 1.0 / number


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_order(workers: int) -> None:
    found = list(ordered(Square(), range(12), workers))
    assert [square for square, _ in found] == [number**2 for number in range(12)]


def test_who_is_free_takes_the_next_task() -> None:
    places = [place for _, place in ordered(Square(), range(12), 2)]
    assert os.getpid() not in places
    assert places.count(places[0]) < 12 / 2


def test_a_task_whose_worker_dies_is_done_here() -> None:
    assert list(ordered(Dying(os.getpid()), range(8), 2)) == [-number for number in range(8)]


def test_an_error_of_the_job_is_raised(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        list(ordered(Inverse(), [1, 0, 2], 2))


def test_who_stops_reading_leaves_nothing_behind() -> None:
    results = ordered(Square(), range(1, 50), 2)
    assert next(results)[0] == 1
    results.close()
