"""What a scenario will do, in sentences, before anything is solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lodestock.policy import terms as t
from lodestock.policy.dated import in_period
from lodestock.policy.network import Network
from lodestock.policy.parts import FloatArray
from lodestock.scenario.country_words import CountryWords
from lodestock.scenario.idle import changes_nothing, has_routes, idle_reason
from lodestock.scenario.plain_words import Route
from lodestock.scenario.resolved import Case, ResolvedScenario
from lodestock.scenario.sentences import SENTENCES

Term = t.Instrument | t.Shock


def explain_plan(
    resolved: ResolvedScenario,
    countries: Mapping[str, str] | None = None,
    networks: Mapping[str, Network] | None = None,
) -> list[str]:
    """Say in sentences what solving ``resolved`` will do: every zone, instrument, shock and alternative.

    ``countries`` maps alpha-3 codes to names; those of the snapshot when left out. With the base ``networks``
    by material it also says which export controls and duties meet no trade.
    """
    say = _speaker(resolved, countries, networks)
    years = resolved.horizon.years
    lines = [f"{resolved.title}.", f"Question: {resolved.question}"]
    if resolved.extends:
        lines.append(f"It builds on {', '.join(resolved.extends)}.")
    lines.append(
        f"Materials: {', '.join(resolved.materials)}; base year {resolved.base_year}; markets have"
        f" {years:g} {'year' if years == 1 else 'years'} to adapt ({resolved.horizon.name} run);"
        f" measures count as they stand on {resolved.evaluate_on}."
    )
    lines += [f"Zone {zone.name!r} has {say.words.members(zone.members)}." for zone in resolved.zones]
    lines.append("First the base year is solved without any change (case 'baseline').")
    lines += say.case(resolved.case)
    for case in resolved.alternatives:
        lines.append(f"Alternative {case.name!r}: {case.title}.")
        lines += say.case(case, beside=resolved.case)
    plan = resolved.periods
    if plan is not None:
        know = "know the prices to come" if plan.foresight == "perfect" else "expect the last price to stay"
        lines.append(
            f"Each case is solved over {plan.count} periods from {plan.first}, too: entries act in those on"
            f" whose first day they are in force, closures in those they reach into; commercial stocks are"
            f" carried over at {100 * plan.interest:g} % a year, and their holders {know}."
        )
    draws = resolved.options.draws
    lines.append(
        f"Each case is solved again with {draws} draws over the ranges of the assumptions"
        f" (seed {resolved.options.seed})."
        if draws
        else "No draws over the ranges of the assumptions: the results carry no band."
    )
    return lines


def idle_sentences(
    case: Case,
    resolved: ResolvedScenario,
    networks: Mapping[str, Network],
    price: Mapping[str, FloatArray],
    countries: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Say which export controls and duties of a solved case change nothing, and why.

    ``networks`` are those of the base year and ``price`` the solved node prices, USD/t, by material.
    """
    found: list[str] = []
    say: _Speaker | None = None
    for term in case.instruments:
        network = networks[term.material]
        if not idle_reason(network, term, str) or not changes_nothing(network, term, price[term.material]):
            continue
        say = say or _speaker(resolved, countries, networks)
        why = idle_reason(network, term, say.who)
        unpaid = ", and none would pay" if has_routes(network, term) else ""
        found.append(f"{term.name!r} changes nothing because {why}{unpaid}.")
    return tuple(found)


def _speaker(
    resolved: ResolvedScenario,
    countries: Mapping[str, str] | None,
    networks: Mapping[str, Network] | None,
) -> _Speaker:
    sets: Mapping[str, tuple[str, ...]] = {}
    if countries is None:
        from lodestock.scenario.catalog_names import load_names

        countries, sets = load_names().countries, load_names().sets
    zones = {zone.members: zone.name for zone in resolved.zones}
    return _Speaker(resolved, CountryWords(countries, zones, sets), networks or {})


class _Speaker:
    """Says the entries of a case, with countries in words."""

    def __init__(
        self, resolved: ResolvedScenario, words: CountryWords, networks: Mapping[str, Network]
    ) -> None:
        self.resolved = resolved
        self.words = words
        self.networks = networks

    def countries(self, codes: Sequence[str]) -> str:
        return self.words.told(codes)

    def who(self, codes: tuple[str, ...], besides: Sequence[str] = ()) -> str:
        return self.words.who(codes, besides)

    def route(self, term: Route) -> str:
        return self.words.route(term.exporters, term.importers)

    def case(self, case: Case, beside: Case | None = None) -> list[str]:
        """Say every entry of the case, or of an alternative only what differs from ``beside``."""
        entries: tuple[Term, ...] = (*case.shocks, *case.instruments)
        kept: tuple[Term, ...] = () if beside is None else (*beside.shocks, *beside.instruments)
        new = {(term.name, term.material, term.stage) for term in entries}
        left_out = [term for term in kept if (term.name, term.material, term.stage) not in new]
        late = [term for term in case.not_in_force if beside is None or term not in beside.not_in_force]
        return [
            *(f"{term.name!r} on {term.material} is left out." for term in left_out),
            *(self.term(term) for term in entries if term not in kept),
            *(
                f"{term.name!r} on {term.material} is not in force on {self.resolved.evaluate_on}"
                f" ({self.dates(term)}) and {self.without(term)}."
                for term in late
            ),
        ]

    def without(self, term: Term) -> str:
        """Say what an entry does that is not in force on the day evaluated."""
        plan = self.resolved.periods
        if plan is None or not any(in_period(term, day, plan.months) for day in plan.days):
            return "has no effect"
        return f"acts in other periods only: {SENTENCES[type(term)](term, self)}"

    def dates(self, term: Term) -> str:
        known = f" (announced {term.announced})" if term.announced not in (None, term.start) else ""
        return f"from {term.start}{known}" + (f" until {term.end}" if term.end else "")

    def term(self, term: Term) -> str:
        stale = ""
        if term.start.year < self.resolved.base_year:
            stale = f" The base year {self.resolved.base_year} may already contain part of it."
        said = SENTENCES[type(term)](term, self)
        return f"{term.name!r}, {self.dates(term)}: {said}.{stale}{self.idle(term)}"

    def idle(self, term: Term) -> str:
        """Say that a measure meets no trade of the base year, where it meets none."""
        network = self.networks.get(term.material)
        why = "" if network is None else idle_reason(network, term, self.who)
        if network is None or not why:
            return ""
        unless = ", unless such a route opens" if has_routes(network, term) else ""
        return f" It changes nothing{unless}: {why}."
