"""Fit the shared parameters of the disruption room on the training episodes and write them to its tables.

Run after a change of the model or of an episode: ``python scripts/fit_disruption.py`` (about two minutes).
"""

from __future__ import annotations

import csv
import sys

from lodestock.disruption.backtest import fit
from lodestock.disruption.parameters import BY_CLASS, TABLE


def main() -> int:
    """Rewrite low, central and high of every row of both tables; the ranges before the fit stay."""
    fitted, by_class = fit()
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        low, central, high = fitted[row["name"]]
        row.update(low=f"{low:.4g}", central=f"{central:.4g}", high=f"{high:.4g}", status="fitted")
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with BY_CLASS.open("w", encoding="utf-8", newline="") as stream:
        line = csv.writer(stream, lineterminator="\n")
        line.writerow(["material_class", "name", "low", "central", "high"])
        for material_class, ranges in by_class.items():
            for name, values in ranges.items():
                line.writerow([material_class, name, *(f"{value:.4g}" for value in values)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
