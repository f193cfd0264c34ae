"""Time the plan of a reserve of many real materials: 24 quarters, 3 regimes, 8 outcomes, a proved gap of 1 %.

Prints a table, or with --json one object per case as benchmarks/run.py writes them. Name cases to run only
some. Each is the whole command in a fresh process, its workers' memory included; the note tells the gap.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from lodestock.data.catalog import materials
from run import LODESTOCK, Result, table_line, timed

BULK = {"alumina", "aluminium", "boron", "copper", "gold", "helium", "iron", "lead", "phosphate-rock"}
BULK |= {"potash", "rare-earths", "silver", "zinc"}
FIRST = [
    *("gallium", "germanium", "antimony", "tungsten", "dysprosium", "terbium", "neodymium-praseodymium"),
    *("graphite-anode", "magnesium", "indium", "bismuth", "tellurium", "yttrium", "gadolinium", "samarium"),
    *("graphite", "vanadium", "molybdenum", "titanium-metal", "silicon"),
]
CASES = {"reserve-20x24": (20, 2.0, 0.5), "reserve-50x24": (50, 10.0, 2.0)}
"""Materials, loan and private money in bn USD."""
HEAD = """kind: reserve
title: Many materials
question: How much of each?
objective: emergency-cover
members: USA
start: '2026-04-01'
quarters: 24
discount_rate: 3 %
sites: {depots: {country: USA, rent: 80 USD/t, delivery: 60 %, source: assumption}}
"""
REGIMES = """    regimes:
      calm: {}
      licensing: {exporters: CHN, cut: 40 %}
      ban: {exporters: CHN, cut: 100 %}
    start: {calm: 0.5, licensing: 0.5}
    transition:
      calm: {calm: 0.94, licensing: 0.05, ban: 0.01}
      licensing: {calm: 0.12, licensing: 0.78, ban: 0.10}
      ban: {calm: 0.05, licensing: 0.20, ban: 0.75}
    source: assumption
noise: {outcomes: 8}
training: {gap: 1 %, seconds: 600, paths: 100}
sources: [assumption]
"""


def case_text(count: int, loan: float, private: float) -> str:
    """Return the case file of so many materials."""
    every = [material.slug for material in materials() if material.slug not in BULK]
    names = [*FIRST, *(name for name in every if name not in FIRST)][:count]
    holdings = "".join(f"  - {{material: {name}, form: contained, site: depots}}\n" for name in names)
    covers = "".join(f"  {name}: {{cover: 60 days}}\n" for name in names)
    group = f"groups:\n  controls:\n    materials: [{', '.join(names)}]\n"
    lent, own = f"amount: {loan} bn USD, rate: 5.3 %", f"amount: {private} bn USD, return_cap: 8 %"
    money = f"money: {{loan: {{{lent}}}, private: {{{own}}}}}\n"
    return f"{HEAD}holdings:\n{holdings}materials:\n{covers}{group}{REGIMES}{money}"


def plan(name: str) -> Result:
    """Plan one case in a fresh process and read the proved gap."""
    with tempfile.TemporaryDirectory() as folder:
        case, answer = Path(folder, "case.yaml"), Path(folder, "answer.json")
        case.write_text(case_text(*CASES[name]), encoding="utf-8")
        command = [str(LODESTOCK), "reserve", "plan", str(case), "--no-frontier", "--json"]
        shell = ["sh", "-c", f'"$@" > {answer}', "sh", *command]
        seconds, peak = timed(shell)
        gap = json.loads(answer.read_text(encoding="utf-8"))["certificate"]["gap"]
    return Result(name, round(seconds, 1), 1, round(peak, 1), note=f"gap {gap:.2%}")


def main() -> None:
    """Print a table, or JSON lines."""
    names = [argument for argument in sys.argv[1:] if argument != "--json"] or list(CASES)
    unknown = set(names) - set(CASES)
    if unknown:
        sys.exit(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    for name in names:
        found = plan(name)
        print(json.dumps(found.__dict__) if "--json" in sys.argv else table_line(found), flush=True)


if __name__ == "__main__":
    main()
