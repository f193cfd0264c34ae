"""Whatever the bytes, reading ends with a resolved scenario or with one of our errors."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lodestock.errors import LodestockError
from lodestock.scenario import library
from lodestock.scenario.document import document_of_bytes
from lodestock.scenario.entries import ENTRY_TYPES, INSTRUMENT_TYPES
from lodestock.scenario.explain import explain_plan
from lodestock.scenario.names import Names
from lodestock.scenario.resolve import resolve
from lodestock.scenario.resolved import ResolvedScenario
from lodestock.scenario.schema import ScenarioFile
from lodestock.scenario.writer import to_yaml

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SHIPPED = [
    path.read_text(encoding="utf-8")
    for path in sorted(library.library_directory().rglob("*.yaml"))
    if not path.name.startswith(library.RESERVE)
]
KEYS = sorted(
    {key for entry in ENTRY_TYPES.values() for key in entry.model_fields} | set(ScenarioFile.model_fields)
)
WORDS = [
    "antimony", "lithium", "refined", "mine", "CHN", "EU27", "all", "all-but", "2025-01-01", "2024-13-01",
    "30 %", "-5 t", "110 USD/kg", "12 t/year", "% of base", "6 months", "110 % of base", "NaN", ".inf",
    "1e400", "floor", "\u2028", "=", "<<", "~", "0x1F", "1_000", "!!int 3", "9" * 50,
]  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(WORDS),
    st.sampled_from(sorted(ENTRY_TYPES)),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=25,
)


def _reads_or_refuses(data: bytes, names: Names) -> ResolvedScenario | None:
    error: LodestockError | None
    try:
        resolved = resolve(document_of_bytes(data, "fuzz.yaml"), names)
    except LodestockError as caught:
        error = caught
    else:
        error = None
    if error is not None:
        assert str(error).startswith("fuzz.yaml"), error
        assert len(str(error)) < 4000
        return None
    assert explain_plan(resolved)
    again = resolve(document_of_bytes(to_yaml(resolved).encode(), "fuzz.yaml"), names)
    assert again.materials == resolved.materials
    return resolved


@SETTINGS
@given(data=st.binary(max_size=400))
def test_any_bytes(data: bytes, names: Names) -> None:
    _reads_or_refuses(data, names)


@SETTINGS
@given(text=st.text(alphabet=st.sampled_from("ab:-?[]{},&*!|>'\"%@`# \n\t\\~<=0.9é\0"), max_size=200))
def test_any_yaml_like_text(text: str, names: Names) -> None:
    _reads_or_refuses(text.encode(), names)


@SETTINGS
@given(tree=st.dictionaries(st.sampled_from(sorted(ScenarioFile.model_fields)), TREES, max_size=8))
def test_any_tree_of_known_keys(tree: dict[str, Any], names: Names) -> None:
    _reads_or_refuses(yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass"), names)


@SETTINGS
@given(
    kind=st.sampled_from(sorted(ENTRY_TYPES)),
    values=st.dictionaries(st.sampled_from(KEYS), SCALARS | TREES, max_size=6),
)
def test_any_entry(kind: str, values: dict[str, Any], names: Names) -> None:
    entry = {"name": "entry", "type": kind, "stage": "refined", "start": "2025-01-01", **values}
    group = "instruments" if kind in INSTRUMENT_TYPES else "shocks"
    tree = {"title": "T", "question": "Q?", "materials": ["antimony"], group: [entry]}
    _reads_or_refuses(yaml.safe_dump(tree).encode(), names)


@SETTINGS
@given(data=st.data())
def test_any_damage_to_a_shipped_file(data: st.DataObject, names: Names) -> None:
    text = data.draw(st.sampled_from(SHIPPED))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 2, 5, 40, len(text)]))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", ":", "-5", "\n", "  ", "[", "&a ", "*a", "NaN", *WORDS]))
            + (text[start + length :])
        )
    _reads_or_refuses(text.encode("utf-8", "replace"), names)


@pytest.mark.parametrize("text", SHIPPED, ids=lambda text: text.split("\n")[0][:30])
def test_truncation_anywhere_is_survived(text: str, names: Names) -> None:
    for end in range(0, len(text), 37):
        _reads_or_refuses(text[:end].encode(), names)
