"""Which branches of handlers the checks take: counted, told where none does, the same from both searches."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tcpverify.cli.main import main
from tcpverify.explicit import engine
from tcpverify.limits import Limits
from tcpverify.pipeline.check import verify
from tcpverify.pipeline.load import load
from tcpverify.pipeline.plan import Request
from tcpverify.pipeline.proof_report import Telling, made
from tcpverify.report.json import verify_document
from tcpverify.report.pages import spec_page
from tcpverify.report.plain import page_text
from tcpverify.result import Outcome, Place, Result
from tcpverify.verdict import Violated

EVERYTHING = """
param most : 0..3 = 1
message M { x : 0..3 }
role R {
  var n, kept : 0..3
  var heard : bool
  call go, back, hello
  timer t
  procedure tell() { if n > most { <> kept := 1 } elif n == 0 { <> } <else> }
  procedure keep(v : 0..3) {
    if v == 3 { <> if heard { <> } <else> } else { <> if n == 0 { <> } <else> }
  }
  state S initial {
    on call go when n < 3 {
      if n == 2 { <> done } <else>
      if n == 2 { <> } <else>
      n := n + 1
      start t
      if n == 1 { <> } elif n == 3 { <> } else { <> }
      tell()
    }
    on call back when n == 2 {
      for i in 0..3 { if i == n { <> } elif i > n + 1 { <> } <else> }
      n := 3
      choose { <> kept := 0 } or { <> if heard { <> } <else> } or { <> if n == 3 { <> } <else> } or { <> }
    }
    on call hello { keep(n)  if heard { <> } <else> send M (x = n) }
    on receive M as s {
      if s.x == 2 { <> } elif s.x == 3 { <> } <else>
      heard := true
      if s.x > 1 { <> } <else>
      if s.x > 0 { <> if s.x == 0 { <> } <else> } <else>
    }
    on timeout t { keep(3)  tell() if n == 2 { <> goto T } <else> }
  }
  state T { on receive any ignore }
}
role Q { state S initial { on receive any as s { if s.x > 5 { <> } <else> send M (x = s.x) } } }
network one { endpoint A : R  endpoint B : Q  link A <-> B { capacity 2 overflow block } }
scenario s on one { A calls go at most 3  A calls back at most 1  A calls hello at most 2 }
check c { run s }
"""
"""`<>` stands where a branch begins, `<else>` where an `else` could."""

MARK = re.compile("<>|<else>")
FAILS = {"<>": "assert false", "<else>": "else { assert false }"}
SMALL = Request(limits=Limits(threads=1), branches="counted")


def decided(folder: Path, text: str, request: Request = SMALL) -> Outcome:
    file = folder / "x.tcpv"
    file.write_text(text)
    outcome = verify(load(file), request)
    assert not outcome.errors and not outcome.failures, outcome.diagnostics
    return outcome


def branches(outcome: Outcome) -> tuple[Place, ...]:
    [coverage] = outcome.coverage
    assert coverage.branches is not None
    return coverage.branches


def told(outcome: Outcome) -> dict[str, bool | None]:
    """Of each branch by its text whether it is taken, None if that is not known."""
    return {p.text: p.reached if p.known else None for p in branches(outcome)}


def warnings(folder: Path, text: str) -> list[str]:
    """The lines of the branches that there is a warning of, each with the text there."""
    outcome = decided(folder, text, Request(limits=Limits(threads=1), branches="warned of"))
    found = [d for d in outcome.warnings if d.code == "TV416"]
    return [f"{d.span.line}: {d.message}" for d in found if d.span is not None]


def fails(outcome: Outcome) -> bool:
    [verdict] = [r.verdict for r in outcome.results
                 if isinstance(r, Result) and r.prop.name == "no_failed_assert"]  # fmt: skip
    return isinstance(verdict, Violated)


def test_a_branch_is_taken_if_an_assert_in_it_fails(tmp_path: Path) -> None:
    marks = list(MARK.finditer(EVERYTHING))
    found = branches(decided(tmp_path, MARK.sub("", EVERYTHING)))
    assert [p.text.startswith("else") and "not written" in p.text for p in found] == [
        mark[0] == "<else>" for mark in marks
    ]
    for mark, place in zip(marks, found, strict=True):
        parts = EVERYTHING[: mark.start()], FAILS[mark[0]], EVERYTHING[mark.end() :]
        text = "".join(MARK.sub("", part) for part in parts)
        assert fails(decided(tmp_path, text, Request(limits=Limits(threads=1)))) is place.reached, place
    assert {p.reached for p in found} == {True, False} and all(p.known for p in found)


def test_machine_code_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = MARK.sub("", EVERYTHING)
    plain = branches(decided(tmp_path, text))
    if not engine.machine_code():
        pytest.skip("llvmlite is not installed")
    monkeypatch.setattr(engine, "SMALL", 10)
    assert branches(decided(tmp_path, text)) == plain


ONE = """
param most : 0..3 = 1
message M { x : 0..3 }
role R {
  var n : 0..3
  call go, never
  state S initial {
    on call go {
      BODY
    }
    on call never { if n == 2 { n := 0 } }
  }
}
network one { endpoint A : R }
scenario s on one { A calls go at most 3  A calls never at most 0 }
check c { CHECK }
"""


def one(body: str, check: str = "run s") -> str:
    return ONE.replace("BODY", body).replace("CHECK", check)


def test_what_no_instance_takes_is_warned_of(tmp_path: Path) -> None:
    """The outermost branch only, and none of a handler that is not taken at all."""
    body = "if n == 3 { if n > 1 { n := 0 } else { n := 1 } } else {\n if n < 3 { n := n + 1 } }"
    assert warnings(tmp_path, one(body)) == [
        "12: no check reaches the handler `on call never { if n == 2 { n := 0 } }`",
        "9: no check takes the branch `if n == 3`",
        "10: no check takes the branch `else of if n < 3 (not written)`",
    ]


def test_one_instance_is_enough(tmp_path: Path) -> None:
    body = "if most == 1 { n := 1 } elif most == 3 { n := 2 }"
    narrow = told(decided(tmp_path, one(body, "for most in 2..3  run s")))
    assert narrow == {
        "if most == 1": False, "elif most == 3": True, "else of if most == 1 (not written)": True,
        "if n == 2": False, "else of if n == 2 (not written)": False,
    }  # fmt: skip
    wide = told(decided(tmp_path, one(body, "for most in 0..3  run s")))
    assert wide == {**narrow, "if most == 1": True}


def test_a_step_that_errs_takes_what_stands_before_the_error(tmp_path: Path) -> None:
    body = "if n == 0 { } else { }  assert n > 0  if n == 0 { } else { }"
    found = branches(decided(tmp_path, one(body)))
    assert [p.reached for p in found] == [True, False, False, False, False, False]


def test_what_was_not_searched_to_the_end_is_not_known(tmp_path: Path) -> None:
    body = "if n == 0 { n := 1 } elif n == 3 { n := 0 } else { n := n + 1 }"
    short = decided(tmp_path, one(body), Request(limits=Limits(max_states=2, threads=1), branches="counted"))
    assert set(told(short).values()) == {None}
    [document] = verify_document(short)["coverage"]
    assert document["branches"]["reached"] == 0 and len(document["branches"]["unknown"]) == 5
    [whole] = verify_document(decided(tmp_path, one(body)))["coverage"]
    assert whole["branches"]["reached"] == 2 and whole["branches"]["unknown"] == []
    assert [m["text"] for m in whole["branches"]["missed"]] == [
        "elif n == 3",
        "if n == 2",
        "else of if n == 2 (not written)",
    ]


def test_unasked_nothing_is_looked_for(tmp_path: Path) -> None:
    outcome = decided(tmp_path, one("if n == 3 { n := 0 }"), Request())
    assert outcome.coverage[0].branches is None
    assert [d.span.line for d in outcome.warnings if d.code == "TV416" and d.span] == [11]


BY_MOST = "if most == 3 { } elif n == most { } else { n := fresh }"
SWEPT = "for most in 0..2  run s"


def test_verify_warns_only_if_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.tcpv").write_text(one(BY_MOST, SWEPT))
    warned = []
    for words in ([], ["--branches"]):
        monkeypatch.setattr(sys, "argv", ["tcpverify", "verify", "x.tcpv", "--jobs", "1", *words])
        with pytest.raises(SystemExit):
            main()
        warned.append("no check takes the branch `if most == 3`\n  --> x.tcpv:9" in capsys.readouterr().err)
    assert warned == [False, True]


def pages(folder: Path, limits: Limits) -> tuple[str, str]:
    """What a report says of the spec, as HTML and as Markdown."""
    outcome = decided(folder, one(BY_MOST, SWEPT), Request(limits=limits, branches="counted"))
    told = Telling(folder, folder, "again", lambda _: [], ())
    [page] = made([load(folder / "x.tcpv")], outcome, [], told)
    return spec_page(page), page_text(page)


def test_a_report_names_them(tmp_path: Path) -> None:
    page, text = pages(tmp_path, Limits(threads=1))
    assert "2 of 5 branches of handlers taken. Not taken:" in text and "Not known" not in text
    assert "<h3>2 of 5 branches of handlers taken</h3>\n<p>Not taken:</p>" in page
    assert re.search(r"^- R\\: if most == 3 \(.*x\.tcpv\\:9\)$", text, re.MULTILINE)
    page, text = pages(tmp_path, Limits(max_states=4, threads=1))
    assert "1 of 5 branches of handlers taken.\n\nNot known whether taken:\n\n- R" in text
    assert "<p>Not known whether taken:</p><ul><li><code>R: if most == 3</code>" in page


def test_what_is_imported_is_counted_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "part.tcpv").write_text(one("if n == 3 { n := 0 }").partition("check")[0])
    more = """import "part.tcpv"
variant odd { add first S on call go { if n > 2 { n := 0 } else { n := 3 } } }
check c { run s with variant odd }
check d { run s }
"""
    assert set(told(decided(tmp_path, more))) == {"if n > 2", "else of if n > 2"}
