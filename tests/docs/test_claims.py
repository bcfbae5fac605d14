"""What the documents say and no single example can show: imports, precedence, order, limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_blocks import wrapped

from tcpverify.diagnostics import Code, ModelError
from tcpverify.pipeline import Request, load, load_text, verify
from tcpverify.result import Outcome, Result
from tcpverify.trace import Trace
from tcpverify.verdict import trace_of

ONE = """
param n : 0..3 = 0
role R { var x : 0..3 = n  step go  state S initial { on step go -> T }  state T { } }
network one { endpoint A : R }
scenario alone on one { }
property is_3 : always A.x == 3
"""


def refused(text: str) -> set[Code]:
    try:
        outcome = verify(load_text(text), Request())
    except ModelError as error:
        return {d.code for d in error.diagnostics}
    return {d.code for d in outcome.errors}


def trace(outcome: Outcome, name: str) -> Trace:
    """The trace of the one result on a property."""
    (found,) = [r for r in outcome.results if isinstance(r, Result) and r.prop.name == name]
    shown = trace_of(found.verdict)
    assert shown is not None
    return shown


# --- Files -------------------------------------------------------------------------------------------


def test_imported_declarations_are_seen_and_imported_checks_are_not_run(tmp_path: Path) -> None:
    check = "check imported { run alone  expect is_3 : holds }"
    (tmp_path / "part.tcpv").write_text(ONE + check)
    main = 'import "part.tcpv"\ncheck own { run alone with n = 3  expect is_3 : holds }'
    (tmp_path / "main.tcpv").write_text(main)
    outcome = verify(load(tmp_path / "main.tcpv"), Request())
    assert {r.check for r in outcome.results} == {"own"}
    assert all(r.met for r in outcome.results)


@pytest.mark.parametrize("how", ["path", "link"])
def test_an_import_cannot_leave_the_folder(tmp_path: Path, how: str) -> None:
    (tmp_path / "outside.tcpv").write_text(ONE)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.tcpv").symlink_to(tmp_path / "outside.tcpv")
    target = "../outside.tcpv" if how == "path" else "link.tcpv"
    (inside / "main.tcpv").write_text(f'import "{target}"\n')
    with pytest.raises(ModelError) as error:
        load(inside / "main.tcpv")
    assert [d.code for d in error.value.diagnostics] == [Code.IMPORT_OUTSIDE]


def test_imports_do_not_go_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.tcpv").write_text('import "b.tcpv"\n')
    (tmp_path / "b.tcpv").write_text('import "a.tcpv"\n')
    with pytest.raises(ModelError) as error:
        load(tmp_path / "a.tcpv")
    assert [d.code for d in error.value.diagnostics] == [Code.IMPORT_CYCLE]


# --- Precedence and order ----------------------------------------------------------------------------


def test_the_command_line_wins_over_for() -> None:
    run = "for n in { 1 }  run alone with n = 2"
    text = f"{ONE} check c {{ {run}  expect is_3 : holds  expect no_deadlock : violated }}"
    outcome = verify(load_text(text), Request(params={"n": "3"}))
    assert outcome.results
    assert all(r.met and dict(r.instance) == {"n": "3"} for r in outcome.results)


def test_results_come_in_the_order_of_the_text() -> None:
    checks = [
        f"check {c} {{ for n in {{ 2..3 }} run alone expect is_3 : holds when n == 3 }}" for c in "dacb"
    ]
    outcome = verify(load_text(ONE + "\n".join(checks)), Request(properties=("is_3",)))
    assert [r.check for r in outcome.results] == list("dacb")


TIED = """
message Segment { flags : flags { SYN } }
role R {
  var x : bool
  var y : 0..2
  step go
  state S initial { on step go when not x { x := true }  on receive SYN { x := true } }
}
network one { endpoint A, B : R  link B -> A { loss at most 2 } }
scenario s on one { preload B -> A : SYN  A starts with y in { 2, 1 } }
property kept : never in_flight(B -> A) == 0
property idle : never A.x
check c { run s  expect kept, idle : violated in 1  expect no_unhandled, no_deadlock : violated }
"""


@pytest.mark.parametrize("engine", ["explicit", "smt", "both"])
def test_of_the_shortest_traces_the_least(engine: str) -> None:
    """No fault where none is needed, the least initial values, receptions before steps."""
    outcome = verify(load_text(TIED), Request(engine=engine))  # type: ignore[arg-type]
    for name in ("kept", "idle"):
        shown = trace(outcome, name)
        assert shown.faults == 0
        assert [str(s.action.kind) for s in shown.steps] == ["receive"]
        values = dict(zip((v.name for v in shown.system.variables), shown.initial.values, strict=True))
        assert values["A.y"] == 1


# --- Limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("expression", "(" * 101 + "1" + ")" * 101, Code.TOO_DEEP),
        ("expression", "1" * 41 + " == count", Code.NUMBER_TOO_LARGE),
        ("expression", "2 ^ 257 == count", Code.NUMBER_TOO_LARGE),
        ("type", "seqno mod 2 ^ 32 + 1", Code.BAD_TYPE),
        ("type", "0..2 ^ 64 + 1", Code.BAD_TYPE),
        ("link", "capacity 10001", Code.OUT_OF_TYPE),
        ("link", "loss at most 1000001", Code.OUT_OF_TYPE),
        ("scenario", "A calls close at most 1000001", Code.OUT_OF_TYPE),
        ("role", "timer slow { retries 1000001 }", Code.OUT_OF_TYPE),
        ("statement", "for i in 0..1000 { }", Code.TOO_LARGE),
        ("expression", "all i in 0..1000 : i >= 0", Code.TOO_LARGE),
        ("statement", "for i in 1..1000 { for j in 1..11 { notify n } }", Code.TOO_LARGE),
        ("declaration",
         "param a : 0..999 = 0\ncheck c { for a in 0..999 for limit in 0..7 for n in 0..1 run idle\n"
         "expect never_both : holds }\nparam n : 0..1 = 0",
         Code.TOO_MANY_INSTANCES),
    ],
)  # fmt: skip
def test_limits(kind: str, text: str, code: Code) -> None:
    assert refused(wrapped(kind, text)) == {code}


def test_an_expression_grows_only_so_far() -> None:
    chain = "\n".join(f"def f{i + 1}(n : 0..9) : bool = f{i}(n) or f{i}(n) or f{i}(n)" for i in range(9))
    text = "def f0(n : 0..9) : bool = n == 3\n" + chain
    assert refused(wrapped("role", text + "\nin LISTEN { on receive SYN when f9(count) ignore }")) == {
        Code.TOO_LARGE
    }


def test_a_file_has_at_most_a_mebibyte(tmp_path: Path) -> None:
    (tmp_path / "large.tcpv").write_text("#" * (1 << 20) + "\n")
    with pytest.raises(ModelError) as error:
        load(tmp_path / "large.tcpv")
    assert [d.code for d in error.value.diagnostics] == [Code.FILE_TOO_LARGE]
