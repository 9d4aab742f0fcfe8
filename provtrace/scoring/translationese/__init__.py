"""What the texts themselves tell of which is the translation, without dates or credits.

`home` asks whose story it is, `expansion` which side says it in more words than its language needs. Both are
antisymmetric: with the sides exchanged they give the negative.
"""

from provtrace.scoring.translationese.expansion import expansion
from provtrace.scoring.translationese.homes import home

__all__ = ["expansion", "home"]
