"""The instances of the checks that are shipped, and what our own explorer says of each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tcpverify.diagnostics import Collector
from tcpverify.explicit.engine import run
from tcpverify.explicit.refusal import refusal
from tcpverify.export.heading import EXPORTED, About
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.show import digest
from tcpverify.ir.system import Property, System
from tcpverify.lang.checks import Instance, instances
from tcpverify.lang.elaborate import elaborate
from tcpverify.lang.resolve import AUTOMATIC, Program
from tcpverify.limits import Limits
from tcpverify.pipeline import load
from tcpverify.verdict import word

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "specs").glob("*.tcpv")), ROOT / "benchmarks" / "connection.tcpv"]

ALL = os.environ.get("TCPVERIFY_PEERS") == "all"
"""Every instance is compared, not only the first of each check: this takes long."""

MOST_STATES = 1_000_000 if ALL else 50_000

LEFT_OUT = {("connection.tcpv", "large"): "38,373,134 states"}
"""What is too large even where ALL are wanted, and why."""


@dataclass(frozen=True)
class Case:
    """A system with properties, and what is true of it: counts, and the names of what has a trace."""

    about: About
    system: System
    properties: tuple[Property, ...]
    states: int
    transitions: int
    violated: frozenset[str]

    @property
    def initial(self) -> int:
        """How many initial states it has."""
        return sum(1 for _ in Interpreter(self.system).initial())

    def without_violated(self) -> tuple[Property, ...]:
        """The properties that hold."""
        return tuple(p for p in self.properties if p.name not in self.violated)


def case(
    about: About, system: System, properties: tuple[Property, ...], most: int = MOST_STATES
) -> Case | None:
    """The truth about a system, if it is small enough."""
    asked = tuple(p for p in properties if p.kind in EXPORTED)
    decision = run(system, asked, Limits(max_states=most))
    counted = decision.statistics
    assert counted is not None
    if not counted.complete:
        return None
    words = {name: word(verdict) for name, verdict in decision.verdicts.items()}
    assert set(words.values()) <= {"holds", "vacuous", "unreachable", "violated", "reachable"}
    traced = frozenset(n for n, w in words.items() if w in ("violated", "reachable"))
    return Case(about, system, asked, counted.states, counted.transitions, traced)


WHOLE, ONE_OF_IT = "rfc9293.tcpv", "speaks_first"
"""The file with the machine of TCP in full, and a check of it (11,385 states). A system with that machine
takes the peers' compilers a minute or more: where not ALL are wanted, SPIN is asked about this one only."""


@cache
def checks() -> list[tuple[Path, str]]:
    """The checks of the shipped files but what is proved without being enumerated: every one if ALL are
    wanted, else without all but one of those that are about the whole machine."""
    found = []
    for file in FILES:
        program = load(file).program
        whole = any(Path(role.span.source.name).name == WHOLE for role in program.roles.values())
        named = list(program.checks)
        if whole and not ALL:
            named = [ONE_OF_IT] if file.name == WHOLE else []
        found += [(file, check) for check in named if _finite(program, check)]
    return found


def _finite(program: Program, check: str) -> bool:
    """Whether an exhaustive search would begin: not with channels that grow for ever."""
    first = instances(program, program.checks[check], {}, Collector())[0]
    model = elaborate(program, first.request, (), Collector())
    return model is None or refusal(model.system) is None


def shared() -> tuple[list[tuple[Path, str]], list[tuple[Path, str]]]:
    """The checks for SPIN and those for Rumur: both take all if ALL are wanted, else every other one each.
    Numbers of 32 bits without a sign are beyond Promela."""
    wide = [c for c in checks() if c[1].endswith("32_bit") or c[0].stem == "simultaneous_open"]
    narrow = [c for c in checks() if c not in wide]
    if ALL:
        return narrow, checks()
    both = [c for c in narrow if c[1] in ("tiny", "small")]
    large = [c for c in narrow if c[0].name == WHOLE]
    turns = [c for c in narrow if c not in both and c not in large]
    return [*both, *large, *turns[::2]], [*both, *turns[1::2], *wide]


def cases(file: Path, check: str) -> Iterator[Case]:
    """The systems of the instances of a check: of the first one only, unless ALL are wanted."""
    program = load(file).program
    found = instances(program, program.checks[check], {}, Collector())
    for instance in found if ALL else found[:1]:
        for found_of_it in _systems(file, instance):
            if found_of_it is not None:
                yield found_of_it
            elif ALL and (file.name, check) not in LEFT_OUT:
                pytest.fail(f"{file.name}, {check}: not compared, and not among those left out")


def _systems(file: Path, instance: Instance) -> Iterator[Case | None]:
    """The system of an instance with what is asked of it, and those with observers;
    None for one that is too large. One without a state is not exported."""
    program, seen = load(file).program, set[str]()
    names = [*instance.properties, *(n for n in AUTOMATIC if n not in instance.properties)]
    model = elaborate(program, instance.request, names, Collector())
    assert model is not None
    about = About(file.name, instance.request.scenario)
    for system in [model.system, *model.watched.values()]:
        own = digest(system)
        if own not in seen and any(True for _ in Interpreter(system).initial()):
            seen.add(own)
            about_it = tuple(p for p in model.properties if digest(model.system_of(p)) == own)
            yield case(about, system, about_it)
