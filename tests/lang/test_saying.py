"""What is said in the language means what it was said of: on random states, after a way through the text."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tcpverify.ir import build as b
from tcpverify.ir.expr import BoolSort, Const, EnumSort, Expr, IntSort, Scope, SeqSort, Sort, Var, values_of
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import KIND, State, System, VariableKind
from tcpverify.lang.saying import Unsayable, say, sayable
from tcpverify.pipeline.load import load_with_lemmas
from tcpverify.pipeline.scene import scene

SPEC = """
enum colour { RED, GREEN, BLUE }
record Pair { a : 0..3  ok : bool }
message M { flags : flags { MORE, LAST }  n : seqno mod 8  c : colour }
message N { flags : flags { LAST }  k : -2..5 }
role Left {
  var x, y : seqno mod 8
  var low : -2..5
  var hue : colour
  var pair : Pair
  var row : [1..2] of bool
  ghost var seen : bool
  timer t
  timer u { retries 2 }
  state S initial { on receive any ignore }
  state T { on receive any ignore }
}
role Right {
  var x : seqno mod 8
  state U initial { on receive any ignore }
  state V { on receive any ignore }
}
network pair { endpoint A : Left  endpoint B[1..2] : Right  link A <-> B { capacity 4  reorder any } }
scenario go on pair { }
monitor m { state OFF initial { on A enters T -> ON }  state ON { } }
property watched : never m in ON
"""


class Maker:
    """Random formulas of a system, and states that need not be reachable."""

    def __init__(self, system: System, seed: int) -> None:
        self.system, self.rng = system, random.Random(seed)
        named = {VariableKind.CONTROL, VariableKind.DATA, VariableKind.GHOST, VariableKind.MONITOR}
        self.variables = [Var(Scope.STATE, v.name, v.sort) for v in system.variables if v.kind in named]
        self.timers = [Var(Scope.STATE, v.name, v.sort) for v in system.variables if v.kind == "timer"]

    def formula(self, depth: int, atom: Callable[[], Expr] | None = None) -> Expr:
        atom = atom or self.atom
        if depth == 0:
            return atom()
        parts = [self.formula(depth - 1, atom) for _ in range(self.rng.randint(2, 3))]
        match self.rng.randrange(5):
            case 0:
                return b.conj(parts)
            case 1:
                return b.disj([b.neg(p) if self.rng.random() < 0.5 else p for p in parts])
            case 2:
                return b.implies(parts[0], parts[1])
            case 3:
                return b.eq(parts[0], parts[1])
            case _:
                return b.neg(parts[0])

    def atom(self) -> Expr:
        match self.rng.randrange(4):
            case 0:
                return self.in_flight()
            case 1:
                timer = self.rng.choice(self.timers)
                return self.rng.choice([b.eq(timer, b.integer(0)), b.le(b.integer(1), timer)])
            case _:
                return self.about(self.rng.choice(self.variables), self.variables)

    def about(self, var: Var, among: list[Var]) -> Expr:
        """Something about a variable, another of its sort, or a value."""
        sort = var.sort
        if isinstance(sort, BoolSort):
            return var
        other: Expr = self.rng.choice([v for v in among if v.sort == sort])
        value = Const(self.rng.choice(list(values_of(sort))), sort)
        if isinstance(sort, SeqSort):
            moved = b.seq_add(other, b.integer(self.rng.randint(-3, 9)))
            second = self.rng.choice([other, moved, value, b.wrap(b.integer(5), 8)])
            return self.rng.choice(
                [b.eq(var, second), b.seq_lt(var, second), b.lt(b.distance(var, moved), b.plain(other))]
            )
        if isinstance(sort, IntSort):
            low = b.sub(b.add(b.integer(0), other), b.minus(b.mul(b.integer(2), var)))
            return self.rng.choice([b.le(var, value), b.eq(other, b.integer(1)), b.lt(low, b.integer(3))])
        same = isinstance(sort, EnumSort) and sort.name == "colour" and self.rng.random() < 0.5
        return b.eq(var, other if same else value)

    def in_flight(self) -> Expr:
        channel = self.rng.randrange(len(self.system.channels))
        kind = self.rng.randrange(2)
        message = self.system.messages[kind]
        fields = [Var(Scope.FIELD, f"{message.name}.{f.name}", f.sort) for f in message.fields]
        is_kind = b.eq(Var(Scope.FIELD, KIND, IntSort(-1, 1)), b.integer(kind))

        def atom() -> Expr:
            field = self.rng.choice(fields)
            return self.about(field, [*fields, *self.variables])

        asked = [b.neg(p) if self.rng.random() < 0.5 else p for p in (atom(), atom(), self.formula(1, atom))]
        asked.append(self.about(self.rng.choice(self.variables), self.variables))
        count = b.in_flight(channel, b.conj([is_kind, *asked[: self.rng.randint(0, 4)]]), 4)
        return self.rng.choice(
            [b.eq(count, b.integer(0)), b.lt(b.integer(0), count), b.le(count, b.integer(2))]
        )

    def state(self) -> State:
        values = tuple(self.value(v.sort) for v in self.system.variables)
        contents = tuple(
            tuple(sorted(self.message() for _ in range(self.rng.randint(0, 3)))) for _ in self.system.channels
        )
        return State(values, contents)

    def value(self, sort: Sort) -> int:
        return self.rng.choice(list(values_of(sort)))

    def message(self) -> tuple[int, ...]:
        kind = self.rng.randrange(2)
        fields = [self.value(f.sort) for f in self.system.messages[kind].fields]
        return (kind, *fields, *(0,) * (self.system.width - 1 - len(fields)))


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saying") / "spec.tcpv"
    path.write_text(SPEC)
    return path


def elaborated(spec: Path, texts: list[str]) -> tuple[System, list[Expr]]:
    """The system with the monitor, and what texts mean."""
    lemmas = "\n".join(f"property said_{i} : lemma {text}" for i, text in enumerate(texts))
    names = [f"said_{i}" for i in range(len(texts))]
    found = scene(load_with_lemmas(spec, None, lemmas, "lemmas"), "go", properties=["watched", *names])
    watched, *rest = found.model.properties
    return found.model.system_of(watched), [p.formula for p in rest]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_said_is_what_is_meant(spec: Path, seed: int) -> None:
    system, _ = elaborated(spec, [])
    maker = Maker(system, seed)
    formulas = [f for f in (maker.formula(maker.rng.randint(0, 2)) for _ in range(150)) if sayable(f, system)]
    assert len(formulas) > 80
    _, read = elaborated(spec, [say(f, system) for f in formulas])
    interpreter = Interpreter(system)
    states = [maker.state() for _ in range(60)]
    for formula, again in zip(formulas, read, strict=True):
        one, other = interpreter.predicate(formula), interpreter.predicate(again)
        assert [one(s) for s in states] == [other(s) for s in states], say(formula, system)


@pytest.mark.parametrize(
    "text",
    [
        "A in T",
        "not A in S",
        "m in ON => A in T or A.x == B[1].x + 1",
        "in_flight(A -> B[2] : M + MORE + !LAST as s when s.n == A.x) == 0",
        "A in T => in_flight(B[1] -> A : N as s when s.k < A.low) > 0",
        "in_flight(A -> B[1]) == 0 or A.hue == colour.RED",
        "running(A.t) => A.pair.ok or A.row[2]",
        "A.x < A.y or A.y == 0",
    ],
)
def test_it_reads_as_one_would_write_it(spec: Path, text: str) -> None:
    system, (formula,) = elaborated(spec, [text])
    assert say(formula, system) == text


def test_what_has_no_name_is_not_said(spec: Path) -> None:
    system, _ = elaborated(spec, [])
    fired = next(v for v in system.variables if v.name == "A.u")
    twice = b.le(b.integer(2), Var(Scope.STATE, fired.name, fired.sort))
    kind = Var(Scope.FIELD, "M.n", SeqSort(8))
    untold = b.eq(b.in_flight(0, b.eq(kind, Const(1, SeqSort(8))), 4), b.integer(0))
    for formula in (twice, untold, b.eq(Var(Scope.STATE, "nobody.x", SeqSort(8)), Const(1, SeqSort(8)))):
        assert not sayable(formula, system)
        with pytest.raises(Unsayable):
            say(formula, system)
