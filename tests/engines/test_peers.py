"""The benchmark model, counted by SPIN, Rumur and TLC too: an independent judge of the language, the
elaborator and the interpreter at once."""

from pathlib import Path

import pytest

from tcpverify.diagnostics import Collector
from tcpverify.explicit.engine import machine_code, run
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.verdict import Holds, Violated

MODEL = Path(__file__).parents[2] / "benchmarks" / "connection.tcpv"


@pytest.mark.parametrize(
    ("params", "states", "transitions", "levels"),
    [
        ({"M": 4, "K": 1, "N": 2}, 1_942, 5_354, 30),
        ({"M": 4, "K": 2, "N": 2}, 38_836, 207_444, 34),
        pytest.param(
            {"M": 8, "K": 2, "N": 4}, 872_693, 4_934_066, 58,
            marks=pytest.mark.skipif(not machine_code(), reason="takes a minute without llvmlite"),
        ),
    ],
    ids=["tiny", "small", "mid"],
)  # fmt: skip
def test_counts_are_those_of_other_checkers(
    params: dict[str, int], states: int, transitions: int, levels: int
) -> None:
    model = elaborate(load(MODEL).program, Request("bench", params), (), Collector())
    assert model is not None
    found = run(model.system, (), Limits()).statistics
    assert found is not None
    assert (found.states, found.transitions, found.depth + 1) == (states, transitions, levels)


@pytest.mark.skipif(not machine_code(), reason="too large for the interpreter's graph")
def test_what_must_come_to_pass_in_it() -> None:
    """The same verdicts as in the checks of the file, at a size that takes no time."""
    params, names = {"M": 4, "K": 2, "N": 2}, ("waits_end", "openings_end")
    model = elaborate(load(MODEL).program, Request("bench", params), names, Collector())
    assert model is not None
    found = run(model.system, model.properties, Limits()).verdicts
    assert isinstance(found["waits_end"], Holds)
    assert isinstance(found["openings_end"], Violated)
    assert (found["openings_end"].trace.loop, len(found["openings_end"].trace)) == (1, 3)
