"""Time BoARIO on its smallest published table beside the weekly model, for context.

BoARIO is GPL-3; it stays in an environment of its own and is run as a program, never imported or copied:

    python3 -m venv peer && peer/bin/pip install boario pymrio progressbar2
    python benchmarks/compare_boario.py peer/bin/python

It follows production of 48 industries in six regions day by day after a loss of production; the weekly model
follows prices, flows and stocks of one material in every country. They answer different questions, and the
seconds say no more than that both are of one size. Not part of the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import date

DAYS = 365
PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pymrio, boario
from boario.event import from_scalar_industries
from boario.extended_models import ARIOPsiModel
from boario.simulation import Simulation
from importlib.metadata import version
table = pymrio.load_test()
table.calc_all()
start = time.perf_counter()
model = ARIOPsiModel(table)
simulation = Simulation(model, n_temporal_units_to_sim=int(sys.argv[1]))
hit = [("reg1", "mining"), ("reg1", "manufactoring")]
event = from_scalar_industries(
    500_000, event_type="recovery", affected_industries=hit, impact_distrib="equal",
    occurrence=5, duration=1, recovery_tau=180, recovery_function="linear",
)
simulation.add_event(event)
simulation.loop()
seconds = time.perf_counter() - start
print(json.dumps({"version": version("boario"), "industries": len(model.industries), "seconds": seconds}))
"""


def peer(python: str) -> dict[str, float | str]:
    """Run BoARIO in its own environment; its last line is what it reports."""
    done = subprocess.run([python, "-c", PEER, str(DAYS)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"BoARIO does not run here:\n{done.stderr[-2000:]}")
    found: dict[str, float | str] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def ours() -> tuple[int, float]:
    """Seconds for a licence on gallium over a year, and the number of countries."""
    from lodestock.disruption.base import base_of
    from lodestock.disruption.events import Event
    from lodestock.disruption.parameters import central, parameters_of
    from lodestock.disruption.path import run
    from lodestock.world.cache import load_world

    day = date(2025, 1, 1)
    base = base_of(load_world("gallium"), ["CHN"])
    values = central(parameters_of("gallium"))
    run([base], [Event("licence", day, day)], values, start=day, weeks=2)
    start = time.perf_counter()
    run([base], [Event("licence", day, day)], values, start=day, weeks=DAYS / 7)
    return len(base.countries) + 1, time.perf_counter() - start


def main() -> None:
    """Print both rows."""
    if len(sys.argv) != 2:
        sys.exit("name the python of the environment that holds BoARIO; see the head of this file")
    other = peer(sys.argv[1])
    countries, seconds = ours()
    print(
        f"BoARIO {other['version']}: {other['industries']} industries, {DAYS} days  {other['seconds']:.2f} s"
    )
    print(f"lodestock: gallium, {countries} countries, {DAYS // 7} weeks  {seconds:.2f} s")


if __name__ == "__main__":
    main()
