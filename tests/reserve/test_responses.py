"""What a regime takes: at the stage where the countries named supply the members."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from lodestock.errors import UnknownNameError
from lodestock.reserve.case import Disruption
from lodestock.reserve.responses import cut_stage, lost_stage, market_responses
from lodestock.world.calibrate import calibrate

MEMBERS = ("USA", "DEU", "JPN")


def disruption(**changes: object) -> Disruption:
    """Return a disruption with nothing lost but what is given."""
    nothing = {"exporters": (), "importers": (), "cut": 0.0, "out": (), "lost_share": 0.0, "stage": ""}
    return Disruption(**(nothing | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("material", "country", "stage"),
    [("cobalt", "COD", "mine"), ("cobalt", "CHN", "refined"), ("lithium", "AUS", "mine")],
)
def test_a_loss_without_a_stage_strikes_where_the_country_supplies(
    material: str, country: str, stage: str
) -> None:
    world = calibrate(material)
    everyone = tuple(c for c in world.countries if c != country)
    banned = disruption(exporters=(country,), importers=everyone, cut=1.0)
    out = disruption(out=(country,), lost_share=0.5)
    assert cut_stage(world, "refined", banned) == stage
    assert lost_stage(world, "refined", out) == stage
    assert (
        lost_stage(world, "refined", disruption(out=(country,), lost_share=0.5, stage="refined")) == "refined"
    )


def test_mines_that_stop_are_missed_by_a_reserve_of_metal() -> None:
    world = calibrate("cobalt")
    found = market_responses(
        world,
        "refined",
        MEMBERS,
        {
            "unsaid": disruption(out=("COD",), lost_share=0.6),
            "mine": disruption(out=("COD",), lost_share=0.6, stage="mine"),
        },
        calibrate,
    )
    assert asdict(found["unsaid"]) == asdict(found["mine"])
    assert found["unsaid"].gap_t > 0.0
    assert found["unsaid"].price_multiple > 1.05


def test_a_stage_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownNameError, match="smelted"):
        lost_stage(calibrate("cobalt"), "refined", disruption(out=("COD",), lost_share=0.6, stage="smelted"))
