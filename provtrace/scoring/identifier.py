"""The language identifier: one model for whoever asks, of a text or of a sentence."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


@cache
def language_identifier() -> LanguageIdentifier:
    """py3langid, a naive Bayes classifier over byte n-grams (Lui and Baldwin 2012, ACL demos); loads in some .4 s."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
