"""What several test modules share: one traced example corpus, with the input of every stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import settings as hypothesis_settings

from provtrace.engines.local import Local, LocalEngine, run_single
from provtrace.engines.protocol import Stage
from provtrace.front import candidates
from provtrace.pipeline import HINTED, trace
from provtrace.results.provenance import Provenance
from provtrace.settings import Settings
from provtrace.stages import nearest

# A deadline is a timed assertion: it fails on a busy machine, and says nothing of the code.
hypothesis_settings.register_profile("provtrace", deadline=None)
hypothesis_settings.load_profile("provtrace")

EXAMPLES = Path(__file__).parent.parent / "examples"


class RecordingEngine(LocalEngine):
    """An engine that gives each stage its whole table at once, and keeps it beside the result."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: dict[str, pl.DataFrame] = {}
        self.outputs: dict[str, pl.DataFrame] = {}

    def map(self, stage: Stage, table: Local, settings: Settings) -> Local:
        whole = self.gather(table)
        before = whole.clone()
        result = run_single(stage, whole, settings)
        assert whole.equals(before), f"{stage.name} writes into what it was given"
        self.inputs[stage.name], self.outputs[stage.name] = whole, result
        return result


@dataclass(frozen=True)
class Traced:
    """The run of `examples/articles`, and the whole input and output of each stage by the stage's name."""

    provenance: Provenance
    inputs: dict[str, pl.DataFrame]
    outputs: dict[str, pl.DataFrame]


@pytest.fixture(scope="session")
def traced() -> Traced:
    large, engine = RecordingEngine(), RecordingEngine()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "BLOCK", 5)  # several blocks of a small corpus
        # What only a large corpus needs, from a run that takes the example for one.
        candidates(EXAMPLES / "articles", settings=Settings(encode_limit=0), engine=large)
        provenance = trace(EXAMPLES / "articles", engine=engine)
    for seen, chosen in ((engine.inputs, large.inputs), (engine.outputs, large.outputs)):
        seen[HINTED.name] = chosen[HINTED.name]
    return Traced(provenance, engine.inputs, engine.outputs)


@pytest.fixture(scope="session")
def without_wire() -> Provenance:
    return trace(EXAMPLES / "without-wire")
