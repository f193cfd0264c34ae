"""The room's own assumptions: figures nobody publishes, each with a range, a reason and a source.

They stand in ``assumptions.csv`` beside this file, in the columns of the snapshot's table of that name; the
column ``end_use`` holds a NACE division where a row is about one.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from lodestock.world.assumptions import Book, read_book
from lodestock.world.model import Assumption

FILE = Path(__file__).with_name("assumptions.csv")


@lru_cache(maxsize=1)
def book() -> Book:
    """Every row of the file; a row for a material beats one for its class, which beats one for all."""
    from lodestock.world.assumptions import load_book

    with FILE.open(encoding="utf-8", newline="") as handle:
        return read_book(csv.DictReader(handle), load_book().material_class)


def assumption(name: str, material: str = "", division: str = "") -> Assumption:
    """Look up one row, with its range and reason; ``division`` is a NACE division such as ``C26``.

    Raises
    ------
    UnknownNameError
        No row of that name applies.
    """
    return book().lookup(name, material=material, end_use=division or None)


def value(name: str, material: str = "", division: str = "") -> float:
    """Central value of an assumption."""
    return assumption(name, material, division).central
