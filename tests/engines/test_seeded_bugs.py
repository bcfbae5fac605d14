"""The differential test catches mistakes: each one seeded here draws a complaint."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.engines.comparing import Engine, complaints, explicit, smt
from tests.engines.corpus import SIZE, Sample, corpus, small
from tests.engines.mutations import EXPLICIT, MISREADINGS, SMT, Misread, Misreading, Patch

SMALL = 23
"""As many as the differential test looks at."""


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


@pytest.mark.parametrize("read", MISREADINGS.values(), ids=MISREADINGS.keys())
def test_smt_misreads(read: Misreading) -> None:
    changed = [s for s in corpus(SIZE) if read(s.system) != s.system]
    assert caught(changed[:20], Misread(smt, read), exact=False)


@pytest.mark.parametrize("patch", SMT.values(), ids=SMT.keys())
def test_smt_goes_wrong(patch: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = small(SMALL)
    patch(monkeypatch)
    assert caught(samples, smt, exact=False)
