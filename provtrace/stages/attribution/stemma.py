"""Of two versions of one text, which one an article was made from.

Witnesses that share innovations descend from one another (Lachmann's method; Maas 1927). An article that leaves out
what one version left out, has what it added, is as vague as that one where the other is exact, or uses its words where
it has changed them, was made from that version, not from the text behind it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from provtrace.stages.attribution.family import Family, Sentences

# Log-odds of what the article has in common with one version and not with the other. Set on the example corpus and
# two stories; halved or doubled one by one, on halves of three labelled sets, none moves F1 by more than .03.
LACKED: Final = 1.0  # a sentence that one version lacks
GAP: Final = 1.0  # a run of sentences of a version that was left out
COPIED_WORD: Final = 0.25  # a word that is that of one version, and not of the other in the same language
WORD: Final = 0.1  # a word that was kept beyond what two translations of one text have in common
EXACT: Final = 1.0  # an exact number that only one of article and version gives
RESPELT: Final = 1.0  # a name that both spell otherwise
MEANT: Final = 10.0  # times what a sentence means more closely, in CSLS

# Log-odds from which two versions descend from one another. Of two reprints of a text, which do not, one in 120 has
# them (`reprint_synth_dev`), and as many of two translations of one text (`wmt_derivation_dev`).
LINKED: Final = 4.0
LINKED_ABROAD: Final = 8.0
FREER: Final = 1.5  # times what it means less closely than a text does that may have been translated from it
LETTERS: Final = 6  # of a word and the blank behind it
RENDERED_ALIKE: Final = 0.8  # edit similarity that two translations of one text hardly have


def nearer(family: Family, article: str, source: str, other: str) -> float:
    """Log-odds that the article was made from the source and not from another version of it; antisymmetric.

    Args:
        family: of all three.
        article: the derived one.
        source: a version of the text that it was made from.
        other: another version of it.
    """
    if not (family.seen_whole(article, source) and family.seen_whole(article, other)):
        return 0.0  # what was not matched would seem to be missing
    missing = _missing(family, article, other) - _missing(family, article, source)
    return missing + _wording(family, article, source, other)


def linked(family: Family, one: str, other: str, behind: str) -> bool:
    """Whether one of the two was made from the other, or from what that was made from, not each from what is behind."""
    languages = {family.language(article) for article in (one, other, behind)}
    if len(languages) > 1 and not family.whole(one, other):
        return False
    least = LINKED if len(languages) == 1 else LINKED_ABROAD
    return max(nearer(family, one, other, behind), nearer(family, other, one, behind)) >= least


def _missing(family: Family, article: str, version: str) -> float:
    """What there is to explain beside the wording if the article was made from that version."""
    if (article, version) not in family.changes:
        rest = family.of_others(article) - family.shared(article, version)
        found = LACKED * len(rest) + GAP * _gaps(family, article, version)
        for link in family.text_links.get((article, version), []):
            found += EXACT * link.exact
            if family.language(article) == family.language(version):  # abroad, names differ anyway
                found += RESPELT * link.respelt
        family.changes[article, version] = found
    return family.changes[article, version]


def _gaps(family: Family, article: str, version: str) -> int:
    """Runs of sentences of the version that the article left out; what was cut from the end is no choice of its own."""
    kept = sorted(family.shared(version, article))
    return sum(after - before > 1 for before, after in pairwise([-1, *kept]))


def _wording(family: Family, article: str, source: str, other: str) -> float:
    at_home = [family.language(version) == family.language(article) for version in (source, other)]
    if all(at_home):
        return COPIED_WORD * (_kept(family, article, source) - _kept(family, article, other))
    common = family.shared(article, source) & family.shared(article, other)
    if not any(at_home):
        gained = _meaning(family, article, source, common) - _meaning(family, article, other, common)
        return MEANT * len(common) * gained
    if at_home[0]:
        return _at_home(family, article, source, other, common)
    return -_at_home(family, article, other, source, common)


def _at_home(family: Family, article: str, version: str, abroad: str, common: Sentences) -> float:
    """Log-odds that the article was made from the version in its own language: whatever it kept of its words tells so.

    A translation of the other one would be as close to that as the version is, whichever of these two came first.
    """
    links = family.text_links.get((article, version), [])
    theirs = frozenset(j for link in links if not common.isdisjoint(link.own) for j in link.other)
    lost = _meaning(family, version, abroad, theirs) - _meaning(family, article, abroad, common)
    weight = MEANT if lost < 0 else FREER
    return WORD * _kept(family, article, version, RENDERED_ALIKE) + weight * len(common) * lost


def _meaning(family: Family, article: str, version: str, sentences: Sentences) -> float:
    """Mean likeness of those sentences of the article to their counterparts, in CSLS."""
    links = family.text_links.get((article, version), [])
    likeness = [link.csls for link in links if not sentences.isdisjoint(link.own)]
    return sum(likeness) / len(likeness) if likeness else 0.0


def _kept(family: Family, article: str, version: str, anyway: float = 0.0) -> float:
    """Words of the version that the article kept, beyond the edit similarity that they have anyway."""
    links = family.text_links.get((article, version), [])
    return sum(link.length / LETTERS * max(link.edit - anyway, 0.0) / (1 - anyway) for link in links)
