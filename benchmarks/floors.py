"""Floors: what simple code without any model reaches on the same sets.

Each floor gets every advantage: where it needs a threshold, the one that is best on the very set it is scored on.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from provtrace.results.evaluate.measures import Bead
from provtrace.results.evaluate.quotations import Quoted
from provtrace.scoring.components import components

Pair = tuple[str, str]
Span = tuple[int, int]
Floats = npt.NDArray[np.float64]

WORD = re.compile(r"\w+")
# Numbers, and words in Latin script.
ANCHOR = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-zÀ-ÖØ-öø-ÿĀ-žȘ-ț]{2,}")
SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")

# Names under which agencies stand in European newspapers, by Wikidata id.
AGENCY_NAMES = {
    "Q2826560": "Havas",
    "Q130879": "Reuters?",
    "Q40464": "AFP",
    "Q40469": "AP|Associated Press",
    "Q430109": "ATS|SDA|Depeschenagentur",
    "Q493845": "UPI?|United Press",
    "Q1205856": "DNB",
    "Q552226": "Wolff|WTB",
    "Q1415690": "Stefani",
    "Q312653": "DPA|dpa",
    "Q680662": "APA",
    "Q392934": "ANSA",
    "Q223799": "TASS|Tass",
    "Q815453": "Belga",
    "Q1525848": "Exchange|Extel",
}


def words(text: str) -> list[str]:
    return [match.group().casefold() for match in WORD.finditer(text)]


def anchors(text: str) -> list[str]:
    """Numbers, and Latin-script words with a capital: mostly names, which survive translation."""
    return [match.group() for match in ANCHOR.finditer(text) if not match.group().islower()]


def shingles(text: str, size: int) -> frozenset[tuple[str, ...]]:
    tokens = words(text)
    return frozenset(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def jaccard(left: frozenset[tuple[str, ...]], right: frozenset[tuple[str, ...]]) -> float:
    return len(left & right) / len(left | right) if left or right else 0.0


def sentences(text: str) -> list[str]:
    return [match.group().strip() for match in SENTENCE.finditer(text) if match.group().strip()]


# --- pairs of documents -----------------------------------------------------------------------------


def shingle_pairs(texts: Mapping[str, str], size: int) -> dict[Pair, float]:
    """Word-shingle Jaccard of every pair of documents that shares a shingle."""
    sets = {name: shingles(text, size) for name, text in texts.items()}
    holders: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in sorted(sets):
        for shingle in sets[name]:
            holders[shingle].append(name)
    shared: Counter[Pair] = Counter()
    for names in holders.values():
        shared.update(combinations(names, 2))
    return {
        (left, right): count / (len(sets[left]) + len(sets[right]) - count) for (left, right), count in shared.items()
    }


def weighted(bags: Sequence[Sequence[str]], idf: Mapping[str, float], columns: Mapping[str, int]):  # noqa: ANN201
    """Bags of words as a sparse matrix of unit rows, weighted by rarity."""
    from scipy.sparse import csr_matrix

    rows: list[int] = []
    cells: list[int] = []
    values: list[float] = []
    for row, bag in enumerate(bags):
        weights = {columns[word]: idf[word] for word in bag if word in columns}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        rows += [row] * len(weights)
        cells += weights
        values += [weight / length for weight in weights.values()]
    return csr_matrix((values, (rows, cells)), shape=(len(bags), len(columns)))


def rarity(bags: Iterable[Iterable[str]]) -> tuple[dict[str, float], dict[str, int]]:
    """Inverse document frequency of each word, and a column for it."""
    bags = [frozenset(bag) for bag in bags]
    counts = Counter(word for bag in bags for word in bag)
    idf = {word: math.log(len(bags) / count) for word, count in counts.items()}
    return idf, {word: column for column, word in enumerate(sorted(counts))}


def cosine_pairs(
    texts: Mapping[str, str], tokens: Callable[[str], list[str]], least: float = 0.02
) -> dict[Pair, float]:
    """Cosine of rarity-weighted words of every pair of documents that reaches ``least``."""
    from scipy.sparse import triu

    names = sorted(texts)
    bags = [tokens(texts[name]) for name in names]
    matrix = weighted(bags, *rarity(bags))
    product = triu(matrix @ matrix.T, k=1).tocoo()
    return {
        (names[row], names[column]): float(value)
        for row, column, value in zip(product.row, product.col, product.data, strict=True)
        if value >= least
    }


def minhash_pairs(texts: Mapping[str, str], threshold: float) -> dict[Pair, float]:
    """The textbook: datasketch MinHash of 128 permutations over word 5-shingles, LSH, estimated Jaccard."""
    from datasketch import MinHash, MinHashLSH

    names = sorted(texts)
    bytes_of = ([" ".join(shingle).encode() for shingle in shingles(texts[name], 5)] for name in names)
    sketches = dict(zip(names, MinHash.generator(bytes_of, num_perm=128, seed=1), strict=True))
    index = MinHashLSH(threshold=threshold, num_perm=128)
    for name, sketch in sketches.items():
        index.insert(name, sketch)
    found = {(min(name, other), max(name, other)) for name in names for other in index.query(sketches[name])}
    return {(a, b): float(sketches[a].jaccard(sketches[b])) for a, b in found if a != b}


# --- sentences --------------------------------------------------------------------------------------


def nearest_sentences(queries: Sequence[str], candidates: Mapping[str, str]) -> list[tuple[str | None, float]]:
    """For each query the document with the sentence that shares most numbers and names, and the cosine."""
    owners, bags = [], []
    for name in sorted(candidates):
        for sentence in sentences(candidates[name]):
            owners.append(name)
            bags.append(anchors(sentence))
    idf, columns = rarity(bags)
    product = (weighted([anchors(query) for query in queries], idf, columns) @ weighted(bags, idf, columns).T).tocsr()
    answers: list[tuple[str | None, float]] = []
    for row in range(len(queries)):
        start, end = product.indptr[row], product.indptr[row + 1]
        if start == end:
            answers.append((None, 0.0))
            continue
        best = start + int(np.argmax(product.data[start:end]))
        answers.append((owners[product.indices[best]], float(product.data[best])))
    return answers


def spans(text: str) -> list[Span]:
    """Where the sentences of a text are."""
    return [(match.start(), match.end()) for match in SENTENCE.finditer(text) if match.group().strip()]


def statements(articles: Mapping[str, Sequence[str]]) -> list[set[tuple[str, int]]]:
    """Sentences of several articles that say one thing: components of those that are nearest to one another.

    Nearest by numbers and names, in every two articles, mutually. In the order of the first article that has each.
    """
    names = sorted(articles)
    places = [(name, i) for name in names for i in range(len(articles[name]))]
    bags = [anchors(articles[name][i]) for name, i in places]
    matrix = weighted(bags, *rarity(bags))
    likeness = (matrix @ matrix.T).toarray()
    rows = {name: [n for n, (owner, _) in enumerate(places) if owner == name] for name in names}
    links = []
    for left, right in combinations(names, 2):
        block = likeness[np.ix_(rows[left], rows[right])]
        best, back = block.argmax(axis=1), block.argmax(axis=0)
        links += [(rows[left][i], rows[right][j]) for i, j in enumerate(best) if back[j] == i and block[i, j] > 0]
    label = components([(str(a), str(b)) for a, b in links], map(str, range(len(places))))
    groups: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for number, place in enumerate(places):
        groups[label[str(number)]].add(place)
    return [group for group in groups.values() if len({name for name, _ in group}) > 1]


def gale_church(left: Sequence[str], right: Sequence[str]) -> list[Bead]:
    """Sentence alignment by length alone (Gale and Church, Computational Linguistics 19, 1993)."""
    shapes = {(1, 1): 0.89, (1, 0): 0.005, (0, 1): 0.005, (2, 1): 0.0445, (1, 2): 0.0445, (2, 2): 0.011}
    sums = [np.concatenate([[0], np.cumsum([len(line) for line in side])]) for side in (left, right)]
    cost = np.full((len(left) + 1, len(right) + 1), np.inf)
    cost[0, 0] = 0.0
    back: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(len(left) + 1):
        for j in range(len(right) + 1):
            for (a, b), prior in shapes.items():
                if i < a or j < b:
                    continue
                lengths = sums[0][i] - sums[0][i - a], sums[1][j] - sums[1][j - b]
                total = cost[i - a, j - b] - math.log(prior) + _length_cost(*lengths)
                if total < cost[i, j]:
                    cost[i, j], back[i, j] = total, (a, b)
    beads: list[Bead] = []
    i, j = len(left), len(right)
    while i or j:
        a, b = back[i, j]
        beads.append((tuple(range(i - a, i)), tuple(range(j - b, j))))
        i, j = i - a, j - b
    return beads[::-1]


def _length_cost(left: float, right: float) -> float:
    mean = (left + right) / 2
    if mean == 0:
        return 0.0
    delta = abs(right - left) / math.sqrt(6.8 * mean)
    return -math.log(max(math.erfc(delta / math.sqrt(2)), 1e-300))


# --- passages, agencies -----------------------------------------------------------------------------


def shared_shingle_spans(left: str, right: str, size: int = 5) -> tuple[list[Span], list[Span]]:
    """Where either text is covered by word shingles that both have."""
    common = shingles(left, size) & shingles(right, size)
    return _cover(left, common, size), _cover(right, common, size)


def _cover(text: str, common: frozenset[tuple[str, ...]], size: int) -> list[Span]:
    found = [(match.group().casefold(), match.start(), match.end()) for match in WORD.finditer(text)]
    return [
        (found[i][1], found[i + size - 1][2])
        for i in range(len(found) - size + 1)
        if tuple(word for word, _, _ in found[i : i + size]) in common
    ]


def named_agencies(text: str) -> set[str]:
    """Wikidata ids of the agencies whose names stand anywhere in the text."""
    return {item for item, names in AGENCY_NAMES.items() if re.search(rf"\b(?:{names})\b", text)}


# --- quotations -------------------------------------------------------------------------------------

_MARKS = re.compile(r"[“„«\"]([^“”„«»\"\n]+)[”“»\"]")


def exact_quotes(texts: Mapping[str, str]) -> list[Quoted]:
    """Whatever stands in quotation marks; one utterance where the words are the same, its speaker unknown."""
    found = [(name, match[1]) for name, text in texts.items() for match in _MARKS.finditer(text)]
    return [Quoted(name, said, " ".join(words(said)), None) for name, said in found]
