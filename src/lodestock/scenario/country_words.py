"""Countries in the sentences about a scenario: by name, by set or zone, or as everybody but a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MAX_NAMES = 8
"""More names than this are counted."""
EVERYBODY = 120
"""A list of more countries than this is told by those it leaves out."""
FEW_IN_SET = 3
"""A set with fewer members than this is told by their names."""
WITH_ARTICLE = frozenset({"USA", "GBR", "NLD", "PHL", "COD", "ARE", "DOM"})
"""Countries whose name takes an article inside a sentence."""

WITHOUT_ARTICLE = frozenset({"ASEAN", "BRICS", "EFTA", "MERCOSUR", "SADC", "USMCA"})
"""Sets whose name takes none."""


def with_article(iso3: str, name: str) -> str:
    """Return the name as it stands inside a sentence: ``the United States``, ``Japan``."""
    return f"the {name}" if iso3 in WITH_ARTICLE else name


def joined(words: Sequence[str]) -> str:
    """Return ``A``, ``A and B`` or ``A, B and C``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class CountryWords:
    """Writes lists of countries, knowing the zones of a scenario.

    Parameters
    ----------
    names : alpha-3 code -> name, of every country there is.
    zones : members -> name of a zone of the scenario.
    sets : name of a set, such as ``EU27`` -> its members.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        zones: Mapping[tuple[str, ...], str],
        sets: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.names = names
        self.zones = zones
        self.sets = sorted(sets.items(), key=lambda item: -len(item[1]))

    def told(self, codes: Sequence[str], besides: Sequence[str] = ()) -> str:
        """Names of countries; sets by their own name; everybody but a few where that is shorter.

        ``besides`` are countries that are named elsewhere in the sentence, such as the other end of a route.
        """
        if len(codes) <= EVERYBODY:
            return self._few(codes)
        left = [code for code in self.names if code not in {*codes, *besides}]
        everybody = "everybody else" if besides else "all countries"
        but = self.words(left)
        return everybody if not but or len(but) > MAX_NAMES else f"{everybody} but {joined(but)}"

    def who(self, codes: tuple[str, ...], besides: Sequence[str] = ()) -> str:
        """Return the zone that the countries are, or their list."""
        return f"zone {self.zones[codes]!r}" if codes in self.zones else self.told(codes, besides)

    def route(self, exporters: tuple[str, ...], importers: tuple[str, ...]) -> str:
        """Return ``from A to B``; nothing where it may be anybody to anybody."""
        if min(len(exporters), len(importers)) > EVERYBODY:
            return ""
        return f"from {self.who(exporters, besides=importers)} to {self.who(importers, besides=exporters)}"

    def members(self, codes: Sequence[str]) -> str:
        """Number and names of a zone's members."""
        number = "1 member" if len(codes) == 1 else f"{len(codes)} members"
        return f"{number}: {self.told(codes)}"

    def _few(self, codes: Sequence[str]) -> str:
        words = self.words(codes)
        if len(words) > MAX_NAMES:
            return f"{', '.join(words[:MAX_NAMES])} and {len(words) - MAX_NAMES} more"
        return joined(words)

    def words(self, codes: Sequence[str]) -> list[str]:
        """Whole sets first, the larger before the smaller, then single countries by name."""
        left = set(codes)
        words: list[str] = []
        for name, members in self.sets:
            if len(members) >= FEW_IN_SET and left.issuperset(members):
                words.append(name if name in WITHOUT_ARTICLE else f"the {name}")
                left.difference_update(members)
        return words + [with_article(code, self.names.get(code, code)) for code in codes if code in left]
