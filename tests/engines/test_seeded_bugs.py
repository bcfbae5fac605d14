"""The differential test catches mistakes: each one seeded here draws a complaint."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.engines.comparing import Engine, complaints, explicit, smt
from tests.engines.corpus import SIZE, Sample, corpus, small
from tests.engines.mutations import EXPLICIT, MISREADINGS, SMT, Misread, Misreading, Patch

SMALL = 23
"""As many as the differential test looks at."""


SOONEST = {
    "loss does not spend its budget": 28,
    "window taken for fifo": 102,
    "less at distance N/2": 21,
    "division rounds towards zero": 13,
    "remainder has the sign of the dividend": 22,
    "room for one too many": 13,
    "only the head can be taken": 49,
    "the head removed for another": 104,
    "block taken for drop": 28,
    "choices always matter": 6,
}
"""The seed of a system that shows a mistake to the symbolic engine; where it does not, the others may."""


def ordered(samples: Sequence[Sample], mistake: str) -> list[Sample]:
    """The systems, with the one that shows the mistake soonest in front."""
    return sorted(samples, key=lambda s: s.seed != SOONEST.get(mistake))


def caught(samples: Sequence[Sample], engine: Engine, exact: bool) -> bool:
    return any(complaints(s, engine, exact) for s in samples)


@pytest.mark.parametrize("read", MISREADINGS.values(), ids=MISREADINGS.keys())
def test_explicit_misreads(read: Misreading) -> None:
    assert caught(corpus(SIZE), Misread(explicit, read), exact=True)


@pytest.mark.parametrize("patch", EXPLICIT.values(), ids=EXPLICIT.keys())
def test_explicit_goes_wrong(patch: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = corpus(SIZE)
    patch(monkeypatch)
    assert caught(samples, explicit, exact=True)


@pytest.mark.parametrize("mistake", MISREADINGS)
def test_smt_misreads(mistake: str) -> None:
    read = MISREADINGS[mistake]
    changed = [s for s in corpus(SIZE) if read(s.system) != s.system]
    assert caught(ordered(changed[:20], mistake), Misread(smt, read), exact=False)


@pytest.mark.parametrize("mistake", SMT)
def test_smt_goes_wrong(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = ordered(small(SMALL), mistake)
    SMT[mistake](monkeypatch)
    assert caught(samples, smt, exact=False)
