r"""Single rare earths from total rare-earth output and the make-up of each kind of deposit.

For element e, country c and year t, with R rare-earth-oxide output split over kinds of deposit d:

.. math:: q_{ect} = \sum_d R_{cdt}\, x_{de}\, w_e

x is the published share of the element's oxide in the deposit, w the mass fraction of the element in its
oxide. The interval multiplies and divides by 1.25 for rock and 1.6 for clay, whose make-up varies most.
"""

from __future__ import annotations

from collections.abc import Sequence

from lodestock.data.build.common import curated
from lodestock.data.build.observation import Observation
from lodestock.data.units import element_share

OXIDES = {
    "La": "La2O3",
    "Ce": "CeO2",
    "Pr": "Pr6O11",
    "Nd": "Nd2O3",
    "Sm": "Sm2O3",
    "Gd": "Gd2O3",
    "Tb": "Tb4O7",
    "Dy": "Dy2O3",
    "Y": "Y2O3",
}
ELEMENTS = {
    "lanthanum": ("La",),
    "cerium": ("Ce",),
    "neodymium-praseodymium": ("Nd", "Pr"),
    "samarium": ("Sm",),
    "gadolinium": ("Gd",),
    "terbium": ("Tb",),
    "dysprosium": ("Dy",),
    "yttrium": ("Y",),
}
_CLAY = "ion-adsorption-clay"


def contents() -> dict[str, dict[str, float]]:
    """Oxide share of each element by kind of deposit, as fractions of rare-earth oxide."""
    return {
        row["deposit"]: {element: float(row[element]) / 100 for element in OXIDES}
        for row in curated("ree_contents.csv").iter_rows(named=True)
    }


def deposit_split(country: str, output: float) -> dict[str, float]:
    """Tonnes of rare-earth oxide by kind of deposit for one country's output."""
    rows = curated("ree_deposits.csv").to_dicts()
    own = [row for row in rows if row["country"] == country] or [
        row for row in rows if row["country"] == "OTH"
    ]
    split: dict[str, float] = {}
    left = output
    for row in sorted(own, key=lambda row: row["tonnes"] is None):
        amount = min(left, float(row["tonnes"])) if row["tonnes"] else left
        split[row["deposit"]] = amount
        left -= amount
    return split


def single_elements(total: Sequence[Observation]) -> list[Observation]:
    """Rows of every single rare earth from the preferred rows of one year's total output."""
    share = contents()
    countries = [item for item in total if item.country != "WLD" and item.value is not None]
    found: list[Observation] = []
    for material, elements in ELEMENTS.items():
        rows = [_element_row(material, elements, item, share) for item in countries]
        world = sum(row.central for row in rows)
        low, high = (sum(getattr(row, end) or 0.0 for row in rows) for end in ("low", "high"))
        first = rows[0]
        found += rows
        found.append(
            Observation(
                material, "mine", "WLD", first.year, world, low, high, "estimated", None, None,
                "sum of countries", first.source_id, "computed from deposit contents; no published total",
            )
        )  # fmt: skip
    return found


def _element_row(
    material: str, elements: tuple[str, ...], item: Observation, share: dict[str, dict[str, float]]
) -> Observation:
    output = item.central
    central = low = high = 0.0
    split = deposit_split(item.country, output)
    for deposit, tonnes in split.items():
        part = sum(tonnes * share[deposit][e] * element_share(e, OXIDES[e]) for e in elements)
        spread = 1.6 if deposit == _CLAY else 1.25
        central, low, high = central + part, low + part / spread, high + part * spread
    kinds = ", ".join(f"{deposit} {tonnes:.6g} t" for deposit, tonnes in split.items())
    return Observation(
        material, "mine", item.country, item.year, central, low, high, "estimated",
        item.published_value, f"{item.published_unit} rare-earth oxide", "rare-earth oxide equivalent",
        item.source_id, f"content of {'+'.join(elements)} by kind of deposit: {kinds}",
    )  # fmt: skip
