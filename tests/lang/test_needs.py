"""What an instance depends on: nothing else is needed to elaborate it, and places are no part of digests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tcpverify.diagnostics import Collector
from tcpverify.lang.elaborate import elaborate
from tcpverify.lang.needs import TABLES, Digests, Needed, needed
from tcpverify.lang.resolve import Program
from tcpverify.pipeline.load import load, load_text
from tcpverify.pipeline.plan import Request, plan

SPECS = Path(__file__).resolve().parents[2] / "specs"


def alone(program: Program, wanted: Needed) -> Program:
    """A program of some declarations only."""
    tables = {t: {n: x for n, x in getattr(program, t).items() if (t, n) in wanted} for t in TABLES}
    return replace(program, **tables, checks={})


@pytest.mark.parametrize("name", ["abp", "protocols/sctp", "protocols/dccp", "protocols/tls13_downgrade"])
def test_what_is_needed_is_enough(name: str) -> None:
    program = load(SPECS / f"{name}.tcpv").program
    rows = plan(load(SPECS / f"{name}.tcpv"), Request(), Collector(), lambda rows, _: rows)
    fewer = 0
    for p in rows[:12]:
        wanted = needed(program, p.instance.request, p.wanted)
        fewer += len(wanted) < sum(len(getattr(program, t)) for t in TABLES)
        whole = elaborate(program, p.instance.request, p.wanted, Collector())
        part = elaborate(alone(program, wanted), p.instance.request, p.wanted, Collector())
        assert whole is not None
        assert repr(whole) == repr(part)
    assert fewer


TEXT = """
def three() : bool = A.n == 3
role R { var n : 0..3  step s  state S initial { on step s when n < 3 { n := n + 1 } } }
network net { endpoint A : R  endpoint B : R  link A <-> B { capacity 1 } }
scenario idle on net { }
property counts : reachable three()
"""


def digests(text: str) -> list[str]:
    program = load_text(text).program
    wanted = tuple((t, n) for t in TABLES for n in getattr(program, t))
    return list(Digests().of(program, wanted))


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("def three", "# first\ndef three", True),
        ("role R {", 'role R cite "RFC 9293" { doc "counts" ', True),
        ("n < 3", "(n < 3)", True),
        ("n := n + 1", "n := n + 2", False),
        ("0..3", "0..4", False),
        ("three", "four", False),
        ("capacity 1", "capacity 2", False),
        ("A : R  endpoint B", "B : R  endpoint A", False),
    ],
)
def test_a_digest_is_of_what_is_meant(old: str, new: str, same: bool) -> None:
    assert old in TEXT
    assert (digests(TEXT) == digests(TEXT.replace(old, new))) is same
