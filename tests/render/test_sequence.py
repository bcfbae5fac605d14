"""Sequence diagrams: what is drawn, and that no name in them is anything but text."""

from __future__ import annotations

import re
from dataclasses import replace

import handshake_system as h
import lassos
import pytest

from tcpverify.render.ladder import Ladder, lay_out
from tcpverify.render.sequence import mermaid, plantuml
from tcpverify.trace import Trace

HOSTILE = (
    'x;y\nend\n::error::#35; <img src=1> "q" !include %date() \x1b[31m A->>B: z **b** __u__ --s-- \u202e'
)


def lost() -> Trace:
    return h.follow(h.build(h.Options(three_way=True, loss=1, preloaded=())), "A call active", "lose A->B")


def test_mermaid() -> None:
    lines = mermaid(lay_out(lost()), "a title").splitlines()
    assert lines[:4] == [
        "sequenceDiagram", "  accTitle: a title",
        "  participant p0 as A (Peer)", "  participant p1 as B (Peer)",
    ]  # fmt: skip
    (arrow,) = (line for line in lines if "p0-x" in line)
    assert re.fullmatch(r"  p0-xp1: SYN seq=0 #91;origin=3#93;, sent in step 1, lost in step 2", arrow)


def test_plantuml() -> None:
    lines = plantuml(lay_out(lost()), "a title").splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("@startuml", "title a title", "@enduml")
    assert sum(line.startswith("p0 ->x p1 : SYN") for line in lines) == 1


@pytest.mark.parametrize("draw", [mermaid, plantuml])
def test_a_loop_is_a_block(draw: object) -> None:
    lines = [line.strip() for line in draw(lay_out(lassos.trying()), "t").splitlines()]  # type: ignore[operator]
    start = next(i for i, line in enumerate(lines) if line.startswith("loop "))
    assert lines.count("end") == 1 and lines.index("end") > start
    assert not any(line.startswith("loop") for line in draw(lay_out(lassos.waiting()), "t").split("\n"))  # type: ignore[operator]


def hostile() -> Ladder:
    ladder = lay_out(lost())
    lanes = tuple(replace(lane, name=HOSTILE, role=HOSTILE) for lane in ladder.lanes)
    rows = tuple(replace(r, event=HOSTILE, notes=(HOSTILE,), error=HOSTILE) for r in ladder.rows)
    return replace(
        ladder, lanes=lanes, rows=rows, flights=tuple(replace(f, text=HOSTILE) for f in ladder.flights)
    )


@pytest.mark.parametrize("draw", [mermaid, plantuml])
def test_hostile_names_add_no_line_and_no_markup(draw: object) -> None:
    plain, bad = (draw(ladder, "t").splitlines() for ladder in (lay_out(lost()), hostile()))  # type: ignore[operator]
    first = [line.strip().split(" ")[0] for line in bad]
    assert set(first) <= {line.strip().split(" ")[0] for line in plain}
    assert len(bad) == len(plain) + 1  # the notes of the start are a line of their own
    text = "\n".join(bad)
    assert text.isascii() and "\x1b" not in text
    for mark in ("::error", "<img", '"q"', "!include", "%date", "**", "__", "--s", "A->>B"):
        assert mark not in text


def test_the_word_that_ends_a_block_of_mermaid_is_none() -> None:
    ladder = lay_out(lost())
    rows = tuple(replace(r, event="end End END ending") for r in ladder.rows)
    text = mermaid(replace(ladder, rows=rows), "end")
    assert not re.search(r"(?i)(?<![#\d;])\bend\b", re.sub(r"#\d+;nd", "", text))
    assert "ending" in text
