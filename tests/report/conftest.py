from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.synthetic import ban_outcome, zone_outcome

from lodestock.report.folder import write_outcome
from lodestock.report.outlines import Outline, shipped_outlines
from lodestock.scenario.outcome import Outcome


@pytest.fixture(scope="package")
def ban() -> Outcome:
    return ban_outcome()


@pytest.fixture(scope="package")
def zone() -> Outcome:
    return zone_outcome()


@pytest.fixture(scope="package")
def outlines() -> tuple[Outline, ...]:
    return shipped_outlines()


@pytest.fixture(scope="package")
def folder(zone: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("outcomes") / "zone"
    write_outcome(zone, target)
    return target
