"""The sentences at the top of the reserve's pages agree with their numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lodestock.report.reserve_storage import content
from lodestock.reserve.storage.review import review
from lodestock.reserve.storage.template import write_template


def words(path: Path, day: date) -> str:
    return " ".join(content(review(path, day)).lead).replace("\N{NO-BREAK SPACE}", " ")


def test_one_lot_has_expired_and_four_lots_lie(tmp_path: Path) -> None:
    path = write_template(tmp_path / "lots.csv")
    told = words(path, date(2026, 11, 22))
    assert "4 lots worth USD 11 m lie at 2 sites. 2 inspections are due, 1 lot has expired" in told
    assert "Rotating 1 lot saves USD 320 k; 1 lot is obsolete. Insurance costs USD 28 k a year" in told
    assert told.endswith("leaves USD 0 uncovered.")


def test_one_lot_lies_at_one_site(tmp_path: Path) -> None:
    path = write_template(tmp_path / "lots.csv")
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:2]) + "\n", encoding="utf-8")
    assert words(path, date(2026, 11, 22)).startswith("1 lot worth USD 1.5 m lies at 1 site.")
