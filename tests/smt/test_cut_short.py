"""Questions that are cut short leave no trace: z3's incremental solver can lose assertions when it is
cancelled, and then finds paths that are none (seen on this very spec)."""

from pathlib import Path

import pytest
import z3

from tcpverify.diagnostics import Collector
from tcpverify.explicit.search import run as explore
from tcpverify.lang.checks import instances
from tcpverify.lang.elaborate import Model, elaborate
from tcpverify.limits import Deadline, Limits
from tcpverify.pipeline import load
from tcpverify.smt import engine, search, solving
from tcpverify.verdict import trace_of

SPEC = Path(__file__).parents[2] / "specs" / "handshake.tcpv"


def models(check: str) -> list[Model]:
    spec, collector = load(SPEC), Collector()
    found = []
    for instance in instances(spec.program, spec.program.checks[check], {}, collector):
        model = elaborate(spec.program, instance.request, instance.properties, collector)
        assert model is not None
        found.append(model)
    return found


@pytest.mark.parametrize("check", ["old_duplicate_syn", "one_segment_lost"])
def test_proofs_cut_short_do_not_spoil_the_search(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def hardly_any_time(asked: search.Search, _: int) -> Deadline:
        clock = asked._deadline.clock
        return Deadline(clock, clock() + 0.02)

    monkeypatch.setattr(search.Search, "_attempt", hardly_any_time)
    for model in models(check):
        expected = explore(model.system, model.properties, Limits())
        found = engine.run(model.system, model.properties, Limits(max_bound=4, seconds=5))
        for name, verdict in found.verdicts.items():
            trace, shortest = trace_of(verdict), trace_of(expected.verdicts[name])
            if trace is not None:
                assert shortest is not None
                assert trace.schedule == shortest.schedule


def test_a_renewed_solver_knows_what_was_asserted() -> None:
    base = solving.Asserting()
    x = z3.BitVec("x", 8)
    base.add(z3.ULT(x, 3))
    base.solver.push()
    base.solver.add(z3.UGT(x, 1))
    base.renew()
    assert solving.is_sat(base.solver, Limits().deadline(), x == 0)
    assert not solving.is_sat(base.solver, Limits().deadline(), x == 5)


def test_ctrl_c_inside_the_solver_is_an_interrupt() -> None:
    assert isinstance(solving._cut_short("interrupted from keyboard"), KeyboardInterrupt)
    assert isinstance(solving._cut_short("timeout"), solving.Undecided)
