"""The table of a trace: what it adds up to is what the interpreter says."""

from __future__ import annotations

import pytest
from cli.specs import MET

from tcpverify.ir.system import VariableKind
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.render.describe import value_text
from tcpverify.report.stepping import FLYING, stepping
from tcpverify.trace import Trace
from tcpverify.verdict import trace_of

LASSO = """message Segment { flags : flags { SYN } }
role Endpoint {
  call go
  timer rtx { retries unlimited }
  state IDLE initial { on call go { send SYN  start rtx  goto WAITING } }
  state WAITING { on timeout rtx { send SYN  start rtx } }
  state DONE {}
  in any { on receive any ignore }
}
network pair { endpoint A, B : Endpoint  link A <-> B { loss unlimited  capacity 1  overflow drop } }
scenario s on pair { A calls go at most 1  B calls nothing }
property ends : A in WAITING leads_to A in DONE under timers
check c { run s  expect ends : violated }
"""

TICKS = """tick 100 ms
message Segment { flags : flags { SYN } }
role Endpoint {
  call go
  timer late { after 5 }
  state IDLE initial { on call go { start late  goto WAITING } }
  state WAITING { on timeout late { send SYN  goto DONE } }
  state DONE {}
  in any { on receive any ignore }
}
network pair { endpoint A, B : Endpoint  link A <-> B { capacity 1 } }
scenario s on pair { A calls go at most 1  B calls nothing }
property never_done : never A in DONE
check c { run s  expect never_done : violated }
"""


def traces(text: str) -> list[Trace]:
    outcome = verify(load_text(text), Request())
    assert not outcome.errors, outcome.errors
    found = [trace_of(r.verdict) for r in outcome.results if hasattr(r, "verdict")]
    return [t for t in found if t is not None]


@pytest.mark.parametrize("text", [MET, TICKS], ids=["steps", "ticks"])
def test_the_changes_add_up_to_the_states(text: str) -> None:
    """After every row, each variable of each endpoint and all that is in flight is as the state says."""
    for trace in traces(text):
        table, system = stepping(trace), trace.system
        seen: dict[tuple[str, str], str] = {}
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                seen |= {(column, name): value for name, value in cell}
            state = trace.states[row.number]
            for variable, value in zip(system.variables, state.values, strict=True):
                if variable.endpoint is None or variable.kind is VariableKind.TIMER:
                    continue
                name = "state" if variable.kind is VariableKind.CONTROL else variable.label
                assert seen[variable.endpoint, name] == value_text(value, variable.sort)
            for channel, flying in zip(system.channels, state.contents, strict=True):
                told = seen.get((FLYING, f"{channel.source} -> {channel.target}"), "nothing")
                assert (told == "nothing") == (not flying)


def test_ticks_are_one_row() -> None:
    (trace,) = traces(TICKS)
    table = stepping(trace)
    assert len(table.rows) < len(trace) + 1
    assert table.rows[-1].number == len(trace)
    assert dict(table.rows[-1].cells[0])["state"] == "DONE"


def test_a_lasso_says_how_it_goes_on() -> None:
    found = [stepping(t) for t in traces(LASSO)]
    assert any(t.ending for t in found)
