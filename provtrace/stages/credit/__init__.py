"""Who an article says it has its text from: credit lines, datelines, relays, translation notes, in many languages.

A name is found first; then the few characters around it decide what it does there. The order of the questions is the
method: does it belong to a picture, does it stand in brackets, in the place of a dateline or at the end of a
paragraph, or beside a phrase of ``credits.toml``? A name that fits none of these is a mention, and no credit.

Spans cover the agency's name where one is named, the phrase otherwise.
"""

from provtrace.stages.credit.find import credit, find_credits

__all__ = ["credit", "find_credits"]
