"""Exported texts: every operator has one, names are legal, comments stay comments, TLA+ is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.export.comments import comment, plain
from tcpverify.export.expressions import MURPHI, PROMELA, TLA, Dialect
from tcpverify.export.heading import About
from tcpverify.export.languages import LANGUAGES, export
from tcpverify.export.names import MURPHI_WORDS, PROMELA_WORDS, TLA_WORDS, Names, identifier
from tcpverify.ir.expr import Op
from tcpverify.ir.system import Fair, Initial, Property, Signal, System
from tcpverify.pipeline import load, load_text
from tcpverify.pipeline.scene import scene
from tests.engines.random_systems import operators
from tests.export import peers, samples
from tests.export.shipped import FILES, Case, cases, checks

EVERY = pytest.mark.parametrize("language", LANGUAGES)


# --- Expressions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [PROMELA, MURPHI, TLA], ids=["promela", "murphi", "tla"])
def test_every_operator_has_a_text(dialect: Dialect) -> None:
    assert set(dialect.operators) == set(Op)


def test_the_compared_systems_use_every_operator() -> None:
    """So what the tables say is judged by SPIN and Rumur."""
    used: set[Op] = set()
    for index in range(10):
        case = samples.random_case(index)
        used |= operators(case.system, case.properties)
    assert used == set(Op)


# --- Names and comments ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [PROMELA_WORDS, MURPHI_WORDS, TLA_WORDS])
def test_names_are_legal_and_unique(words: frozenset[str]) -> None:
    names = Names(words)
    asked = [
        *sorted(words),
        *sorted(words),
        "A -> B",
        "A to B",
        "x?",
        "1",
        "",
        "§",
        "a.b",
        "a b",
        "A_B",
        "WF_x",
    ]
    given = [names.free(text) for text in asked]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in given)
    assert len({n.lower() for n in given} | {w.lower() for w in words}) == len(given) + len(
        {w.lower() for w in words}
    )


HOSTILE = 'x */ assert(0); /* y\n#define A_state 1\r\\ "; error "z\\\n*) ==== (* \u202e \u00e9 */*/ //*'


def test_comments_cannot_be_left() -> None:
    said = plain(HOSTILE)
    assert not re.search(r'\*/|/\*|\(\*|\*\)|["\\\n\r]', said) and said.isascii() and said.isprintable()
    for line in comment([HOSTILE * 5], "/*", " */"):
        assert line.count("*/") == 1 and line.endswith("*/") and line.count("/*") == 1


@EVERY
def test_a_spec_cannot_put_anything_into_the_text(language: str) -> None:
    """Only comments and strings differ if all words that are free are hostile."""
    case = samples.random_case(0)
    actions = tuple(replace(a, name=HOSTILE, cites=(HOSTILE,)) for a in case.system.actions)
    system = replace(case.system, actions=actions, name=HOSTILE)
    properties = tuple(replace(p, text=HOSTILE) for p in case.properties)
    about = About("plain.tcpv", "plain")
    harmless = _without_words(export(language, about, case.system, case.properties), language)
    assert _without_words(export(language, about, system, properties), language) == harmless


def _without_words(text: str, language: str) -> list[str]:
    """The lines of a text without comments and strings; in TLA+ without the names of steps."""
    sign = {"promela": r"\s*/\*.*", "murphi": r"\s*--.*", "tla": r"\s*\\\*.*"}[language]
    lines = [line for line in text.splitlines() if not re.fullmatch(sign, line)]
    lines = [re.sub(r'"[^"]*"', '""', line) for line in lines]
    return [re.sub(r"\bStep_\w+", "Step", line) for line in lines]


KEYWORDS = """
protocol p {
  message end { int : 0..2  flags : flags { active, BEGIN } }
  message mtype { linux, rule : 0..1 }
  role Process {
    var now, do, len, number, sent, A, SAFETY : 0..2
    var slot, Next : bool
    call init
    state od initial { on call init { do := 1 - do  send mtype (linux = do, rule = 1)  goto of } }
    state of {
      on receive mtype as s {
        now := s.linux
        sent := 2
        slot := not slot
        send end + active (int = 2)
        goto od
      }
      on receive any { number := (number + 1) % 3  Next := slot }
    }
    in any { on receive any ignore }
  }
}
network n { endpoint S, model : Process  link S <-> model { capacity 2  overflow drop  reorder any } }
scenario pan on n { S calls init at most 3 }
property SAFETY : always S.len == 0
property depth : always S.now <= 1
property now : always S.now <= 1
property reachable_end : reachable S.number == 1
"""


def _keywords() -> Case:
    from tests.export.shipped import case

    found = scene(
        load_text(KEYWORDS, "keywords.tcpv"), "pan", properties=("now", "depth", "SAFETY", "reachable_end")
    ).model
    made = case(About("keywords.tcpv", "pan"), found.system, found.properties)
    assert made is not None
    return made


def test_a_spec_of_reserved_words(tmp_path: Path) -> None:
    peers.needed("spin", "gcc", "rumur", "cc")
    case = _keywords()
    counts = (case.states, case.transitions)
    assert case.states > 20
    spin = peers.spin(tmp_path, export("promela", case.about, case.system, case.properties))
    rumur = peers.rumur(tmp_path, export("murphi", case.about, case.system, case.without_violated()))
    assert (spin.states, spin.transitions) == (rumur.states, rumur.transitions) == counts


# --- Numbers too wide for Promela --------------------------------------------------------------------


def test_murphi_takes_32_bit_sequence_numbers(tmp_path: Path) -> None:
    peers.needed("rumur", "cc")
    (case,) = cases(next(f for f in FILES if f.stem == "handshake_proofs"), "acknowledged_32_bit")
    found = peers.rumur(tmp_path, export("murphi", case.about, case.system, ()))
    assert (found.states, found.transitions) == (case.states, case.transitions)
    with pytest.raises(ModelError, match="Promela ends at"):
        export("promela", case.about, case.system, ())


# --- What is refused ---------------------------------------------------------------------------------


def refused(system: System, language: str, properties: Sequence[Property] = ()) -> str:
    with pytest.raises(ModelError) as refusal:
        export(language, About("x.tcpv", "x"), system, properties)
    (diagnostic,) = refusal.value.diagnostics
    assert diagnostic.hint
    return str(diagnostic)


@EVERY
def test_unlimited_channels_are_refused(language: str) -> None:
    system = samples.random_case(0).system
    channels = (replace(system.channels[0], capacity=None), *system.channels[1:])
    assert "is unlimited" in refused(replace(system, channels=channels), language)


@EVERY
def test_too_many_initial_states_are_refused(language: str) -> None:
    system = samples.random_case(0).system
    values = tuple(tuple(range(10)) for _ in system.variables)
    wide = replace(system, initial=Initial(values, system.initial.contents))
    assert "initial states" in refused(wide, language)


@pytest.mark.parametrize(
    ("modulus", "fair", "reason"),
    [
        ("4", Fair("delivery", strong=True), "strongly fair, more than 12"),
        ("16", Fair("delivery"), "segment values, more than 1,000"),
        ("256", Fair("delivery"), "segment values, more than 1,000"),
    ],
)
def test_too_much_fairness_is_refused(modulus: str, fair: Fair, reason: str) -> None:
    """Without listing it first."""
    found = scene(load(FILES[-1]), "bench", params={"M": modulus}, properties=("answered",)).model
    wide = [replace(p, fairness=(fair,)) for p in found.properties]
    assert reason in refused(found.system, "promela", wide)


# --- Shape -------------------------------------------------------------------------------------------


@EVERY
def test_every_handler_is_named_over_its_rule(language: str) -> None:
    (case,) = cases(FILES[0], "fifo")
    text = export(language, case.about, case.system, case.properties)
    for action in case.system.actions:
        if action.span is not None and not all(isinstance(e, Signal) for e in action.effects):
            assert f"abp.tcpv:{action.span.line}" in text
    assert "CACM 12(5), 1969" in text
    assert text.isascii() and max(map(len, text.splitlines())) < 4_000


def _operators(text: str) -> Iterator[tuple[str, str]]:
    """The definitions of a TLA+ module: name and body, comments left out."""
    text = re.sub(r"\\\*.*", "", text)
    for found in re.finditer(
        r"^(\w+)(?:\([\w, ]+\))? ==(.*?)(?=^\w+(?:\([\w, ]+\))? ==|^====)", text, re.M | re.S
    ):
        yield found[1], found[2]


SYMBOLS = {"E", "in", "o", "div"}
"""Names after a backslash."""


@pytest.mark.parametrize(("file", "check"), checks()[::4])
def test_tla_is_whole(file: Path, check: str) -> None:
    """Every name is defined once, and a step says once of every variable what becomes of it."""
    for case in cases(file, check):
        text = export("tla", case.about, case.system, case.properties)
        assert text.startswith("---- MODULE ") and text.endswith("\n====\n")
        assert "EXTENDS Integers, Sequences, FiniteSets" in text
        found = list(_operators(text))
        defined = [name for name, _ in found]
        assert len(set(defined)) == len(defined)
        variables = re.findall(r"\w+", re.findall(r"^vars == <<(.*)>>$", text, re.M)[0])
        _known_names(found, {*defined, *variables})
        steps = [(name, body) for name, body in found if name.startswith("Step_")]
        assert steps and {name for name, _ in steps} == set(
            re.findall(r"\\/ (Step_\w+)", dict(found)["Next"])
        )
        for name, body in steps:
            primed = re.findall(r"^ +/\\ (\w+)' =", body, re.M)
            same = re.findall(r"UNCHANGED <<(.*?)>>", body)
            left = re.findall(r"\w+", same[0]) if same else []
            assert sorted(primed + left) == sorted(variables), name
        for _, body in found:
            assert all(body.count(a) == body.count(b) for a, b in ("()", "[]", "{}"))


def _known_names(found: list[tuple[str, str]], defined: set[str]) -> None:
    for name, body in found:
        local = set(re.findall(r"(\w+) (?:\\in|==|\|->)", body)) | {"s", "n", "e", "a", "b", "i"}
        fields = set(re.findall(r"(?:\.|!\.)([A-Za-z]\w*)", body))
        words = set(re.findall(r"(?<![\w.\\])[A-Za-z_]\w*", body)) - {"_vars"}
        unknown = words - defined - local - fields - TLA_WORDS - SYMBOLS - {"each", "position", "taken"}
        assert not unknown, f"{name}: {sorted(unknown)}"


def test_identifiers_say_what_they_stand_for() -> None:
    told = ["A.iss", "A -> B", "lose budget of A -> B", "timer?"]
    assert [identifier(t) for t in told] == ["A_iss", "A_to_B", "lose_budget_of_A_to_B", "timer_present"]
