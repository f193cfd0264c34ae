"""``lodestock reserve``: what to hold, when to buy, when to release, who pays."""

from __future__ import annotations

import typer

from lodestock.cli import (
    reserve_band,
    reserve_compare,
    reserve_plan,
    reserve_requirements,
    reserve_simulate,
    reserve_storage,
)

app = typer.Typer(help="The strategic reserve: what to hold, buy, release and store.", no_args_is_help=True)
app.command("plan")(reserve_plan.plan)
app.add_typer(reserve_requirements.app, name="requirements")
app.command("storage")(reserve_storage.storage)
app.command("simulate")(reserve_simulate.simulate)
app.command("band")(reserve_band.band)
app.command("compare")(reserve_compare.compare)
