"""ITF JSON: written, read, replayed; hostile files give a diagnostic and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cli.specs import MET
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpverify.diagnostics import Code, ModelError
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.show import digest, show
from tcpverify.itf import Origin, itf_document, itf_text, read_itf, restored
from tcpverify.pipeline import load_text
from tcpverify.pipeline.scene import scene
from tcpverify.trace import Trace, extended

WIDE = """
message M { x : 0..1 }
role R {
  var n : 0..9223372036854775808
  var b : bool
  call go
  state S initial { on call go { n := 9223372036854775808  b := true  goto T } }
  state T { }
}
network one { endpoint A : R }
scenario s on one { }
"""
ORIGIN = Origin("x.tcpv", "0" * 64, "s")


def run_of(text: str, scenario: str, length: int = 4) -> tuple[Interpreter, Trace]:
    """A system and its first run: always the first step."""
    interpreter = Interpreter(scene(load_text(text), scenario).model.system)
    trace = Trace(interpreter.system, next(iter(interpreter.initial())), ())
    for _ in range(length):
        outcome = next(iter(interpreter.outcomes(trace.states[-1])), None)
        if outcome is None:
            break
        trace = extended(interpreter, trace, outcome.step)
    return interpreter, trace


def opened(text: str, interpreter: Interpreter | None) -> Trace:
    recorded = read_itf(text, "x.itf.json")
    assert interpreter is not None
    return restored(recorded, interpreter, "x.itf.json")


def refused(text: str, interpreter: Interpreter | None = None) -> Code:
    with pytest.raises(ModelError) as caught:
        opened(text, interpreter)
    return caught.value.diagnostics[0].code


@pytest.mark.parametrize(("text", "scenario"), [(MET, "once"), (MET, "long"), (WIDE, "s")])
def test_there_and_back(text: str, scenario: str) -> None:
    interpreter, trace = run_of(text, scenario)
    again = restored(read_itf(itf_text(trace, ORIGIN), "x"), interpreter, "x")
    assert again == trace


def test_the_format() -> None:
    """What other tools read: vars, states, `#bigint` beyond 2^53."""
    _, trace = run_of(WIDE, "s")
    document = json.loads(itf_text(trace, ORIGIN))
    assert document["vars"][:3] == ["A", "A.n", "A.b"]
    assert [s["#meta"]["index"] for s in document["states"]] == [0, 1]
    assert document["states"][0]["A.n"] == 0
    assert document["states"][1] | {"#meta": 0} == document["states"][1] | {
        "#meta": 0, "A": "T", "A.n": {"#bigint": "9223372036854775808"}, "A.b": True,
    }  # fmt: skip
    assert set(document["states"][0]) == {"#meta", *document["vars"]}


def test_digests_tell_systems_apart() -> None:
    one, _ = run_of(MET, "long")
    same, _ = run_of("# a comment\n" + MET.replace("  ", "    "), "long")
    other, _ = run_of(MET.replace("n := n + 1", "n := n + 2"), "long")
    assert show(one.system) == show(same.system)
    assert digest(one.system) == digest(same.system) != digest(other.system)


def test_digest_of_shared_expressions_is_quick() -> None:
    doubling = "".join(f"  let x{i + 1} = if b then x{i} else x{i} + x{i} - x{i}\n" for i in range(6))
    body = f"let x0 = n\n{doubling}  n := x6 % 2"
    text = WIDE.replace("n := 9223372036854775808", body).replace("0..9223372036854775808", "0..3")
    interpreter, _ = run_of(text, "s", 0)
    assert len(show(interpreter.system)) < 9_000


CIRCLE = """
role R { var n : 0..1  call go  state S initial { on call go { n := 1 - n } } }
network one { endpoint A : R }
scenario s on one { }
"""


@pytest.mark.parametrize(("length", "loop", "states"), [(3, 1, 3), (2, 0, 2), (2, 2, 3), (0, 0, 1)])
def test_lassos(length: int, loop: int, states: int) -> None:
    """`loop` is the state after the last one; no state is written twice."""
    interpreter, path = run_of(CIRCLE, "s", length)
    trace = replace(path, loop=loop)
    document = json.loads(itf_text(trace, ORIGIN))
    assert (document["loop"], len(document["states"])) == (loop, states)
    assert [s["A.n"] for s in document["states"]] == [0, 1, 0][:states]
    assert opened(json.dumps(document), interpreter) == trace
    assert "loop" not in itf_document(path, ORIGIN)


@pytest.mark.parametrize(
    ("loop", "code"),
    [(0, Code.TRACE_REFUSED), (2, Code.TRACE_REFUSED), (3, Code.TRACE_REFUSED), (4, Code.TRACE_REFUSED),
     (-1, Code.TRACE_REFUSED), (True, Code.BAD_TRACE), ("1", Code.BAD_TRACE), (None, Code.TRACE_REFUSED)],
)  # fmt: skip
def test_loops_that_do_not_fit(loop: Any, code: Code) -> None:
    """The file is about a loop from state 1."""
    interpreter, path = run_of(CIRCLE, "s", 3)
    assert refused(changed(itf_document(replace(path, loop=1), ORIGIN), ("loop",), loop), interpreter) is code


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", '"x"', "{}", '{"#meta": 1}', '{"#meta": {"tcpverify": []}}',
     "[" * 100_000, '{"a":' * 50_000, "1" * 10_000, "NaN", "\ud800", "\x00", '{"#meta": {"tcpverify": {}}}'],
)  # fmt: skip
def test_what_is_no_trace(text: str) -> None:
    assert refused(text) is Code.BAD_TRACE


def changed(document: Any, path: tuple[Any, ...], value: Any) -> str:
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return json.dumps(document)


OURS = ("#meta", "tcpverify")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ((*OURS, "schedule", "steps", 0, "index"), 99, Code.TRACE_REFUSED),
        ((*OURS, "schedule", "steps", 0, "index"), -1, Code.TRACE_REFUSED),
        ((*OURS, "schedule", "steps", 0, "index"), True, Code.BAD_TRACE),
        ((*OURS, "schedule", "steps", 0, "position"), 7, Code.TRACE_REFUSED),
        ((*OURS, "schedule", "steps", 0, "position"), "x", Code.BAD_TRACE),
        ((*OURS, "schedule", "steps", 0, "choices"), [1, 2], Code.TRACE_REFUSED),
        ((*OURS, "schedule", "steps", 0, "action"), "another", Code.TRACE_REFUSED),
        ((*OURS, "schedule", "initial"), [0], Code.TRACE_REFUSED),
        ((*OURS, "schedule", "initial", 1), {"#bigint": "x"}, Code.BAD_TRACE),
        ((*OURS, "schedule", "initial", 1), {"#bigint": "9" * 5000}, Code.BAD_TRACE),
        ((*OURS, "schedule", "initial", 1), 5, Code.TRACE_REFUSED),
        ((*OURS, "system_digest"), "0", Code.TRACE_REFUSED),
        ((*OURS, "variants"), [1], Code.BAD_TRACE),
        ((*OURS, "params"), {"a": 1}, Code.BAD_TRACE),
        (("states", 1, "A"), "S", Code.TRACE_REFUSED),
        (("states", 1, "A.b"), 1, Code.TRACE_REFUSED),
        (("states", 1, "more"), 1, Code.TRACE_REFUSED),
        (("states",), [], Code.TRACE_REFUSED),
        (("states", 0), 3, Code.BAD_TRACE),
    ],
)
def test_what_does_not_fit(path: tuple[Any, ...], value: Any, code: Code) -> None:
    interpreter, trace = run_of(WIDE, "s")
    assert refused(changed(itf_document(trace, ORIGIN), path, value), interpreter) is code


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_change_is_refused_or_harmless(data: st.DataObject) -> None:
    """A file of which one part is anything is a trace all the same, or a diagnostic."""
    interpreter, trace = run_of(CIRCLE, "s", 3) if data.draw(st.booleans()) else run_of(WIDE, "s")
    loops = len(trace) == 3
    document = itf_document(replace(trace, loop=1) if loops else trace, ORIGIN)
    path: list[Any] = []
    node: Any = document
    while isinstance(node, dict | list) and node and (not path or data.draw(st.booleans())):
        path.append(data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))))
        node = node[path[-1]]
    text = changed(document, tuple(path), data.draw(json_values))
    codes: list[Code] = []
    try:
        opened(text, interpreter)
    except ModelError as error:
        codes = [d.code for d in error.diagnostics]
    assert codes in ([], [Code.BAD_TRACE], [Code.TRACE_REFUSED])
