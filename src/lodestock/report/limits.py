"""What a reader must know that the numbers leave out; docs/not-modelled.md says it at length."""

from __future__ import annotations

LIMITS: tuple[tuple[str, str], ...] = (
    (
        "Paths within the year",
        "One year is solved at once. A spike in the first months is higher than the yearly mean shown.",
    ),
    (
        "Expectations and speculation",
        "Commercial stocks react to this year's price only; panic buying before a control is missing.",
    ),
    (
        "Building times and new projects",
        (
            "Longer horizons use larger elasticities; no mine or plant appears by name unless the "
            "scenario adds it."
        ),
    ),
    (
        "Growth",
        (
            "The measure meets the markets of the base year; growth of demand enters only as a shock in the "
            "scenario."
        ),
    ),
    (
        "Market power and retaliation",
        "Nobody withholds, undercuts or answers a measure unless the scenario or an alternative says so.",
    ),
    (
        "Smuggling and false declarations",
        "What leaks round a control is a share that the scenario states; who carries it is not modelled.",
    ),
    (
        "Quality within a stage",
        "One price per country and stage: a shortage of one grade or form inside a stage does not show.",
    ),
    (
        "Long-term contracts",
        (
            "They appear only as the friction that holds flows where they are; users with fixed "
            "prices pay less at first."
        ),
    ),
    (
        "Products downstream and the wider economy",
        "The chain ends at refined use. Output lost in factories, jobs and growth are not counted.",
    ),
    (
        "Substitution between the materials listed",
        "Use that substitutes leaves the market; the material it goes to feels nothing.",
    ),
    ("Law", "Whether a measure is lawful, and the cost of running it, are outside the result."),
    (
        "Use of minor metals by country",
        "It is apparent use or a prior fitted to balance; a single country's use may be off by half.",
    ),
)
"""What is left out, and how to read the results because of it."""
