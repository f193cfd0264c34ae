"""A file of lots to start from."""

from __future__ import annotations

from pathlib import Path

from lodestock.errors import ConflictError
from lodestock.reserve.storage.lots import COLUMNS

LINES = (
    "L-0001,gallium,gallium-metal,Hill,2.5,0.9999,2021-03-15,2024-03-12,plastic,1500000",
    "L-0002,lithium,lithium-hydroxide,Hill,120,0.165,2023-11-02,,sealed,1400000",
    "L-0003,titanium-metal,titanium-sponge,Quay,400,0.997,2015-06-30,2020-07-01,drum,5200000",
    "L-0004,neodymium-praseodymium,rare-earth-oxide,Quay,60,0.857,2022-01-20,2024-01-18,drum,3300000",
)


def write_template(path: Path) -> Path:
    """Write a small file of lots; an existing file is not replaced.

    Raises
    ------
    ConflictError
        There is a file of that name.
    """
    if path.exists():
        raise ConflictError("there is a file of that name", where=str(path), hint="choose another name")
    path.write_text("\n".join((",".join(COLUMNS), *LINES)) + "\n", encoding="utf-8")
    return path
