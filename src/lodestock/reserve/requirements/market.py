"""Who makes, ships and uses one form in the base year, as the plan of one user sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import ConflictError
from lodestock.reserve.requirements.factors import sectors, standings
from lodestock.reserve.requirements.feed import ore_feed, ore_room
from lodestock.reserve.requirements.forms import ABRASIVES, Form, Interval

if TYPE_CHECKING:
    from lodestock.world.model import World

Float = NDArray[np.float64]
OVERLAND = ("CAN", "MEX")
"""Neighbours of the United States; for other users all cargo counts as seaborne."""
FIRST_YEAR, LAST_YEAR = 2021, 2024
TRADE_COVERAGE = 0.3
"""Share of a base year's imports that trade codes must carry before their origins are believed."""
MOST = 0.5
"""Share of imports on unseen routes from which a note says so."""


@dataclass(frozen=True, eq=False)
class FormMarket:
    """One form in one base year; t a year, arrays over ``countries`` (suppliers abroad)."""

    form: str
    material: str
    stage: str
    base_year: int
    use: float
    """Use at home."""
    use_abroad: Float
    home_output: float
    home_capacity: float
    scrap: float
    home_in_theatre: float
    """Share of home capacity that stands in a country of the theatre."""
    overland: tuple[str, ...]
    """Suppliers whose cargo does not go to sea."""
    countries: tuple[str, ...]
    output: Float
    capacity: Float
    imports: Float
    """What came from each country in the base year."""
    feed_home: float
    """Ore mined at home, t of the form; infinite where the home plants need none from abroad."""
    feed_imports: Float
    """Ore from each country, t of the form."""
    feed_home_room: float
    """Ore capacity over ore output at home, one or more."""
    feed_room: Float
    """The same abroad, by country."""
    sector_share: dict[str, float]
    """Share of use by sector; adds to one."""
    price: Interval
    """USD per t."""
    scale_error: float
    """Standard deviation of the logarithm of use that the form's own share adds; zero for whole materials."""
    notes: tuple[str, ...]


def base_year_for(reference_year: int) -> int:
    """Year of the data nearest to the year a plan was made for."""
    return min(max(reference_year, FIRST_YEAR), LAST_YEAR)


def form_market(
    form: Form, members: tuple[str, ...], year: int, *, trade_year: int | None = None
) -> FormMarket:
    """Market of a form as ``members`` see it, in ``year`` or the nearest year with data.

    Parameters
    ----------
    trade_year : an earlier year whose trade tells the origin of imports, where it was observed then; the sum
        of imports stays that of ``year``.

    Raises
    ------
    ConflictError
        The figures are published for the United States only and another user is asked for.
    """
    if form.carrier == ABRASIVES:
        return _abrasive(form, members, year)
    world, found_year = _world(form.carrier, year)
    stage = form.stage or world.last_stage
    inside = np.isin(world.countries, members)
    offered, capacity, scrap = _supply(world, stage)
    flows = world.flows[stage]
    need = world.need(stage)
    use = float(need[inside].sum())
    notes = [] if found_year == year else [f"data of {found_year}, the nearest year"]
    published = _imported_use(form.carrier, members, year) if not form.stage else None
    if published is not None and 0 < published < use:
        notes.append(f"use: {published:.3g} t imported as published, home output being zero")
        use = published
    own_use = use * form.use.central
    imports = _imports(world, flows, inside, form, own_use)
    origins: dict[str, float] = {}
    if trade_year is not None and trade_year < found_year and not form.import_shares:
        origins = _past_origins(
            form.carrier,
            stage,
            members,
            (trade_year, found_year),
            float(flows[np.ix_(~inside, inside)].sum()),
        )
        if origins:
            outside = [c for c, own in zip(world.countries, inside, strict=True) if not own]
            imports = float(imports.sum()) * _on(outside, origins)
            notes.append(f"origins of imports as traded around {trade_year}")
    if not origins and not form.import_shares and _estimated_share(world, stage, inside) > MOST:
        notes.append("most imports come on routes that no trade statistic shows: origins estimated")
    shares = _outside_shares(world.countries, inside, form)
    feed_home, feed_imports = ore_feed(world, stage, inside)
    feed_home_room, feed_room = ore_room(world, inside)
    return FormMarket(
        form=form.form,
        material=form.carrier,
        stage=stage,
        base_year=found_year,
        use=own_use,
        use_abroad=need[~inside] * form.output.central,
        home_output=float(offered[inside].sum()) * form.output.central if not form.output_shares else 0.0,
        home_capacity=float(capacity[inside].sum()) * form.output.central if not form.output_shares else 0.0,
        scrap=float(scrap[inside].sum()) * form.use.central if not form.output_shares else 0.0,
        home_in_theatre=_in_theatre(world.countries, inside, capacity),
        overland=OVERLAND if "USA" in members else (),
        countries=tuple(c for c, own in zip(world.countries, inside, strict=True) if not own),
        output=np.maximum(_spread(offered, inside, shares) * form.output.central, imports),
        capacity=np.maximum(_spread(capacity, inside, shares) * form.output.central, imports),
        imports=imports,
        feed_home=feed_home * form.output.central,
        feed_imports=feed_imports * form.output.central,
        feed_home_room=feed_home_room,
        feed_room=feed_room,
        sector_share=form.sector_shares or _sector_share(form.carrier),
        price=form.price or _point(world.reference_price[stage]),
        scale_error=float(np.log(form.use.high / form.use.low) / 2.0) if form.use.low > 0 else 0.0,
        notes=tuple(notes),
    )


