"""How a text that is not there is recognised: by salted hashes, of the whole and of each sentence amid its neighbours.

A sentence alone can be guessed and the guess tried against its hash, salt or not: whoever may check the hash may try.
So no sentence is hashed alone. Its hash is that of the text from the start of the sentence before it to the end of
the one after it, and to try a guess one has to have all three right. A text that changed in one place is still found
to: every sentence that lies in an unchanged stretch is vouched for by a hash.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from provtrace.settings import Settings

ALGORITHM: Final = "sha256"
HASH: Final = "text_hash"
_SALT_DIGITS: Final = 32
_FROM, _TO = "_from", "_to"


def salt_of(articles: pl.DataFrame, settings: Settings) -> str:
    """A salt that the run alone decides, so that its bundle can be made again, bit for bit.

    Nobody without all the texts can foresee it. It keeps the hashes of two runs from being matched with one another,
    and lists of ready-made hashes from being of use.
    """
    digest = hashlib.sha256(settings.signature().encode())
    for article_id, text in articles.select("article_id", "text").sort("article_id").iter_rows():
        digest.update(hashlib.sha256(article_id.encode()).digest() + hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:_SALT_DIGITS]


def text_hash(salt: str, text: str) -> str:
    """The hash of a text, in hexadecimal."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def hash_articles(articles: pl.DataFrame, salt: str) -> pl.DataFrame:
    """ARTICLES with the hash of each text."""
    hashes = [text_hash(salt, text) for text in articles["text"]]
    return articles.with_columns(pl.Series(HASH, hashes, dtype=pl.String))


def hash_sentences(sentences: pl.DataFrame, articles: pl.DataFrame, salt: str) -> pl.DataFrame:
    """SENTENCES with the hash of each amid its neighbours, by article and place."""
    texts = dict(articles.select("article_id", "text").iter_rows())
    placed = _placed(sentences)
    hashes = [
        text_hash(salt, texts[article_id][start:end])
        for article_id, start, end in placed.select("article_id", _FROM, _TO).iter_rows()
    ]
    return placed.drop(_FROM, _TO).with_columns(pl.Series(HASH, hashes, dtype=pl.String))


def changed_sentences(text: str, sentences: pl.DataFrame, salt: str) -> list[int]:
    """The sentences of one article that no hash vouches for, in reading order.

    Args:
        text: what the article is said to be.
        sentences: its rows of the bundle's sentences, with their hashes.
        salt: the bundle's.
    """
    rows = _placed(sentences).select("sentence", _FROM, _TO, HASH).rows()
    sound = [text_hash(salt, text[max(0, start) : max(0, end)]) == stated for _, start, end, stated in rows]
    return [row[0] for place, row in enumerate(rows) if not any(sound[max(0, place - 1) : place + 2])]


def _placed(sentences: pl.DataFrame) -> pl.DataFrame:
    """SENTENCES by article and place, with the first and the last character of what is hashed for each."""
    return sentences.sort("article_id", "start", "sentence").with_columns(
        pl.col("start").shift(1).over("article_id").fill_null(pl.col("start")).alias(_FROM),
        pl.col("end").shift(-1).over("article_id").fill_null(pl.col("end")).alias(_TO),
    )
