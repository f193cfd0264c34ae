"""Fit the parameters of the disruption room on the training episodes; write its tables and its scorecard.

Run after a change of the model or of an episode: ``python scripts/fit_disruption.py`` (about three minutes).
``docs/backtest.md`` is checked against the scorecard.
"""

from __future__ import annotations

import csv
import json
import sys

from lodestock.disruption.backtest import SCORECARD, backtest, fit
from lodestock.disruption.parameters import BY_CLASS, TABLE
from lodestock.disruption.posterior import SHARED
from lodestock.disruption.posterior import TABLE as WEIGHTS


def main() -> int:
    """Rewrite low, central and high of both tables and the weights of the draws; prior ranges stay."""
    found = fit()
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        low, central, high = found.ranges[SHARED][row["name"]]
        row.update(low=f"{low:.4g}", central=f"{central:.4g}", high=f"{high:.4g}", status="fitted")
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with BY_CLASS.open("w", encoding="utf-8", newline="") as stream:
        line = csv.writer(stream, lineterminator="\n")
        line.writerow(["material_class", "name", "low", "central", "high"])
        for material_class, ranges in found.ranges.items():
            if material_class != SHARED:
                for name, values in ranges.items():
                    line.writerow([material_class, name, *(f"{value:.4g}" for value in values)])
    with WEIGHTS.open("w", encoding="utf-8", newline="") as stream:
        line = csv.writer(stream, lineterminator="\n")
        line.writerow(["draw", *found.weights])
        for k, weights in enumerate(zip(*found.weights.values(), strict=True)):
            line.writerow([k, *(f"{weight:.9f}" for weight in weights)])
    found_again = backtest()
    card = {
        "headline": found_again.headline,
        "episodes": {one.replayed.episode.name: one.as_dict()["scores"] for one in found_again.judged},
    }
    SCORECARD.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
