"""Small plain tables, worked by hand in the tests."""

import polars as pl

MARKET = {"material": "m", "stage": "mine", "year": 2024}


def supply_table(quantity: dict[str, float | None], **market: object) -> pl.DataFrame:
    place = {**MARKET, **market}
    return pl.DataFrame(
        [{**place, "country": country, "t": t} for country, t in quantity.items()],
        schema={
            "material": pl.String,
            "stage": pl.String,
            "year": pl.Int64,
            "country": pl.String,
            "t": pl.Float64,
        },
    )


def trade_table(
    flows: list[tuple[str, str, float]], usd_per_t: float = 0.0, **market: object
) -> pl.DataFrame:
    place = {**MARKET, **market}
    return pl.DataFrame(
        [{**place, "exporter": i, "importer": j, "t": t, "usd": t * usd_per_t} for i, j, t in flows]
    )


def governance_table(stability: dict[str, float], year: int = 2022) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"country": c, "year": year, "political_stability": ps, "mean_of_six": ps}
            for c, ps in stability.items()
        ]
    )


def shares_table(rows: list[tuple[str, str, str, float, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema=["material", "stage", "country", "share", "trade_parameter"], orient="row"
    )
