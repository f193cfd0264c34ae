"""Reading a question such as ``production gallium refined CHN 2024`` word by word.

A question starts with a kind of number; the kind says which table holds it and which keys follow. Every key
takes as many words as its longest fitting name, so that ``DR Congo`` or ``rare earths`` need no quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from lodestock.data.catalog import fold, resolve_country, resolve_material
from lodestock.data.schema import STAGES
from lodestock.data.snapshot import load_table
from lodestock.errors import LodestockError, UnknownNameError

LONGEST_NAME = 12
BASE_YEAR = 2024


@dataclass(frozen=True)
class Kind:
    """One kind of question: the table that answers it, its keys in order, and how the subject reads."""

    word: str
    table: str
    keys: tuple[str, ...]
    subject: str


KINDS: dict[str, Kind] = {
    kind.word: kind
    for kind in (
        Kind("production", "production", ("material", "stage", "country", "year"), "Production"),
        Kind("reserves", "reserves", ("material", "country", "year"), "Reserves"),
        Kind("capacity", "capacity", ("material", "stage", "country", "year"), "Capacity"),
        Kind("trade", "trade", ("material", "stage", "exporter", "importer", "year"), "Trade"),
        Kind("price", "prices", ("material", "stage", "period"), "Price"),
        Kind("share", "processing_shares", ("material", "stage", "country"), "Share of world supply"),
        Kind("sourcing", "eu_sourcing_shares", ("material", "stage", "country"), "Share of EU sourcing"),
        Kind("end-use", "end_uses", ("material", "end_use"), "Share of use"),
        Kind("recycling", "recycling_rates", ("material",), "Recycling input rate"),
        Kind("imports", "import_sources", ("material", "country"), "Share of United States imports"),
        Kind("reliance", "import_reliance", ("material", "year"), "United States net import reliance"),
        Kind("salient", "us_salient", ("material", "stage", "flow", "year"), "United States balance"),
        Kind("governance", "governance", ("country", "indicator", "year"), "Governance"),
        Kind("demand", "demand_outlook", ("material", "item", "scenario", "year"), "Expected demand"),
        Kind("supply", "supply_outlook", ("material", "stage", "country", "year"), "Expected supply"),
        Kind("flow", "known_flows", ("material", "stage", "exporter", "importer", "year"), "Known flow"),
        Kind("use", "use_priors", ("material", "country", "year"), "Use"),
        Kind("battery", "battery_intensities", ("chemistry", "material"), "Content of battery cells"),
        Kind("technology", "technology_intensities", ("technology", "material"), "Content of technology"),
        Kind("assumption", "assumptions", ("name", "material", "stage", "end_use", "country"), "Assumption"),
    )
}

_NOUN = {"exporter": "exporter", "importer": "importer", "end_use": "end use", "name": "assumption"}
_OPTIONAL_IN_ASSUMPTIONS = ("stage", "end_use", "country")


@dataclass(frozen=True)
class Question:
    """A question understood: its kind and the value of every key that was given or follows."""

    kind: Kind
    values: dict[str, str | int]


def read_question(query: str) -> Question:
    """Understand a question.

    Raises
    ------
    UnknownNameError
        A word fits nothing; names the nearest name that would fit.
    LodestockError
        The question is empty or has more words than its kind takes.
    """
    words = query.split()
    if not words:
        raise LodestockError(
            "an empty question", allowed=", ".join(KINDS), hint='e.g. "production gallium refined CHN 2024"'
        )
    first = words[0].casefold().rstrip(",:")
    kind = KINDS.get(first) or KINDS.get(first.removesuffix("s"))
    rest = words[1:]
    if kind is None and first in set(load_table("assumptions")["name"]):
        kind, rest = KINDS["assumption"], words
    if kind is None:
        raise UnknownNameError("kind of number", words[0], KINDS)
    values: dict[str, str | int] = {}
    for key in kind.keys:
        if rest:
            taken, value = _take(kind, key, rest, values)
            rest = rest[taken:]
        else:
            value = None
        if value is None:
            value = _implied(kind, key, values)
        if value is not None:
            values[key] = value
    if rest:
        raise LodestockError(
            f"do not know what {' '.join(rest)!r} means here",
            where=f"explain {kind.word}",
            allowed=f"{kind.word} {' '.join(key.upper() for key in kind.keys)}",
        )
    return Question(kind, values)


def _take(
    kind: Kind, key: str, words: list[str], values: dict[str, str | int]
) -> tuple[int, str | int | None]:
    """Read one key from the next words: how many words it took, and its value (None: left out)."""
    if kind.table == "assumptions" and key in _OPTIONAL_IN_ASSUMPTIONS:
        return _take_optional(kind, key, words, values)
    if key == "stage" and words[0].casefold() not in STAGES and _implied(kind, key, values) is not None:
        return 0, None
    resolve = _resolver(kind, key, values)
    for count in range(min(len(words), LONGEST_NAME), 0, -1):
        try:
            return count, resolve(" ".join(words[:count]))
        except UnknownNameError:
            continue
    return len(words), resolve(words[0])


def _take_optional(
    kind: Kind, key: str, words: list[str], values: dict[str, str | int]
) -> tuple[int, str | int | None]:
    """As ``_take`` for a key that may be left out: words that do not fit are left for the next key."""
    resolve = _resolver(kind, key, values)
    for count in range(min(len(words), LONGEST_NAME), 0, -1):
        try:
            return count, resolve(" ".join(words[:count]))
        except UnknownNameError:
            continue
    return 0, None


def _resolver(kind: Kind, key: str, values: dict[str, str | int]) -> Callable[[str], str | int]:
    where = f"explain {kind.word}"
    if key == "material" and kind.table != "assumptions":
        return lambda text: resolve_material(text, where=where)
    if key == "material":
        return lambda text: _assumption_scope(text, where)
    if key in ("country", "exporter", "importer"):
        return lambda text: "ALL" if text == "ALL" else resolve_country(text, where=where)
    if key == "stage":
        return lambda text: _one_of(text, STAGES, "stage", where)
    if key == "year":
        return lambda text: _year(text, where)
    if key == "period":
        return lambda text: _one_of(text, _available(kind, key, values), "period", where)
    noun = _NOUN.get(key, key)
    return lambda text: _one_of(text, _available(kind, key, values), noun, where)


def _assumption_scope(text: str, where: str) -> str:
    classes = {"*", *load_table("materials")["material_class"]}
    return text if text in classes else resolve_material(text, where=where)


def _year(text: str, where: str) -> int:
    if text.isdecimal() and len(text) == 4:
        return int(text)
    raise UnknownNameError("year", text, [str(BASE_YEAR)], where=where)


def _one_of(text: str, known: Iterable[object], noun: str, where: str) -> str:
    names = [str(name) for name in known if name is not None]
    by_fold = {fold(name): name for name in names}
    if fold(text) in by_fold:
        return by_fold[fold(text)]
    beginning = [name for folded, name in by_fold.items() if folded.startswith(fold(text) + " ")]
    if len(beginning) == 1:
        return beginning[0]
    raise UnknownNameError(noun, text, names, where=where)


def _available(kind: Kind, key: str, values: dict[str, str | int]) -> list[object]:
    """Values of a key among the rows that fit what was read so far."""
    frame = load_table(kind.table)
    if kind.table != "assumptions":
        frame = frame.filter(*(pl.col(name) == value for name, value in values.items()))
    return frame[key].unique().sort().to_list()


def _implied(kind: Kind, key: str, values: dict[str, str | int]) -> str | int | None:
    """The value of a key that was left out: the only stage with rows, or the base year (else the latest)."""
    if kind.table == "assumptions":
        return "*" if key == "material" else None
    if key == "stage":
        stages = [str(stage) for stage in _available(kind, key, values)] or _stages(str(values["material"]))
        if len(stages) == 1:
            return stages[0]
        raise LodestockError(
            f"{values['material']} has several stages",
            where=f"explain {kind.word}",
            allowed=", ".join(stages),
        )
    if key in ("year", "period"):
        found = _available(kind, key, values)
        wanted: object = BASE_YEAR if key == "year" else str(BASE_YEAR)
        choice = wanted if wanted in found or not found else found[-1]
        return choice if isinstance(choice, (str, int)) else None
    return None


def _stages(material: str) -> list[str]:
    row = load_table("materials").filter(pl.col("material") == material)["stages"][0]
    return str(row).split("|")


def matching_rows(question: Question) -> pl.DataFrame:
    """Rows of the table that fit the question.

    Raises
    ------
    UnknownNameError
        Every word is known, but no row fits; names what the last key could have been instead.
    """
    frame = load_table(question.kind.table)
    given = [(key, question.values[key]) for key in question.kind.keys if key in question.values]
    for position, (key, value) in enumerate(given):
        narrowed = frame.filter(pl.col(key) == value)
        if narrowed.is_empty() and question.kind.table == "trade" and key in ("material", "stage"):
            raise _no_trade(question, frame)
        if narrowed.is_empty():
            so_far = ", ".join(str(earlier) for _, earlier in given[:position])
            noun = f"{_NOUN.get(key, key)} in the table {question.kind.table}"
            noun += f" for {so_far}," if so_far else ""
            raise UnknownNameError(
                noun, value, (str(other) for other in frame[key].unique() if other is not None)
            )
        frame = narrowed
    return frame


def _no_trade(question: Question, frame: pl.DataFrame) -> LodestockError:
    """Say that no code carries a material at a stage, with what the notes of its codes leave out."""
    material = str(question.values["material"])
    stages = sorted(set(frame.filter(pl.col("material") == material)["stage"]))
    notes = load_table("hs_codes").filter((pl.col("material") == material) & pl.col("note").is_not_null())
    return LodestockError(
        f"no observed trade of {material}"
        + (
            f" at the stage {question.values['stage']}"
            if stages
            else ": no code of the trade files carries it"
        ),
        where="explain trade",
        allowed=", ".join(stages) or "materials of the table hs_codes",
        hint="; ".join(dict.fromkeys(notes["note"])),
    )
