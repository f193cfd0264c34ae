"""Every kind of bad input gives one of our errors: file, line, key path, value, what is allowed, nearest."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lodestock.errors import (
    ConflictError,
    FileFormatError,
    LodestockError,
    UnitError,
    UnknownNameError,
    ValueOutOfRangeError,
)
from lodestock.scenario.reader import MAX_BYTES, MAX_NODES, read_bytes, read_file

Read = Callable[[str], object]


def _check(read: Read, text: str, kind: type[LodestockError], *words: str) -> None:
    with pytest.raises(LodestockError) as caught:
        read(text)
    message = str(caught.value)
    assert type(caught.value) is kind, message
    assert re.match(r"case\.yaml, line \d+", message), message
    for word in words:
        assert word in message, message


BAN_CHANGES = {
    "unknown key": (
        ("    start:", "    begin: 2025-01-01\n    start:"),
        UnknownNameError,
        ("line 9: instruments[0].begin", "unknown key 'begin'", "exporters, importers"),
    ),
    "misspelt key": (
        ("exporters:", "exporter:"),
        UnknownNameError,
        ("line 8: instruments[0].exporter", "did you mean 'exporters'?"),
    ),
    "unknown top-level key": (
        ("question:", "questoin:"),
        UnknownNameError,
        ("line 2: questoin", "did you mean 'question'?"),
    ),
    "misspelt country": (
        ("exporters: China", "exporters: Chinna"),
        UnknownNameError,
        ("line 8: instruments[0].exporters", "'Chinna'", "did you mean 'China'?"),
    ),
    "misspelt country in all-but": (
        ("exporters: China", "exporters: {all-but: [USAA]}"),
        UnknownNameError,
        ("line 8: instruments[0].exporters", "'USAA'", "did you mean 'USA'?"),
    ),
    "misspelt material": (
        ("[antimony]", "[antimoni]"),
        UnknownNameError,
        ("line 3: materials[0]", "'antimoni'", "did you mean 'antimony'?"),
    ),
    "material not listed": (
        ("    stage:", "    material: gallium\n    stage:"),
        UnknownNameError,
        ("line 7: instruments[0].material", "'gallium'", "antimony"),
    ),
    "unknown stage": (
        ("stage: refined", "stage: refinned"),
        UnknownNameError,
        ("line 7: instruments[0].stage", "'refinned'", "mine, refined", "did you mean 'refined'?"),
    ),
    "stage missing": (
        ("    stage: refined\n", ""),
        FileFormatError,
        ("line 5: instruments[0]", "'stage' is missing", "mine, refined"),
    ),
    "unknown type": (
        ("type: export_ban", "type: export_bann"),
        UnknownNameError,
        ("line 6: instruments[0].type", "'export_bann'", "did you mean 'export_ban'?"),
    ),
    "type missing": (
        ("    type: export_ban\n", ""),
        FileFormatError,
        ("line 5: instruments[0]", "'type' is missing", "export_quota"),
    ),
    "key missing": (
        ("    start: 2025-01-01\n", ""),
        FileFormatError,
        ("line 5: instruments[0]", "'start' is missing"),
    ),
    "title missing": (("title: Ban\n", ""), FileFormatError, ("'title' is missing",)),
    "dates out of order": (
        ("start: 2025-01-01", "start: 2025-01-01\n    end: 2024-06-30"),
        ConflictError,
        ("line 10: instruments[0].end", "end 2024-06-30 is not after start 2025-01-01"),
    ),
    "date that is none": (
        ("2025-01-01", "2025-02-30"),
        FileFormatError,
        ("line 9: instruments[0].start", "'2025-02-30'", "2024-12-03"),
    ),
    "date in another order": (
        ("2025-01-01", "01.02.2025"),
        FileFormatError,
        ("line 9", "'01.02.2025' is not a date", "year-month-day"),
    ),
    "name with blanks": (
        ("name: ban", "name: The ban!"),
        FileFormatError,
        ("line 5: instruments[0].name", "'The ban!'", "lower-case letters"),
    ),
    "shock among the instruments": (
        ("type: export_ban", "type: outage"),
        ConflictError,
        ("line 6: instruments[0].type", "'outage' is a shock", "write it under shocks"),
    ),
    "horizon in words": (
        ("materials:", "horizon: soon\nmaterials:"),
        UnitError,
        ("line 3: horizon", "'soon'", "short, long or a number of years"),
    ),
    "control character": (
        ("title: Ban", 'title: "B\\0n"'),
        FileFormatError,
        ("line 1", "U+0000", "text without control characters"),
    ),
    "base year": (
        ("materials:", "base_year: 1999\nmaterials:"),
        ValueOutOfRangeError,
        ("line 3: base_year", "1999", "2024"),
    ),
    "base year as text": (
        ("materials:", "base_year: last\nmaterials:"),
        FileFormatError,
        ("line 3: base_year", "'last'", "a whole number"),
    ),
    "materials empty": (("[antimony]", "[]"), FileFormatError, ("line 3: materials", "empty")),
    "material twice": (("[antimony]", "[antimony, Sb]"), ConflictError, ("materials[1]", "twice")),
    "nobody to ship to": (
        ("exporters: China", "exporters: all"),
        ConflictError,
        ("instruments[0].importers", "no shipment is left"),
    ),
    "empty country list": (
        ("exporters: China", "exporters: []"),
        ConflictError,
        ("line 8: instruments[0].exporters", "empty", "EU27"),
    ),
    "draws negative": (
        ("materials:", "options: {draws: -1}\nmaterials:"),
        ValueOutOfRangeError,
        ("line 3: options.draws", "-1", ">= 0"),
    ),
    "draws not whole": (
        ("materials:", "options: {draws: 2.5}\nmaterials:"),
        FileFormatError,
        ("options.draws", "'2.5'", "a whole number"),
    ),
    "horizon": (
        ("materials:", "horizon: 200 years\nmaterials:"),
        ValueOutOfRangeError,
        ("line 3: horizon", "'200 years'", "50 years"),
    ),
    "nothing happens": (
        (BAN_TAIL := "instruments:\n  - name: ban\n    type: export_ban\n    stage: refined\n"
         "    exporters: China\n    start: 2025-01-01\n", ""),
        ConflictError,
        ("neither an instrument nor a shock",),
    ),
    "not in force": (
        ("materials:", "evaluate_on: 2024-01-01\nmaterials:"),
        ConflictError,
        ("line 3: evaluate_on", "nothing is in force on 2024-01-01", "2025-01-01"),
    ),
    "zone without zones": (
        ("materials:", "zone: allies\nmaterials:"),
        UnknownNameError,
        ("line 3: zone", "'allies'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAN_CHANGES)
def test_a_slip_in_a_ban_is_named(case: str, ban: str, read: Read) -> None:
    (old, new), kind, words = BAN_CHANGES[case]
    assert old in ban
    _check(read, ban.replace(old, new), kind, *words)


FLOOR_CHANGES = {
    "floor above any feasible price": (
        # 26,000 USD/kg instead of USD/t: 26 million over 22,600 is 1,150 times the base price
        ("26 USD/kg", "26000 USD/kg"),
        ValueOutOfRangeError,
        ("line 13: instruments[0].price", "'26000 USD/kg' is 1150.4 times the base price", "20 times"),
    ),
    "floor above any feasible price, relative": (
        ("26 USD/kg", "2600 % of base"),
        ValueOutOfRangeError,
        ("line 13: instruments[0].price", "26.0 times", "20 times"),
    ),
    "negative price": (
        ("26 USD/kg", "-26 USD/kg"),
        ValueOutOfRangeError,
        ("line 13: instruments[0].price", "negative: '-26 USD/kg'", "more than 0"),
    ),
    "price without unit": (
        ("26 USD/kg", "26"),
        UnitError,
        ("line 13: instruments[0].price", "26 has no unit", "USD/kg"),
    ),
    "price as a tonnage": (
        ("26 USD/kg", "26 t/year"),
        UnitError,
        ("line 13", "'26 t/year' is a tonnage per year, which does not fit here", "110 USD/kg"),
    ),
    "unknown unit": (
        ("26 USD/kg", "26 USD/kgg"),
        UnitError,
        ("line 13", "unknown unit 'kgg'", "did you mean 'kg'?"),
    ),
    "other money": (
        ("26 USD/kg", "26 EUR/kg"),
        UnitError,
        ("line 13", "'26 EUR/kg' is not in USD", "exchange rate"),
    ),
    "unknown form": (
        ("26 USD/kg", "26 USD/kg oxyde"),
        UnitError,
        ("line 13", "unknown form of antimony 'oxyde'", "did you mean 'oxide'?"),
    ),
    "cap of zero": (("50 % of base", "0 USD/t"), ConflictError, ("line 14: instruments[0].cap", "cap of 0")),
    "empty zone": (
        ("members: [USA, EU27, Japan]", "members: []"),
        ConflictError,
        ("line 7: zones.allies.members", "empty"),
    ),
    "zone of everybody": (
        ("members: [USA, EU27, Japan]\n    non_members: [CHN]", "members: all"),
        ConflictError,
        ("nobody pays the levy",),
    ),
    "all-but nobody left": (
        ("members: [USA, EU27, Japan]", "members: {all-but: all}"),
        ConflictError,
        ("line 7: zones.allies.members", "no country"),
    ),
    "member listed as non-member": (
        ("[CHN]", "[CHN, Germany]"),
        ConflictError,
        ("line 8: zones.allies.non_members", "DEU is listed as member and as non-member of 'allies'"),
    ),
    "member as exempt origin": (
        ("    cap:", "    exempt_origins: [Chile, France]\n    cap:"),
        ConflictError,
        ("line 14: instruments[0].exempt_origins", "FRA cannot be a member"),
    ),
    "everybody exempt": (
        ("    cap:", "    exempt_origins: {all-but: [USA, EU27, Japan]}\n    cap:"),
        ConflictError,
        ("line 14: instruments[0].exempt_origins", "nobody pays"),
    ),
    "unknown zone": (
        ("    cap:", "    zone: alies\n    cap:"),
        UnknownNameError,
        ("line 14: instruments[0].zone", "'alies'", "did you mean 'allies'?"),
    ),
    "zone named like a set": (
        ("  allies:", "  G7:"),
        ConflictError,
        ("line 6: zones.G7", "already the name"),
    ),
    "set that does not exist": (
        ("EU27", "EU28"),
        UnknownNameError,
        ("line 7: zones.allies.members", "'EU28'", "did you mean 'EU27'?"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FLOOR_CHANGES)
def test_a_slip_in_a_floor_is_named(case: str, floor: str, read: Read) -> None:
    (old, new), kind, words = FLOOR_CHANGES[case]
    assert old in floor
    _check(read, floor.replace(old, new), kind, *words)


FURTHER_ENTRIES = {
    "duplicate name": (
        "{name: ban, type: export_tax, stage: refined, exporters: CHN, rate: 5 %, start: 2026-01-01}",
        ConflictError,
        ("line 10: instruments[1].name", "'ban' stands twice", "line 5"),
    ),
    "duplicate instrument": (
        "{name: again, type: export_ban, stage: refined, exporters: [CHN], start: 2026-01-01}",
        ConflictError,
        ("line 10: instruments[1].name", "'again' says the same as 'ban'", "overlapping"),
    ),
    "quota on banned shipments": (
        "{name: quota, type: export_quota, stage: refined, exporters: CHN, limit: 50 %, start: 2026-01-01}",
        ConflictError,
        ("instruments[1].importers", "'quota' limits shipments that 'ban' bans altogether"),
    ),
    "banned and subsidised": (
        "{name: aid, type: production_subsidy, stage: refined, producers: CHN, payers: G7, amount: 1 USD/kg,"
        " start: 2025-06-01}",
        ConflictError,
        ("instruments[1].producers", "CHN whose exports to the payers 'ban' bans"),
    ),
    "negative tonnage": (
        "{name: sale, type: release, stage: refined, countries: USA, quantity: -5 t, start: 2025-01-01}",
        ValueOutOfRangeError,
        ("instruments[1].quantity", "negative: '-5 t'", "more than 0"),
    ),
    "a price for a tonnage": (
        "{name: sale, type: release, stage: refined, countries: USA, quantity: 5 USD/kg, start: 2025-01-01}",
        UnitError,
        ("instruments[1].quantity", "'5 USD/kg' is a price", "5000 t"),
    ),
    "release larger than stock": (
        "{name: sale, type: release, stage: refined, countries: USA, quantity: 2 kt, stock: 1500 t,"
        " start: 2025-01-01}",
        ValueOutOfRangeError,
        ("instruments[1].quantity", "2 kt is larger than the stock of 1500 t", "at most 1500 t"),
    ),
    "loss above everything": (
        "{name: strike, type: export_quota, stage: mine, exporters: CHN, limit: 1.5, start: 2025-01-01}",
        UnitError,
        ("instruments[1].limit", "1.5 has no unit"),
    ),
    "share above one": (
        "{name: deal, type: contract_for_difference, stage: refined, producers: USA, strike: 30 USD/kg,"
        " upside_share: 130 %, start: 2025-01-01}",
        ValueOutOfRangeError,
        ("instruments[1].upside_share", "'130 %'", "at most 100 %"),
    ),
    "export tax of the whole price": (
        "{name: tax, type: export_tax, stage: mine, exporters: RUS, rate: 120 %, start: 2025-01-01}",
        ValueOutOfRangeError,
        ("instruments[1].rate", "'120 %'", "99 %"),
    ),
    "upside below strike": (
        "{name: deal, type: contract_for_difference, stage: refined, producers: USA, strike: 30 USD/kg,"
        " upside_share: 30 %, upside_from: 25 USD/kg, start: 2025-01-01}",
        ConflictError,
        ("instruments[1].upside_from", "below the strike"),
    ),
    "capacity within a year": (
        "{name: build, type: capital_subsidy, stage: refined, producers: USA, capacity: 1 kt/year,"
        " share: 30 %, start: 2025-01-01}",
        ConflictError,
        ("instruments[1].type", "longer than the horizon of short", "horizon"),
    ),
    "rent to nobody": (
        "{name: quota, type: export_quota, stage: mine, exporters: CHN, limit: 5 %, rent_to: tresury,"
        " start: 2025-01-01}",
        UnknownNameError,
        ("instruments[1].rent_to", "'tresury'", "did you mean 'treasury'?"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FURTHER_ENTRIES)
def test_a_slip_in_a_second_entry_is_named(case: str, ban: str, read: Read) -> None:
    entry, kind, words = FURTHER_ENTRIES[case]
    _check(read, f"{ban}  - {entry}\n", kind, *words)


def test_selling_and_buying_at_once_is_refused_unless_prices_part_them(ban: str, read: Read) -> None:
    sale = "{name: sale, type: release, stage: refined, countries: USA, quantity: 5 t, start: 2025-01-01%s}"
    buy = "{name: buy, type: public_purchase, stage: refined, buyers: G7, quantity: 5 t, start: 2025-01-01%s}"
    text = f"{ban}  - {sale}\n  - {buy}\n"
    _check(read, text % ("", ""), ConflictError, "USA would sell under 'sale' and buy under 'buy'")
    read(text % (", price_min: 150 % of base", ", price_max: 90 % of base"))


def test_losses_of_one_day_may_not_exceed_everything(ban: str, read: Read) -> None:
    shock = "shocks:\n" + "".join(
        f"  - {{name: s{n}, type: outage, stage: mine, countries: CHN, loss: 6{n} %%,"
        f" start: 2025-0{n}-01%s}}\n"
        for n in (1, 2)
    )
    _check(read, ban + shock % ("", ""), ConflictError, "on 2025-02-01 CHN would lose 123 % of its capacity")
    read(ban + shock % (", end: 2025-02-01", ""))


def test_two_floors_for_one_member_are_refused(floor: str, read: Read) -> None:
    second = "  - {name: second, type: floor, stage: refined, price: 30 USD/kg, start: 2027-06-01}\n"
    _check(read, floor + second, ConflictError, "two floors for antimony refined", "DEU, FRA, ITA, JPN, USA")
    read(floor.replace("start: 2027-01-01", "start: 2027-01-01\n    end: 2027-06-01") + second)


def test_a_price_for_several_materials_is_refused_but_a_share_is_not(read: Read, floor: str) -> None:
    text = floor.replace("[antimony]", "[antimony, gallium]").replace(
        "    stage:", "    material: [antimony, gallium]\n    stage:"
    )
    _check(read, text, ConflictError, "'26 USD/kg' cannot fit several materials", "one entry per material")
    read(text.replace("26 USD/kg", "115 % of base"))


def test_a_price_of_oxide_is_not_guessed(read: Read, floor: str) -> None:
    text = floor.replace("antimony", "lithium").replace("26 USD/kg", "13000 USD/t")
    _check(read, text, UnitError, "the form of lithium is not stated", "carbonate")


ALTERNATIVES = {
    "unknown entry": (
        "{title: A, remove: bann}",
        UnknownNameError,
        ("alternatives.a.remove", "did you mean 'ban'?"),
    ),
    "no change": ("{title: A}", ConflictError, ("alternatives.a", "changes nothing")),
    "changed twice": (
        "{title: A, remove: ban, change: {ban: {importers: USA}}}",
        UnknownNameError,
        ("alternatives.a.change.ban", "'ban'"),
    ),
    "unknown key": (
        "{title: A, change: {ban: {importer: USA}}}",
        UnknownNameError,
        ("alternatives.a.change.ban.importer", "did you mean 'importers'?"),
    ),
    "unknown country": (
        "{title: A, change: {ban: {importers: Germny}}}",
        UnknownNameError,
        ("line 11: alternatives.a.change.ban.importers", "did you mean 'Germany'?"),
    ),
    "type changed": (
        "{title: A, change: {ban: {type: export_tax}}}",
        ConflictError,
        ("alternatives.a.change.ban.type", "use replace"),
    ),
    "same as the scenario": (
        "{title: A, change: {ban: {importers: {all-but: [CHN]}}}}",
        ConflictError,
        ("alternatives.a", "the same as the scenario"),
    ),
    "added under a taken name": (
        "{title: A, add: [{name: ban, type: export_tax, stage: mine, exporters: RUS, rate: 5 %,"
        " start: 2025-01-01}]}",
        ConflictError,
        ("alternatives.a.add[0].name", "'ban' stands twice"),
    ),
    "bad entry": (
        "{title: A, add: [{name: tax, type: export_tax, stage: mine, exporters: RUS, rate: 5 kg,"
        " start: 2025-01-01}]}",
        UnitError,
        ("alternatives.a.add[0].rate", "'5 kg' is a tonnage"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ALTERNATIVES)
def test_a_slip_in_an_alternative_is_named(case: str, ban: str, read: Read) -> None:
    section, kind, words = ALTERNATIVES[case]
    _check(read, f"{ban}alternatives:\n  a: {section}\n", kind, *words)


def test_reserved_alternative_names_are_refused(ban: str, read: Read) -> None:
    text = f"{ban}alternatives:\n  baseline: {{title: A, remove: ban}}\n"
    _check(read, text, ConflictError, "alternatives.baseline", "name of a case of its own")


def test_several_problems_are_counted_and_the_first_is_shown(ban: str, read: Read) -> None:
    text = ban.replace("2025-01-01", "soon").replace("title: Ban", "title: ''")
    _check(read, text, FileFormatError, "line 1: title", "one more problem is in the file")


RAW = {
    "not UTF-8": (b"title: caf\xe9\n", FileFormatError, ("line 1", "byte 10 (0xe9)", "UTF-8")),
    "not UTF-8 later": (b"title: x\nquestion: \xff\n", FileFormatError, ("line 2", "0xff")),
    "truncated": (
        b"title: x\nmaterials: [gallium,\n",
        FileFormatError,
        ("line 3", "not valid YAML", "truncated"),
    ),
    "truncated quote": (b'title: "x\n', FileFormatError, ("not valid YAML",)),
    "empty": (b"", FileFormatError, ("empty",)),
    "comments only": (b"# nothing\n", FileFormatError, ("empty",)),
    "null": (b"~\n", FileFormatError, ("a mapping of keys",)),
    "a list": (b"- a\n- b\n", FileFormatError, ("a mapping of keys",)),
    "binary": (b"\x00\x01\x02", FileFormatError, ("not valid YAML",)),
    "two documents": (b"title: a\n---\ntitle: b\n", FileFormatError, ("line 2", "second document")),
    "python tag": (b"title: !!python/object/apply:os.system ['ls']\n", FileFormatError, ("line 1", "tag")),
    "own tag": (b"title: !thing x\n", FileFormatError, ("line 1", "tag '!thing'")),
    "duplicate key": (b"title: a\ntitle: b\n", ConflictError, ("line 2", "'title' stands twice", "line 1")),
    "list as key": (b"? [a, b]\n: c\n", FileFormatError, ("line 1", "a key must be plain text")),
    "not a number": (b"title: .nan\n", ValueOutOfRangeError, ("line 1", ".nan is not a finite number")),
    "infinite": (b"title: -.inf\n", ValueOutOfRangeError, ("line 1", "-.inf is not a finite number")),
    "infinite by size": (b"a: 1e999\n", ValueOutOfRangeError, ("1e999 is not a finite number",)),
    "alias without anchor": (b"title: *there\n", FileFormatError, ("line 1", "*there", "not defined")),
    "alias of itself": (b"a: &a [*a]\n", FileFormatError, ("line 1", "refers to itself")),
    "deep": (b"a: " + b"[" * 200 + b"]" * 200, FileFormatError, ("line 1", "levels deep")),
    "deep blocks": (
        b"".join(b" " * n + b"a:\n" for n in range(60)),
        FileFormatError,
        ("line", "levels deep"),
    ),
    "too many values": (
        b"a: [" + b"1," * (MAX_NODES + 1) + b"]",
        FileFormatError,
        ("expands to more than 20,000",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RAW)
def test_a_damaged_or_hostile_file_is_refused(case: str) -> None:
    data, kind, words = RAW[case]
    with pytest.raises(LodestockError) as caught:
        read_bytes(data, "case.yaml")
    assert type(caught.value) is kind, caught.value
    assert str(caught.value).startswith("case.yaml")
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_a_yaml_bomb_is_refused_before_it_expands() -> None:
    # nine aliases of nine aliases ...: 9^9 = 387 million values in 500 bytes
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(FileFormatError, match="expands to more than 20,000 values"):
        read_bytes("\n".join(lines).encode(), "bomb.yaml")


def test_a_bomb_of_depth_is_refused() -> None:
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    with pytest.raises(FileFormatError, match="levels deep"):
        read_bytes("\n".join(lines).encode(), "bomb.yaml")


def test_a_file_of_50_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    with pytest.raises(FileFormatError, match=r"large\.yaml: the file has 50,000,000 bytes"):
        read_file(path)
    with pytest.raises(FileFormatError, match="at most 1,000,000 bytes"):
        read_bytes(b"#" * (MAX_BYTES + 1))


@pytest.mark.parametrize("name", ["missing.yaml", ".", "/dev/zero", "a\0b"])
def test_a_path_that_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError):
        read_file(tmp_path / name)


SHOCKS = {
    "wrong stage of use": (
        "{name: s, type: demand_shock, stage: mine, change: -5 %, start: 2025-01-01}",
        ConflictError,
        ("shocks[0].stage", "used at its last stage, not at 'mine'", "refined"),
    ),
    "use below nothing": (
        "{name: s, type: demand_shock, stage: refined, change: -105 %, start: 2025-01-01}",
        ValueOutOfRangeError,
        ("shocks[0].change", "use cannot fall by 105 %", "-100 % or more"),
    ),
    "tonnes for one end use": (
        "{name: s, type: demand_shock, stage: refined, change: 5 t/year, end_use: alloys, start: 2025-01-01}",
        ConflictError,
        ("shocks[0].end_use", "goes with a share"),
    ),
    "loss of more than all": (
        "{name: s, type: outage, stage: mine, countries: CHN, loss: 105 %, start: 2025-01-01}",
        ValueOutOfRangeError,
        ("shocks[0].loss", "'105 %'", "at most 100 %"),
    ),
    "loss without time": (
        "{name: s, type: outage, stage: mine, countries: CHN, loss: 105 t, start: 2025-01-01}",
        UnitError,
        ("shocks[0].loss", "'105 t' is a tonnage, which does not fit here", "5000 t/year"),
    ),
    "an instrument among shocks": (
        "{name: s, type: tariff, stage: mine, importers: USA, rate: 5 %, start: 2025-01-01}",
        ConflictError,
        ("shocks[0].type", "'tariff' is an instrument", "write it under instruments"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SHOCKS)
def test_a_slip_in_a_shock_is_named(case: str, ban: str, read: Read) -> None:
    entry, kind, words = SHOCKS[case]
    _check(read, f"{ban}shocks:\n  - {entry}\n", kind, *words)


def test_a_misspelt_end_use_is_named() -> None:
    from lodestock.scenario.load import load_scenario_bytes

    text = (
        "title: T\nquestion: Q?\nmaterials: [lithium]\nshocks:\n"
        "  - {name: s, type: demand_shock, stage: refined, change: 5 %, start: 2025-01-01,"
        " end_use: Consumer electronic batteries}\n"
    )
    _check(
        lambda text: load_scenario_bytes(text.encode(), "case.yaml"),
        text,
        UnknownNameError,
        "shocks[0].end_use",
        "did you mean 'Consumer electronics batteries'?",
    )


@pytest.mark.parametrize(
    "text",
    [
        "exporters: " + "x" * 900_000,
        "exporters: China\n    rate: 1" + " " * 900_000 + "x",
        "exporters: China\n    " + "k" * 900 + ": 1",
        "exporters: China\n    type: " + "t" * 900_000,
    ],
    ids=["country", "quantity", "key", "type"],
)
def test_messages_stay_short_however_long_the_text(text: str, ban: str, read: Read) -> None:
    with pytest.raises(LodestockError) as caught:
        read(ban.replace("export_ban", "export_tax").replace("exporters: China", text))
    assert len(str(caught.value)) < 1500


def test_a_list_of_too_many_entries_is_refused(ban: str, read: Read) -> None:
    entry = "  - {name: b%d, type: export_tax, stage: mine, exporters: RUS, rate: 5 %%, start: 2025-01-01}\n"
    _check(
        read, ban + "".join(entry % n for n in range(100)), ValueOutOfRangeError, "instruments", "at most 100"
    )
