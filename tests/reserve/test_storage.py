"""The lot register, exact on a thousand lots worked out here from the shipped table alone."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lodestock.cli.app import app
from lodestock.errors import ConflictError, FileFormatError, LodestockError, ValueOutOfRangeError
from lodestock.reserve.storage import forms as storage_forms_module
from lodestock.reserve.storage.forms import conflicts, storage_forms
from lodestock.reserve.storage.review import Review, read_caps, read_layers, review
from lodestock.reserve.storage.rows import document, headline
from lodestock.reserve.storage.sites import Layer, check_layers, site_cover
from lodestock.reserve.storage.template import write_template

TODAY = date(2026, 11, 22)
HORIZON = 365
TABLE = Path(storage_forms_module.__file__).parents[1]
SITES = ("Hill", "Quay", "Vault", "Yard", "Mill")


def table(name: str) -> list[dict[str, str]]:
    with (TABLE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def thousand_lots(path: Path) -> list[dict[str, str]]:
    """A thousand lots of every form, by a generator of its own, written and returned as text."""
    draw = random.Random(7)
    forms = table("storage_forms.csv")
    rows = []
    for number in range(1000):
        form = forms[number % len(forms)]
        age = draw.randrange(1, 12_000)
        entered = TODAY - timedelta(days=age)
        inspected = entered + timedelta(days=draw.randrange(age + 1)) if draw.random() < 0.7 else None
        containers = [*filter(None, form["protects"].split("|")), "none"]
        rows.append(
            {
                "lot": f"L-{number:04d}",
                "material": draw.choice(form["materials"].split("|")),
                "form": form["form"],
                "site": draw.choice(SITES),
                "tonnes": str(draw.randrange(1, 5000) / 10),
                "assay": str(min(1.0, float(form["minimum_assay"]) * draw.choice((0.9, 1.0)) + 0.001)),
                "date_in": entered.isoformat(),
                "date_inspected": inspected.isoformat() if inspected else "",
                "container": draw.choice(containers),
                "value_usd": str(draw.randrange(1000, 20_000_000)),
            }
        )
    write(path, rows)
    return rows


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, str]], Review]:
    path = tmp_path_factory.mktemp("lots") / "lots.csv"
    rows = thousand_lots(path)
    return rows, review(path, TODAY, horizon_days=HORIZON)


def expected_expiry(row: dict[str, str]) -> date | None:
    form = next(f for f in table("storage_forms.csv") if f["form"] == row["form"])
    protects = form["protects"].split("|") if form["protects"] else []
    protected = not protects or row["container"] in protects
    life = form["life"] if protected else form["air"] or form["life"]
    return None if not life else date.fromisoformat(row["date_in"]) + timedelta(days=int(life))


def test_thousand_lots_are_all_read(thousand: tuple[list[dict[str, str]], Review]) -> None:
    rows, found = thousand
    assert not found.file.rejected
    assert [s.lot.lot for s in found.states] == [row["lot"] for row in rows]
    assert sum(s.lot.tonnes for s in found.states) == pytest.approx(sum(float(r["tonnes"]) for r in rows))


def test_thousand_inspections_are_exact(thousand: tuple[list[dict[str, str]], Review]) -> None:
    rows, found = thousand
    interval = {f["form"]: int(f["inspect"]) for f in table("storage_forms.csv")}
    due = set()
    for row in rows:
        last = date.fromisoformat(row["date_inspected"] or row["date_in"])
        if last + timedelta(days=interval[row["form"]]) <= TODAY:
            due.add(row["lot"])
    listed = document(found)["inspections"]
    assert {row["lot"] for row in listed} == due
    assert 0 < len(due) < 1000
    assert [row["due"] for row in listed] == sorted(row["due"] for row in listed)


def test_thousand_expiries_are_exact(thousand: tuple[list[dict[str, str]], Review]) -> None:
    rows, found = thousand
    expired, soon = set(), set()
    for row in rows:
        expiry = expected_expiry(row)
        if expiry is not None and expiry <= TODAY:
            expired.add(row["lot"])
        elif expiry is not None and expiry <= TODAY + timedelta(days=HORIZON):
            soon.add(row["lot"])
    listed = document(found)["expiries"]
    assert {row["lot"] for row in listed if row["expired"]} == expired
    assert {row["lot"] for row in listed if not row["expired"]} == soon
    assert expired
    assert soon


def test_thousand_rotations_are_exact_and_first_in_first_out(
    thousand: tuple[list[dict[str, str]], Review],
) -> None:
    rows, found = thousand
    forms = {f["form"]: f for f in table("storage_forms.csv")}
    terms = {t["name"]: float(t["central"]) for t in table("storage_terms.csv")}
    wanted, gain = [], 0.0
    for row in rows:
        value, form = float(row["value_usd"]), forms[row["form"]]
        expiry = expected_expiry(row)
        ends = expiry is not None and expiry <= TODAY + timedelta(days=HORIZON)
        saved = float(form["loss"]) * value + (float(form["penalty"]) * value if ends else 0.0)
        cost = terms["swap_cost_share"] * value + terms["handling_usd_per_t"] * float(row["tonnes"])
        if saved > cost:
            wanted.append((row["material"], row["form"], row["date_in"], row["lot"]))
            gain += saved - cost
    listed = document(found)["rotation"]
    assert [(r["material"], r["form"], r["date_in"], r["lot"]) for r in listed] == sorted(wanted)
    assert [r["order"] for r in listed] == list(range(1, len(wanted) + 1))
    assert headline(found)["rotation_gain_usd"] == pytest.approx(gain)
    assert all(TODAY.isoformat() <= r["out_by"] for r in listed)


def test_thousand_obsolete_lots_are_exact(thousand: tuple[list[dict[str, str]], Review]) -> None:
    rows, found = thousand
    forms = {f["form"]: f for f in table("storage_forms.csv")}
    wanted = set()
    for row in rows:
        form, expiry = forms[row["form"]], expected_expiry(row)
        age = (TODAY - date.fromisoformat(row["date_in"])).days
        if (
            float(row["assay"]) < float(form["minimum_assay"])
            or (form["requalify"] and age > int(form["requalify"]))
            or (expiry is not None and expiry <= TODAY)
        ):
            wanted.add(row["lot"])
    assert {row["lot"] for row in document(found)["obsolete"]} == wanted


def test_thousand_insurance_layers_are_exact(thousand: tuple[list[dict[str, str]], Review]) -> None:
    rows, found = thousand
    terms = {t["name"]: float(t["central"]) for t in table("storage_terms.csv")}
    listed = {row["site"]: row for row in document(found)["insurance"]}
    assert set(listed) == {row["site"] for row in rows}
    for site, row in listed.items():
        value = sum(float(r["value_usd"]) for r in rows if r["site"] == site)
        retention, primary, excess = (
            terms[f"insurance_{name}_usd"] for name in ("retention", "primary", "excess")
        )
        assert row["value_usd"] == pytest.approx(value)
        assert row["retention_usd"] == pytest.approx(min(value, retention))
        assert row["primary_usd"] == pytest.approx(min(max(value - retention, 0.0), primary - retention))
        assert row["excess_usd"] == pytest.approx(min(max(value - primary, 0.0), excess - primary))
        assert row["uninsured_usd"] == pytest.approx(max(0.0, value - excess))
        parts = sum(row[f"{name}_usd"] for name in ("retention", "primary", "excess", "uninsured"))
        assert parts == pytest.approx(value)
        assert row["premium_usd"] == pytest.approx(
            terms["insurance_primary_rate"] * row["primary_usd"]
            + terms["insurance_excess_rate"] * row["excess_usd"]
        )
        assert row["over_cap_usd"] == pytest.approx(max(0.0, value - terms["site_cap_usd"]))


def test_thousand_hazards_are_exact(thousand: tuple[list[dict[str, str]], Review]) -> None:
    rows, found = thousand
    hazards = {f["form"]: set(f["hazards"].split("|")) for f in table("storage_forms.csv")}
    wanted = set()
    for site in SITES:
        for pair in table("storage_conflicts.csv"):
            one = [r["lot"] for r in rows if r["site"] == site and pair["one"] in hazards[r["form"]]]
            other = [r["lot"] for r in rows if r["site"] == site and pair["other"] in hazards[r["form"]]]
            if one and other and set(one) | set(other) != {one[0]}:
                wanted.add((site, f"{pair['one']} with {pair['other']}", tuple(one), tuple(other)))
    listed = document(found)["hazards"]
    assert {(h["site"], h["hazards"], tuple(h["lots_one"]), tuple(h["lots_other"])) for h in listed} == wanted


def small(tmp_path: Path, **changes: str) -> Path:
    row = {
        "lot": "A1",
        "material": "gallium",
        "form": "gallium-metal",
        "site": "Hill",
        "tonnes": "2",
        "assay": "0.99995",
        "date_in": "2020-01-01",
        "date_inspected": "",
        "container": "plastic",
        "value_usd": "1000",
    }
    good = {**row, "lot": "good"}
    return write(tmp_path / "lots.csv", [good, {**row, **changes}])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"form": ""}, "lot A1 has no form"),
        ({"site": ""}, "has no site"),
        ({"form": "galium-metal"}, "gallium-metal"),
        ({"form": "tantalite"}, "no form of gallium"),
        ({"material": "galium"}, "gallium"),
        ({"tonnes": "0"}, "tonnes"),
        ({"tonnes": "nan"}, "tonnes"),
        ({"assay": "99.99"}, "assay"),
        ({"value_usd": "-1"}, "value_usd"),
        ({"date_in": "01/02/2020"}, "YYYY-MM-DD"),
        ({"date_in": "2031-01-01"}, "up to 2026-11-22"),
        ({"date_inspected": "2019-01-01"}, "before it came in"),
        ({"container": "argonn"}, "argon"),
        ({"lot": "good"}, "line 2 too"),
    ],
)
def test_bad_rows_are_named_and_good_rows_kept(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    found = review(small(tmp_path, **changes), TODAY)
    assert [s.lot.lot for s in found.states] == ["good"]
    (bad,) = found.file.rejected
    assert bad.line == 3
    assert words in bad.reason


def test_command_keeps_good_rows_and_exits_with_two(tmp_path: Path) -> None:
    path = small(tmp_path, form="")
    result = CliRunner().invoke(app, ["reserve", "storage", str(path), "--date", "2026-11-22", "--json"])
    assert isinstance(result.exception, LodestockError)
    assert "lot A1 has no form" in str(result.exception)
    assert "line 3: " in str(result.exception)
    assert '"lots": 1' in result.stdout


def test_a_file_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lots.csv"
    path.write_text("lot,material,forms,site,tonnes,assay,date_in,value_usd\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="forms"):
        review(path, TODAY)
    with pytest.raises(FileFormatError, match="cannot be read"):
        review(tmp_path / "absent.csv", TODAY)


def test_expiry_falls_on_the_day_and_not_before(tmp_path: Path) -> None:
    # Europium metal in a drum, which does not protect: 22 days in air.
    path = small(tmp_path, material="samarium", form="europium-metal", container="drum", date_in="2026-11-01")
    before = review(path, date(2026, 11, 22), horizon_days=0)
    on_the_day = review(path, date(2026, 11, 23), horizon_days=0)
    assert (headline(before)["expired"], headline(on_the_day)["expired"]) == (0, 1)


def test_argon_keeps_what_air_destroys(tmp_path: Path) -> None:
    path = small(
        tmp_path, material="samarium", form="europium-metal", container="argon", date_in="2026-06-01"
    )
    assert headline(review(path, TODAY, horizon_days=0))["expired"] == 0


def test_cheap_swaps_rotate_more_and_free_ones_everything_that_loses(tmp_path: Path) -> None:
    rows = thousand_lots(tmp_path / "lots.csv")
    counts = [
        headline(review(tmp_path / "lots.csv", TODAY, swap_cost_share=share))["rotations"]
        for share in (0.5, 0.05, 0.0)
    ]
    assert counts == sorted(counts)
    assert 0 < counts[-1] < len(rows)


def test_layers_must_start_at_zero_and_join() -> None:
    with pytest.raises(ConflictError, match="not at zero"):
        check_layers((Layer("a", 1.0, 2.0, 0.1),))
    with pytest.raises(ConflictError, match="ends at 2"):
        check_layers((Layer("a", 0.0, 2.0, 0.1), Layer("b", 3.0, 4.0, 0.1)))
    with pytest.raises(ValueOutOfRangeError, match="rising"):
        check_layers((Layer("a", 0.0, 0.0, 0.1),))
    with pytest.raises(ConflictError, match="no insurance"):
        check_layers(())


def test_own_layers_and_caps_are_read(tmp_path: Path) -> None:
    (tmp_path / "layers.csv").write_text(
        "layer,from_usd,to_usd,rate\nfirst,0,500,0.01\nsecond,500,1500,0.001\n"
    )
    (tmp_path / "caps.csv").write_text("site,cap_usd\nHill,800\n")
    layers, caps = read_layers(tmp_path / "layers.csv"), read_caps(tmp_path / "caps.csv")
    found = review(small(tmp_path), TODAY, layers=layers, caps=caps)
    # Two lots of 1,000 USD: 500 at 1 %, 1,000 at 0.1 %, 500 above the top; 1,200 above the cap.
    (site,) = found.cover
    assert site.by_layer == pytest.approx((500.0, 1000.0))
    assert (site.premium_usd, site.uninsured_usd, site.over_cap_usd) == pytest.approx((6.0, 500.0, 1200.0))


def test_an_empty_register_has_no_sites() -> None:
    assert site_cover((), (Layer("a", 0.0, 1.0, 0.0),), {}) == ()


def test_storage_table_is_sourced_and_ordered() -> None:
    kinds = {hazard for form in storage_forms().values() for hazard in form.hazards}
    for form in storage_forms().values():
        assert form.source
        assert form.reason
        assert form.inspect > 0
        for ends in (form.air, form.life, form.loss, form.penalty):
            assert ends is None or 0 <= ends.low <= ends.central <= ends.high
        assert not form.protects or form.air is None or form.life is None or form.air.high <= form.life.high
    for pair in conflicts():
        assert {pair.one, pair.other} <= kinds
        assert pair.reason


def test_every_material_of_a_form_is_a_material() -> None:
    from lodestock.data.catalog import materials

    known = {item.slug for item in materials()}
    for form in storage_forms().values():
        assert set(form.materials) <= known


def test_template_is_a_register_without_errors(tmp_path: Path) -> None:
    path = write_template(tmp_path / "mine.csv")
    assert not review(path, TODAY).file.rejected
    with pytest.raises(ConflictError):
        write_template(path)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(
        st.one_of(
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters='\r\n,"\x00'), max_size=8),
            st.sampled_from(
                [
                    "gallium",
                    "gallium-metal",
                    "1",
                    "0.99995",
                    "2020-01-01",
                    "nan",
                    "-1",
                    "1e309",
                    "",
                    "plastic",
                ]
            ),
        ),
        min_size=10,
        max_size=10,
    )
)
def test_any_row_is_either_a_lot_or_rejected_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    header = "lot,material,form,site,tonnes,assay,date_in,date_inspected,container,value_usd"
    good = "good,gallium,gallium-metal,Hill,2,0.99995,2020-01-01,,plastic,1000"
    path = tmp_path_factory.mktemp("fuzz") / "lots.csv"
    path.write_text("\n".join((header, good, ",".join(cells))) + "\n", encoding="utf-8")
    found = review(path, TODAY)
    assert found.states[0].lot.lot == "good"
    assert len(found.states) + len(found.file.rejected) <= 2
    for bad in found.file.rejected:
        assert bad.line >= 3
        assert bad.reason