def _in_theatre(countries: tuple[str, ...], inside: NDArray[np.bool_], capacity: Float) -> float:
    known = standings()
    theatre = np.array([c in known and known[c].role == "theatre" for c in countries])
    home = float(capacity[inside].sum())
    return float(capacity[inside & theatre].sum()) / home if home > 0 else 0.0


def _point(value: float) -> Interval:
    return Interval(value, value, value)


@lru_cache(maxsize=256)
def _world(material: str, year: int) -> tuple[World, int]:
    from lodestock.errors import LodestockError
    from lodestock.world.cache import load_world

    failure: LodestockError | None = None
    for found in range(year, LAST_YEAR + 1):
        try:
            return load_world(material, found), found
        except LodestockError as error:
            failure = error
    raise failure or ConflictError(f"no data of {material} from {year} on", where="base year")


def _supply(world: World, stage: str) -> tuple[Float, Float, Float]:
    """Primary output, capacity and old scrap by country at a stage."""
    if stage == world.first_stage:
        side = world.supply[stage]
        output, capacity = side.quantity, side.capacity
    elif world.process is not None:
        output, capacity = world.process.output, world.process.capacity
    else:
        raise ConflictError(f"{world.material} has no stage {stage}", where="requirements")
    scrap = world.secondary.quantity if stage == world.last_stage else np.zeros(len(world.countries))
    return output, np.maximum(output, capacity), scrap


def _outside_shares(countries: tuple[str, ...], inside: NDArray[np.bool_], form: Form) -> Float | None:
    """The form's own shares of output on the countries abroad, or None for the carrier's."""
    if not form.output_shares:
        return None
    outside = [c for c, own in zip(countries, inside, strict=True) if not own]
    return np.array([form.output_shares.get(c, 0.0) for c in outside])


def _spread(values: Float, inside: NDArray[np.bool_], shares: Float | None) -> Float:
    return values[~inside] if shares is None else float(values.sum()) * shares


def _imports(world: World, flows: Float, inside: NDArray[np.bool_], form: Form, use: float) -> Float:
    outside = [c for c, own in zip(world.countries, inside, strict=True) if not own]
    if form.import_shares:
        return use * np.array([form.import_shares.get(c, 0.0) for c in outside])
    arrived = np.asarray(flows[np.ix_(~inside, inside)].sum(axis=1), dtype=float)
    whole = float(world.need(form.stage or world.last_stage)[inside].sum())
    return arrived * (use / whole) if whole > 0 else arrived


def _on(countries: list[str], origins: dict[str, float]) -> Float:
    """Shares of origins on a list of countries, those not on it added to the others."""
    found = np.array([origins.get(c, 0.0) for c in countries])
    missing = 1.0 - float(found.sum())
    if "OTH" in countries:
        found[countries.index("OTH")] += missing
        return found
    return found / found.sum() if found.sum() > 0 else found


@lru_cache(maxsize=512)
def _past_origins(
    material: str, stage: str, members: tuple[str, ...], years: tuple[int, int], imported: float
) -> dict[str, float]:
    """Share of imports by origin around the first year; empty where trade does not show them.

    The trade codes must carry at least ``TRADE_COVERAGE`` of what the world of the second year imports.
    """
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("trade").filter(
        (pl.col("material") == material)
        & (pl.col("stage") == stage)
        & pl.col("preferred")
        & pl.col("importer").is_in(list(members))
        & ~pl.col("exporter").is_in(list(members))
    )
    now = rows.filter(pl.col("year") == years[1])["value"].sum()
    if not imported or now < TRADE_COVERAGE * imported:
        return {}
    then = rows.filter((pl.col("year") - years[0]).abs() <= 1).group_by("exporter").agg(pl.col("value").sum())
    total = float(then["value"].sum())
    return {c: float(v) / total for c, v in then.iter_rows()} if total > 0 else {}


