"""The reference of the scenario file, generated from the schema: every key, type, default and example."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from lodestock.scenario.entries import INSTRUMENT_TYPES, SHOCK_TYPES, Entry
from lodestock.scenario.fields import FieldType
from lodestock.scenario.forms import FORMS, form_factors
from lodestock.scenario.json_schema import json_schema_text
from lodestock.scenario.quantity import TONNES_PER
from lodestock.scenario.schema import (
    AlternativeSection,
    OptionsSection,
    PeriodsSection,
    ScenarioFile,
    ZoneSection,
)

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", ScenarioFile),
    ("A zone, under `zones`", ZoneSection),
    ("An alternative, under `alternatives`", AlternativeSection),
    ("`periods`", PeriodsSection),
    ("`options`", OptionsSection),
)

INTRODUCTION = """\
# Scenario files: reference

This page is generated from the schema in `lodestock/scenario`; the same schema is published as
[JSON Schema](scenario.schema.json) for editors. `lodestock check FILE` says in sentences what a
file will do and names every slip with its line.

A scenario is one YAML file (UTF-8, at most 1 MB) with the keys below. Unknown keys are errors. A
key may stand only once, NaN and infinity are refused, and tags such as `!!python` are not read.
Anchors are allowed while the file stays small when they are written out.
"""

WRITING = """\
## How to write things

**Quantities** always carry a unit: `110 USD/kg`, or `{value: 110, unit: USD/kg, form: oxide}`.

| kind | write | becomes |
|---|---|---|
| price | `110 USD/kg oxide`, `11.84 USD/lb`, `30 USD/oz t`, `290 USD/mtu WO3` | USD per t contained |
| price relative to the base year | `115 % of base` | multiple of the reference price |
| tonnage | `5000 t`, `20 kt carbonate` | t contained |
| tonnage per year | `5000 t/year`, `3 kt/month`, `40 kt/year carbonate` | t contained per year |
| share | `30 %` | fraction |
| time span | `6 months`, `20 years`, `10 days` | years |

Money is in USD. Units of mass: {units}; `kt` is a kilotonne, and `ton`, `oz` and `mt` are refused
as ambiguous. A metric ton unit (`mtu`) is 10 kg of the compound named after it. Numbers are written
without thousands separators.

**Forms** turn a mass of compound into contained element by atomic weights. Where the usual quote is
for a compound (lithium, tungsten, rare earths, ...) a price or tonnage without a form is an error;
write `contained` for the element. A formula such as `Li2CO3` is always understood. Named forms:

{forms}

**Countries** are written as a name (`China`), an ISO 3166 alpha-3 code (`CHN`), a set (`EU27`,
`G7`; see `lodestock list countries`), a zone of the file, `all`, or `{{all-but: [CHN]}}`; also as a
list of these. `all` and `all-but` include the pooled rest of the world.

**Dates** are written `2024-12-03`. An entry is in force from its `start` up to the day before its
`end`. Everything is judged on one day, `evaluate_on`; entries that are not in force then have no
effect.
"""

EXTENDING = """\
## Building on another scenario

`extends: NAME` takes over everything of a file beside this one, or of a shipped scenario. Keys
written here win; `instruments` and `shocks` are merged by the `name` of their entries, `zones`,
`options` and `alternatives` by key. `drop` leaves inherited entries or alternatives out.
"""

ALTERNATIVES = """\
Alternatives start from the entries of the scenario. `remove` and `change` refer to them by name,
`replace` swaps a whole entry against one of the same name, and `add` brings further ones. Case
names `baseline` (the base year without any change) and `scenario` are taken.
"""


def reference() -> str:
    """Return docs/scenario-reference.md."""
    units = ", ".join(f"`{unit}`" for unit in TONNES_PER)
    writing = (
        WRITING.replace("{units}", units).replace("{forms}", _forms()).replace("{{", "{").replace("}}", "}")
    )
    parts = [INTRODUCTION, writing]
    for title, model in SECTIONS:
        parts.append(f"## {title}\n\n{_doc(model)}\n\n{_table(model)}")
        if model is ScenarioFile:
            parts.append(EXTENDING)
        if model is AlternativeSection:
            parts.append(ALTERNATIVES)
    parts.append(f"## Every instrument and shock\n\n{_doc(Entry)}\n\n{_table(Entry)}")
    parts.append("## Instruments\n\nUnder `instruments`, or under `add` and `replace` of an alternative.")
    parts += [_entry(kind, entry) for kind, entry in INSTRUMENT_TYPES.items()]
    parts.append("## Shocks\n\nUnder `shocks`, or under `add` and `replace` of an alternative.")
    parts += [_entry(kind, entry) for kind, entry in SHOCK_TYPES.items()]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def documented_keys() -> Iterator[tuple[str, str]]:
    """Yield (section or type, key) for every key a file may hold."""
    models: list[tuple[str, type[BaseModel]]] = [*SECTIONS, ("entry", Entry)]
    models += [*INSTRUMENT_TYPES.items(), *SHOCK_TYPES.items()]
    for title, model in models:
        for key in model.model_fields:
            yield title, key


def write_reference(folder: Path) -> list[Path]:
    """Write the reference and the JSON Schema into ``folder``; return what changed."""
    changed = []
    for name, text in (("scenario-reference.md", reference()), ("scenario.schema.json", json_schema_text())):
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _entry(kind: str, entry: type[Entry]) -> str:
    return f"### `{kind}`\n\n{_doc(entry)}\n\n{_table(entry, skip={*Entry.model_fields, 'type'})}"


def _table(model: type[BaseModel], skip: set[str] | None = None) -> str:
    lines = ["| key | meaning | type | default | example |", "|---|---|---|---|---|"]
    for key, info in model.model_fields.items():
        if key not in (skip or ()):
            example = ", ".join(f"`{value}`" for value in info.examples or ())
            lines.append(
                f"| `{key}` | {info.description} | {type_words(info)} | {_default(info)} | {example} |"
            )
    return "\n".join(lines) + "\n"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or value in ("", (), {}) or isinstance(value, BaseModel):
        return ""
    return f"`{getattr(value, 'text', None) or _countries(value)}`"


def _countries(value: object) -> str:
    names = getattr(value, "names", None)
    return "all" if names == ("all",) else str(value)


def type_words(info: FieldInfo) -> str:
    """Say what a field takes, in words."""
    for item in info.metadata:
        if isinstance(item, FieldType):
            return item.words
    return _annotation_words(info.annotation)


def _annotation_words(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        own = [item.words for item in inner[1:] if isinstance(item, FieldType)]
        return own[0] if own else _annotation_words(inner[0])
    if origin in (typing.Union, types.UnionType):
        words = dict.fromkeys(_annotation_words(part) for part in inner if part is not type(None))
        return " or ".join(words)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin is tuple:
        return "list of entries"
    if origin is dict:
        return f"mapping of name to {_annotation_words(inner[1])}"
    known = {str: "text", int: "whole number", float: "number", Any: "value"}
    if annotation in known:
        return known[annotation]
    return "mapping" if isinstance(annotation, type) and issubclass(annotation, BaseModel) else "entry"


def _forms() -> str:
    lines = ["| material | form | t contained per t |", "|---|---|---|"]
    for material in FORMS:
        for form, factor in form_factors(material).items():
            lines.append(f"| `{material}` | {form} | {factor:.4f} |")
    return "\n".join(lines)
