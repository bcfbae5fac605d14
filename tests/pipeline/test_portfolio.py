"""The ways to look for a proof: each alone comes to the same verdict, and so does their race."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tcpverify.pipeline import portfolio
from tcpverify.pipeline.plan import Request
from tcpverify.pipeline.portfolio import a_run, given_over_integers, guessed_over_integers, usual
from tcpverify.pipeline.proofs import Proved, prove_all
from tcpverify.pipeline.unproved import Unproved

SPEC = """
message M { n : seqno mod 4294967296 }
role Left { var x : seqno mod 4294967296  step go  state S initial { on step go { x := x + 1  send M (n = x) }  on receive any ignore } }
role Right { var seen : bool  state U initial { on receive M as m when m.n == 2 { seen := true  goto V }  on receive M ignore }  state V { on receive any ignore } }
network any_net { endpoint A : Left  endpoint B : Right  link A <-> B { capacity unlimited  loss unlimited  duplicate unlimited  reorder any } }
scenario run_it on any_net { }
property together : always B in V => B.seen
property wrong    : never B in V
check c { run run_it  expect together : holds  expect wrong : unknown }
"""  # noqa: E501


@pytest.fixture
def attempt(tmp_path: Path) -> Callable[[str], object]:
    path = tmp_path / "x.tcpv"
    path.write_text(SPEC)

    def found(name: str) -> object:
        (row,) = prove_all(path, tmp_path, Request(properties=(name,)))
        return row.found

    return found


@pytest.mark.parametrize("way", [usual, given_over_integers, guessed_over_integers])
def test_each_way_alone_proves_the_same(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[[str], object], way: object
) -> None:
    monkeypatch.setattr(portfolio, "WAYS", (way,))
    found = attempt("together")
    assert isinstance(found, Proved)
    assert found.certificate.claim.integers == (way is not usual)


def test_a_run_proves_nothing(monkeypatch: pytest.MonkeyPatch, attempt: Callable[[str], object]) -> None:
    monkeypatch.setattr(portfolio, "WAYS", (a_run,))
    monkeypatch.setattr(portfolio, "RUN_SECONDS", 0.5)
    assert isinstance(attempt("together"), Unproved)


@pytest.mark.parametrize("way", [usual, guessed_over_integers])
def test_no_way_proves_what_is_not_true(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[[str], object], way: object
) -> None:
    monkeypatch.setattr(portfolio, "WAYS", (way,))
    assert isinstance(attempt("wrong"), Unproved)


def test_a_run_refutes(monkeypatch: pytest.MonkeyPatch, attempt: Callable[[str], object]) -> None:
    monkeypatch.setattr(portfolio, "WAYS", (a_run,))
    assert attempt("wrong") == Unproved("a run of 3 steps breaks it")


def test_a_way_that_finds_nothing_leaves_it_to_the_next(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[[str], object]
) -> None:
    monkeypatch.setattr(portfolio, "WAYS", (a_run, usual))
    monkeypatch.setattr(portfolio, "RUN_SECONDS", 0.5)
    assert isinstance(attempt("together"), Proved)
