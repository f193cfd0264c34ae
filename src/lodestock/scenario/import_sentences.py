"""Sentences about measures on imports and about mandates."""

from __future__ import annotations

from lodestock.policy import terms as t
from lodestock.scenario.plain_words import Speaker, market, percent, price, tonnes

FEW = 8
"""Origins of a cap up to this number are named."""
LEVY_PER = {
    "hub": "",
    "importer": ", one levy per member on its own price",
}


def floor(term: t.Floor, say: Speaker) -> str:
    """A floor and its options."""
    cap = "without a cap" if term.cap is None else f"of at most {price(term.cap)}"
    kind = "an ad-valorem levy" if term.basis == "ad_valorem" else "a levy"
    return (
        f"zone {term.zone!r} holds its reference price of {market(term)} at {price(term.floor)} or more by"
        f" {kind} {cap} on imports from non-members{_floor_options(term, say)}"
    )


def _floor_options(term: t.Floor, say: Speaker) -> str:
    said = LEVY_PER[term.levy_per]
    if term.reference == "imports":
        said += "; members count by what they import from outside"
    if term.exempt_origins:
        said += f"; shipments from {say.countries(term.exempt_origins)} pay nothing"
        if term.rules_of_origin != "none":
            said += " on what was made there, and the levy on the rest"
    if term.phases:
        said += f"; of the way from the base price {_steps(term)}"
    if term.drawback:
        said += "; the levy is repaid on exports, up to the tonnes that paid it"
    return said + duty_leak(term.leak)


def _steps(term: t.Floor | t.Tariff) -> str:
    steps = [f"{percent(step.share)} from {step.start}" for step in term.phases]
    yet = ", nothing of it yet on the day evaluated" if term.reached == 0.0 else ""
    return f"{', '.join(steps)} is in force{yet}"


def duty_leak(leak: t.Leak | None) -> str:
    """What comes in without paying."""
    if leak is None:
        return ""
    return f"; up to {_range(leak)} of the charged base flow comes in without paying, at an extra cost"


def leak(term: t.ExportControl) -> str:
    """What comes round an export control."""
    if term.leak is None:
        return ""
    return (
        f"; up to {_range(term.leak)} of the base flow it blocks leaks round it, at an extra cost,"
        " and whoever carries it keeps the gap"
    )


def _range(leak: t.Leak) -> str:
    span = "" if leak.low == leak.high else f" ({percent(leak.low)} to {percent(leak.high)})"
    lag = f", {leak.lag_months:g} months late," if leak.lag_months else ""
    return f"{percent(leak.share)}{span}{lag}"


def duty(term: t.Tariff | t.ExportTax | t.Rate) -> str:
    """A rate."""
    return price(term.specific) if term.specific is not None else f"{percent(term.ad_valorem)} of the price"


def tariff(term: t.Tariff, say: Speaker) -> str:
    """A fixed duty."""
    phased = f"; of it {_steps(term)}" if term.phases else ""
    return f"imports of {_route(term, say)} pay {duty(term)}{phased}{duty_leak(term.leak)}"


def tariff_rate_quota(term: t.TariffRateQuota, say: Speaker) -> str:
    """Two duties and a quota."""
    limit = f"{percent(term.share_of_base)} of the base-year flow"
    if term.limit_t is not None:
        limit = f"{tonnes(term.limit_t)} per year"
    kept = {
        t.LICENCE_HOLDERS: "whoever holds a licence there",
        t.TREASURY: "their treasuries",
        t.EXPORTERS: "the exporters",
    }[term.rent_to]
    return (
        f"imports of {_route(term, say)} pay {duty(term.within)} on the first {limit} and"
        f" {duty(term.beyond)} beyond; what a tonne within the quota is worth goes to {kept}"
    )


def minimum_import_price(term: t.MinimumImportPrice, say: Speaker) -> str:
    """A least price at the border."""
    return f"imports of {_route(term, say)} cost at least {price(term.price)}; exporters keep the gap"


def derivative_levy(term: t.DerivativeLevy, say: Speaker) -> str:
    """A levy by content."""
    content = "what the zone's refiners need of it"
    if term.content is not None:
        content = f"{term.content:g} t of it"
    return (
        f"imports of {market(term)} from non-members pay the levy of {term.of_floor!r} on {content} per tonne"
    )


def domestic_content(term: t.DomesticContent, say: Speaker) -> str:
    """A least share of own material."""
    return (
        f"at least {percent(term.share)} of the {market(term)} taken up by {say.who(term.users)} comes from"
        " among themselves; importers from outside pay its shadow price, and users receive it"
    )


def recycled_content(term: t.RecycledContent, say: Speaker) -> str:
    """A least share of recovered scrap."""
    return (
        f"old scrap recovered by {say.who(term.users)} is at least {percent(term.share)} of their use of"
        f" {market(term)}; users pay its shadow price, and those who recover scrap receive it"
    )


def single_country_cap(term: t.SingleCountryCap, say: Speaker) -> str:
    """A largest share of any one origin."""
    one = "any one country outside" if len(term.origins) > 1 else say.who(term.origins)
    listed = ""
    if 1 < len(term.origins) <= FEW:
        listed = f" ({say.countries(term.origins)})"
    return (
        f"at most {percent(term.share)} of the {market(term)} taken up by {say.who(term.users)} comes from"
        f" {one}{listed}; importers from there pay its shadow price, and users receive it"
    )


def _route(term: t.Tariff | t.TariffRateQuota | t.MinimumImportPrice, say: Speaker) -> str:
    return f"{market(term)} {say.route(term)}"
