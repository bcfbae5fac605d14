"""Mutants: one mistake each, of every kind that there is, on the tree."""

from __future__ import annotations

from tcpverify.diagnostics import Collector
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.lang.mutation import Mutant, Operator, mutants
from tcpverify.pipeline.load import load_text

SPEC = """
message Segment { flags : flags { SYN, ACK }  seq : 0..3 }
role R {
  var n : 0..3
  ghost var seen : 0..3
  timer rtx
  call go
  procedure answer() { send ACK (seq = 0) }
  state IDLE initial {
    on call go when n < 3 and not n == 2 { n := n + 1  start rtx  goto BUSY }
    on receive SYN as m { if m.seq in 0..2 { answer() } else { ghost seen := m.seq } }
    on receive any ignore
  }
  state BUSY { on timeout rtx { send SYN (seq = n)  stop rtx }  on receive any ignore }
  state LAST { on receive any -> IDLE }
}
network path { endpoint A, B : R  link A <-> B { loss at most 1 } }
scenario go on path { }
check one { run go  expect no_deadlock : holds }
"""


def made(text: str = SPEC) -> list[Mutant]:
    return list(mutants(load_text(text).program))


def words(operator: Operator) -> list[str]:
    return [m.edit.what for m in made() if m.edit.operator is operator]


def test_there_is_one_of_every_kind() -> None:
    assert {m.edit.operator for m in made()} == set(Operator)


def test_no_mutant_is_the_program_and_no_two_are_the_same() -> None:
    program = load_text(SPEC).program
    trees = [(m.program.roles, m.program.networks) for m in made()]
    assert (program.roles, program.networks) not in trees
    assert all(a != b for i, a in enumerate(trees) for b in trees[:i])


def test_guards() -> None:
    assert words(Operator.GUARD_DROPPED) == ["`when` `n < 3 and not n == 2` left out"]
    assert words(Operator.GUARD_NEGATED) == ["`n < 3 and not n == 2` became `not (n < 3 and not n == 2)`"]
    assert words(Operator.GUARD_CHANGED) == [
        "`n < 3 and not n == 2` became `not n == 2`",
        "`n < 3` became `n <= 3`",
        "`n < 3` became `n < 3 - 1`",
        "`n < 3 and not n == 2` became `n < 3`",
        "`n == 2` became `n != 2`",
    ]
    assert "`m.seq in 0..2` became `m.seq in 0..2 - 1`" in words(Operator.BRANCH_CHANGED)


def test_a_flag_is_set_or_clear() -> None:
    assert words(Operator.FLAG_TOGGLED) == [
        "`ACK` with SYN set", "`ACK` with ACK clear", "`SYN` with SYN clear", "`SYN` with ACK set",
    ]  # fmt: skip


def test_a_segment_without_flags_names_its_message() -> None:
    bare = next(m for m in made() if m.edit.what == "`SYN` with SYN clear")
    sends = [n for n in _statements(bare) if isinstance(n, s.Send)]
    assert "Segment" in {t.name.text for send in sends for t in send.pattern.terms}


def _statements(mutant: Mutant) -> list[s.Statement]:
    blocks = [i for i in mutant.program.roles["R"].items if isinstance(i, s.StateBlock)]
    return [st for b in blocks for h in b.handlers if isinstance(h.body, s.Block) for st in h.body.statements]


def test_ghosts_are_left_alone() -> None:
    assert words(Operator.ASSIGNMENT_DROPPED) == ["`n := n + 1` left out"]


def test_a_mistake_in_a_procedure_is_one_of_those_that_call_it() -> None:
    (mutant,) = (m for m in made() if m.edit.what.startswith("`send ACK (seq = 0)` left out"))
    assert [h.text.split(" as")[0] for h in mutant.handlers] == ["on receive SYN"]


def test_a_network_gets_better_and_worse() -> None:
    assert words(Operator.NETWORK_BETTER) == ["`loss at most 1` became `loss none`"]
    assert words(Operator.NETWORK_WORSE) == [
        "`loss at most 1`, and one more",
        "`link A <-> B { loss at most 1 }` with `duplicate at most 1`",
    ]


def test_mutants_elaborate() -> None:
    """All but those that write what has no sense: a timer that is never started is only a warning."""
    failed = []
    for m in made():
        collector = Collector()
        if elaborate(m.program, Request("go", {}), (), collector) is None:
            failed.append(m.edit.what)
    assert failed == []