def _estimated_share(world: World, stage: str, inside: NDArray[np.bool_]) -> float:
    """Share of imports whose route no customs statistic shows."""
    from lodestock.world.model import FLOW_STATUS

    cells = np.ix_(~inside, inside)
    arrived = world.flows[stage][cells]
    total = float(arrived.sum())
    unseen = world.flow_status[stage][cells] == FLOW_STATUS.index("estimated")
    return float(arrived[unseen].sum()) / total if total > 0 else 0.0


def _imported_use(material: str, members: tuple[str, ...], year: int) -> float | None:
    """Imports of the United States where they are all of its supply and no use is published, t."""
    if members != ("USA",):
        return None
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("us_salient").filter(
        (pl.col("material") == material) & pl.col("preferred") & pl.col("value").is_not_null()
    )
    if rows.filter(
        pl.col("flow").is_in(["apparent_consumption", "reported_consumption", "production"])
    ).height:
        return None
    imports = rows.filter((pl.col("flow") == "imports") & (pl.col("stage") != "scrap"))
    if not imports.height:
        return None
    near = imports.group_by("year").agg(pl.col("value").sum()).sort((pl.col("year") - year).abs())
    return float(near["value"][0])


@lru_cache(maxsize=128)
def _sector_share(material: str) -> dict[str, float]:
    import polars as pl

    from lodestock.data.snapshot import load_table

    rows = load_table("end_uses").filter((pl.col("material") == material) & pl.col("preferred"))
    known = sectors()
    found: dict[str, float] = {}
    for sector, share in rows.select("sector", "value").iter_rows():
        code = (sector or "*").split(" ")[0]
        code = code if code in known else "B" if code.startswith("B") else "*"
        found[code] = found.get(code, 0.0) + float(share or 0.0)
    total = sum(found.values())
    return {code: share / total for code, share in found.items()} if total > 0 else {"*": 1.0}


def _abrasive(form: Form, members: tuple[str, ...], year: int) -> FormMarket:
    import polars as pl

    from lodestock.data.snapshot import load_table

    if members != ("USA",):
        raise ConflictError(
            f"use of {form.name} is published for the United States only", where="--country", allowed="USA"
        )
    rows = load_table("abrasives").filter((pl.col("form") == form.form) & pl.col("value").is_not_null())

    def value(item: str, mean: bool = False) -> float:
        own = rows.filter(pl.col("item") == item).sort((pl.col("year") - year).abs(), "year")
        return float(own["value"].mean() if mean else own["value"][0])  # type: ignore[arg-type]

    def by_country(item: str) -> dict[str, float]:
        own = rows.filter(pl.col("item") == item)
        nearest = own.filter(pl.col("year") == own.sort((pl.col("year") - year).abs())["year"][0])
        return {c: float(v) for c, v in nearest.select("country", "value").iter_rows()}

    capacity = by_country("capacity")
    home = capacity.pop("USA", 0.0)
    origin = by_country("import_share")
    countries = tuple(sorted(set(capacity) | set(origin)))
    room = np.array([capacity.get(c, 0.0) for c in countries])
    imports = value("imports", mean=True) * np.array([origin.get(c, 0.0) for c in countries])
    produced = min(value("production"), home)
    output = np.maximum(room * UTILISATION, imports)
    price = rows.filter(pl.col("item") == "price")["value"]
    return FormMarket(
        form=form.form,
        material="",
        stage="refined",
        base_year=base_year_for(year),
        use=value("apparent_consumption", mean=True),
        use_abroad=np.maximum(output - imports, 0.0),
        home_output=produced if form.form == "silicon-carbide" else 0.0,
        home_capacity=home if form.form == "silicon-carbide" else 0.0,
        scrap=0.0,
        home_in_theatre=0.0,
        overland=OVERLAND,
        countries=countries,
        output=output,
        capacity=np.maximum(room, output),
        imports=imports,
        feed_home=np.inf,
        feed_imports=np.zeros(len(countries)),
        feed_home_room=1.0,
        feed_room=np.ones(len(countries)),
        sector_share={"C23": 0.3, "C24": 0.3, "C25": 0.4},
        price=Interval(float(price.min()), value("price"), float(price.max())),  # type: ignore[arg-type]
        scale_error=0.1,
        notes=("capacity of 2024; use and imports are means of 2021 to 2025",),
    )


UTILISATION = 0.75
"""Output over capacity of abrasives where only capacity is published; assumption, 0.6 to 0.9."""
