"""Scores of a finished run against a gold standard.

`gold` reads the labels, `found` is what the run says about the same documents, `parts` (with `scores` for credits and
origins) compares the two, `evaluation` puts the figures together. `measures` knows nothing of articles or runs.
"""

from provtrace.results.evaluate.evaluation import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
