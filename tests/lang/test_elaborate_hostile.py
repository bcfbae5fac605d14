"""Specs that are meant to exhaust the elaborator: a diagnostic within seconds, never an exception."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.result import Outcome, Result

SECONDS = 30.0
LIMITS = Limits(max_states=500, max_bound=2, seconds=2.0)


def run(text: str, request: Request | None = None) -> tuple[set[str], Outcome | None]:
    """The codes of all errors; nothing but ModelError may be raised, and that quickly."""
    started = time.monotonic()
    try:
        outcome = verify(load_text(text), request or Request(limits=LIMITS))
    except ModelError as refusal:
        return {d.code.value for d in refusal.diagnostics}, None
    finally:
        assert time.monotonic() - started < SECONDS
    assert not outcome.failures
    return {d.code.value for d in outcome.errors}, outcome


def model(
    role: str = "", handlers: str = "", top: str = "", scenario: str = "", expect: str = "",
    prop: str = "true", link: str = "", check: str = "",
) -> str:  # fmt: skip
    return f"""
{top}
message M {{ flags : flags {{ SYN, ACK }} n : 0..3 }}
role R {{
  var x, y : 0..9
  step go
  timer t
  {role}
  state S initial {{ {handlers} }}
}}
network net {{ endpoint A, B : R  link A <-> B {{ {link} }} }}
scenario s on net {{ {scenario} }}
property p : always {prop}
check c {{ {check} run s  expect p : holds  {expect} }}
"""


def chain(depth: int, step: str, last: str) -> str:
    return "\n".join([*(step.format(i=i, j=i + 1) for i in range(depth)), last.format(i=depth)])


DEFS = chain(40, "def f{i}(x : 0..9) : 0..9 = f{j}(x) + f{j}(x)", "def f{i}(x : 0..9) : 0..9 = x")
CONSTANT_DEFS = chain(40, "def f{i}() : 0..1 = f{j}() * f{j}()", "def f{i}() : 0..1 = 1")
SQUARES = chain(40, "def f{i}(x : 0..9) : 0..9 = f{j}(x * x)", "def f{i}(x : 0..9) : 0..9 = x")
POWERS = chain(40, "def f{i}() : 0..9 = f{j}() ^ 200", "def f{i}() : 0..9 = 2 ^ 200")
PROCEDURES = chain(40, "procedure q{i}() {{ q{j}()  q{j}() }}", "procedure q{i}() {{ }}")
RECORDS = chain(40, "record r{i} {{ a : r{j}  b : r{j} }}", "record r{i} {{ a : bool }}")
TYPES = chain(2_000, "type t{i} = t{j}", "type t{i} = 0..3")
CONSTANTS = chain(2_000, "const k{i} = k{j} + 1", "const k{i} = 1")
DEEP_DEFS = chain(2_000, "def f{i}(x : 0..9) : 0..9 = f{j}(x)", "def f{i}(x : 0..9) : 0..9 = x")
NESTED_DEFS = chain(45, "def f{i}(x : 0..9) : bool = " + "not (x == 1 and " * 20 + "f{j}(x)" + ")" * 20,
                    "def f{i}(x : 0..9) : bool = x == 1")  # fmt: skip
DEEP_PROCEDURES = chain(2_000, "procedure q{i}() {{ q{j}() }}", "procedure q{i}() {{ }}")


def many(n: int, item: str) -> str:
    return "\n".join(item.format(i=i) for i in range(n))


HOSTILE: list[tuple[str, str, set[str]]] = [
    ("exponential defs", model(top=DEFS, handlers="on step go { x := f0(x) }"), {"TV504"}),
    ("exponential constant defs", model(top=CONSTANT_DEFS, handlers="on step go { x := f0() }"), {"TV504"}),
    ("exponential defs in a property", model(top=CONSTANT_DEFS, prop="f0() == 1"), {"TV504"}),
    ("exponential defs in a constant", model(top=CONSTANT_DEFS + " const z = f0()"), {"TV504"}),
    ("exponential defs in a check", model(top=CONSTANT_DEFS, expect="expect states f0()"), {"TV504"}),
    ("repeated squares", model(top=SQUARES, handlers="on step go { x := f0(x) }"), {"TV104"}),
    ("repeated powers", model(top=POWERS, handlers="on step go { x := f0() }"), {"TV104"}),
    ("exponential procedures", model(PROCEDURES, "on step go { q0() }"), {"TV504"}),
    ("exponential records", model("var r : r0", top=RECORDS), {"TV504"}),
    ("a chain of types", model("var r : t0", top=TYPES), {"TV103"}),
    ("a chain of constants", model(top=CONSTANTS), {"TV103"}),
    ("a chain of defs", model(top=DEEP_DEFS, handlers="on step go { x := f0(x) }"), {"TV103"}),
    ("deeply nested defs", model(top=NESTED_DEFS, prop="f0(A.x)"), {"TV103"}),
    ("a chain of procedures", model(DEEP_PROCEDURES, "on step go { q0() }"), {"TV103"}),
    ("quantifiers", model(prop="all i in 1..999 : all j in 1..999 : all k in 1..999 : i < 1000"), {"TV504"}),
    (
        "nested loops",
        model(
            handlers="on step go { for i in 1..999 { for j in 1..999 { for k in 1..999 "
            "{ if i == j { } } } } }"
        ),
        {"TV504"},
    ),
    ("huge loop", model(handlers="on step go { for i in 0..1000000000000 { done } }"), {"TV504"}),
    ("huge powers", model(prop="2 ^ 256 ^ 256 > 0"), {"TV104"}),
    ("huge powers of variables", model(prop="(A.x ^ 256) ^ 256 > 0"), {"TV104"}),
    ("power of a variable", model(prop="A.x ^ A.y >= 0"), set()),
    ("deep ifs", model(handlers="on step go { " + "if x == 1 { " * 80 + "y := 1" + " }" * 80 + " }"), set()),
    ("many ifs with done", model(handlers="on step go { " + "if x == 1 { done } " * 3_000 + " }"), set()),
    (
        "many ifs with start",
        model(handlers="on step go { " + "if x == 1 { start t } " * 3_000 + " }"),
        {"TV504"},
    ),
    (
        "many elifs",
        model(handlers="on step go { if x == 1 { } " + "elif x == 2 { y := 3 } " * 3_000 + " }"),
        {"TV504"},
    ),
    (
        "many unknown names",
        model(handlers="on step go { " + many(1_500, "let a{i} = b{i}") + " }"),
        {"TV201"},
    ),
    (
        "doubling lets",
        model(handlers="on step go { let a0 = x " + chain(60, "let a{j} = a{i} + a{i}", "") + " y := a60 }"),
        {"TV504"},
    ),
    ("many operands", model(prop=" and ".join(["A.x <= 8"] * 20_000)), set()),
    ("many divisions", model(prop=" and ".join(["1 / A.x <= 9"] * 1_000)), set()),
    ("large sets", model(prop="A.x in { " + ", ".join(["1"] * 30_000) + " }"), {"TV504"}),
    ("many handlers", model(handlers=many(5_000, "on receive SYN as s when s.n == {i} ignore")), {"TV504"}),
    (
        "many disjoint handlers",
        model("call " + many(3_000, "c{i},") + " last", many(3_000, "on call c{i} ignore")),
        set(),
    ),
    (
        "many states",
        model(handlers="}" + many(1_000, "state S{i} {{ on receive any ignore }}") + " state Z {"),
        set(),
    ),
    ("many variables", model(many(3_000, "var v{i} : bool")), set()),
    (
        "matrix of 10^9",
        model(top=many(9, "param p{i} : 0..9 = 1"), check=many(9, "for p{i} in 0..9")),
        {"TV502"},
    ),
    (
        "a sweep of 10^12",
        model(top="param p : 0..1000000000000 = 1", check="for p in 0..1000000000000"),
        {"TV502"},
    ),
    ("a sweep of 2^64", model(top="param p : 0..2 ^ 64 = 1", check="for p in 0..2 ^ 64"), {"TV502"}),
    (
        "a set sweep of 10^12",
        model(top="param p : 0..1000000000000 = 1", check="for p in { 0..1000000000000 }"),
        {"TV503"},
    ),
    ("fresh of 10^12", model(handlers="on step go { x := fresh in { 0..1000000000000 } }"), {"TV303"}),
    ("a huge array", model("var a : [0..1000000000000] of bool"), {"TV302"}),
    ("nested arrays", model("var a : [1..100] of [1..100] of [1..100] of bool"), {"TV302"}),
    (
        "an array of everything",
        model("var a : [0..999] of 0..9", "on step go { a[a[a[x]]] := a[a[y]] }"),
        set(),
    ),
    ("a large array", model("var a : [0..999] of 0..9", "on step go { a[x + y] := a[y] }"), set()),
    (
        "writes that may alias",
        model("var a : [0..9] of 0..9", "on step go { " + many(200, "a[(x + {i}) % 10] := y") + " }"),
        {"TV504"},
    ),
    ("options of options", model(top="type t0 = 0..3? type t1 = t0?", role="var o : t1"), {"TV302"}),
    (
        "a family without end",
        model().replace("endpoint A, B", "endpoint P[1..10000000000] : R  endpoint A, B"),
        {"TV303"},
    ),
    (
        "a family of itself",
        model().replace("endpoint A, B", "endpoint P[P..2] : R  endpoint A, B"),
        {"TV201"},
    ),
    (
        "a network of families",
        model().replace("link A <-> B {  }", "endpoint P[1..40] : R  link P <-> P { }"),
        set(),
    ),
    (
        "flags without end",
        model(
            top="message N { flags : flags { " + many(3_000, "F{i},") + " G } }",
            handlers="on receive N ignore",
        ),
        set(),
    ),
]


@pytest.mark.parametrize(("text", "codes"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile(text: str, codes: set[str]) -> None:
    found, _ = run(text)
    assert found == codes


@pytest.mark.parametrize("engine", ["explicit", "smt"])
def test_fresh_over_32_bits(engine: str) -> None:
    text = model("var iss : seqno mod 4294967296", "on step go when iss == 0 { iss := fresh }")
    request = Request(engine=engine, limits=LIMITS)  # type: ignore[arg-type]
    found, outcome = run(text, request)
    assert not found and outcome is not None and outcome.results


REFINED = """
role Other { %s }
network other { endpoint O : Other  %s }
property r : refines other via { %s }
"""
ONE_STATE = "var z : 0..9  step go  state T initial { %s }"


@pytest.mark.parametrize(
    ("role", "link", "mapping", "reason"),
    [
        (ONE_STATE % "on step go { z := z }", "", "O.z = A.x", None),
        ("var z : seqno mod 2^32  step go  state T initial { on step go { z := fresh } }", "", "O.z = A.x",
         "too many values"),
        ("call go  state T initial { on call go { send M to all }  on receive any defer }",
         "endpoint Q : Other  link O <-> Q { capacity unlimited }", "O in T when true", "segments in flight"),
        ("var z : [1..9] of 0..9  step go  "
         "state T initial { on step go { for i in 1..9 { z[i] := fresh } } }",
         "", "O.z[1] = A.x", "too many values"),
        ("var a, b, c, d, e : 0..9  step go  state T initial { on step go { a := fresh  b := fresh "
         "c := fresh  d := fresh } }", "", "O.e = A.x", "more than 200,000 transitions"),
    ],
)  # fmt: skip
def test_refining_what_is_large(role: str, link: str, mapping: str, reason: str | None) -> None:
    text = model(handlers="on step go when x < 9 { x := x + 1 }", top=REFINED % (role, link, mapping),
                 expect="expect r : unknown")  # fmt: skip
    found, outcome = run(text)
    assert not found and outcome is not None
    results = [r for r in outcome.results if isinstance(r, Result)]
    (verdict,) = [str(r.verdict) for r in results if r.prop.name == "r"]
    assert ("Unknown" in verdict) == (reason is not None) and (reason or "") in verdict


def test_a_map_too_deep_to_read() -> None:
    nested = "def f{i}(x : 0..9) : bool = " + "not (x == 1 and " * 20 + "f{j}(x)" + ")" * 20
    defs = chain(4, nested, "def f{i}(x : 0..9) : bool = x == 1")
    refined = REFINED % (ONE_STATE % "", "", "O in T when f0(A.x)")
    assert run(model(top=defs + refined, expect="expect r : unknown"))[0] == {"TV504"}


def test_overrides_of_any_size() -> None:
    text = model(top="param p : 0..2 ^ 64 = 1")
    for value in ("0..18446744073709551616", "9" * 5_000, "1..0", "true", "-1", ".."):
        found, _ = run(text, Request(params={"p": value}, limits=LIMITS))
        assert found <= {"TV502", "TV505"} and found


def test_one_mistake_of_size_is_told_once() -> None:
    text = model(top=CONSTANT_DEFS, handlers="on step go { x := f0()  y := f0() } on timeout t { x := f0() }")
    try:
        errors: Iterable[object] = verify(load_text(text), Request(limits=LIMITS)).errors
    except ModelError as refusal:
        errors = refusal.diagnostics
    assert len(list(errors)) == 1
