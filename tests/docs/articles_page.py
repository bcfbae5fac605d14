"""The tables of docs/articles.md: the articles' machines held against RFC 9293. Run it to write them.

Which lines of the article there are, and what a human says of them, is written here (section 1.2 of
reference/seed-claims.md); every difference and every run is what `tcpverify diff` finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from doc_blocks import ROOT, by_hand

from tcpverify.analysis.differences import Apart, Difference
from tcpverify.limits import Limits
from tcpverify.pipeline.apart import Side, Wish, apart
from tcpverify.report.differing import answer_text, fed, input_text, ladders, reach

PAGE = ROOT / "docs/articles.md"
S1, FIGURES = ROOT / "specs/articles/s1_states.tcpv", ROOT / "specs/articles_figures.tcpv"
ALIAS = {"SYN_RCVD": "SYN_RECEIVED", "CLOSED_WAIT": "CLOSE_WAIT", "waiting": "rtx"}
VALUES = {"seq": "4..6", "ack": "0..3", "wnd": "1", "text": "0"}
MARK = "<!-- audit -->\n"
RFC = "RFC 9293 3.10"
WIDTH = 92


class Row(NamedTuple):
    """A line of the article: what a human says of it, in which reading it is held against the RFC, what the
    RFC's handler cites where they differ (empty: they must not); where the article has no line, the state."""

    line: str
    said: str
    reading: str
    pick: str
    state: str = ""


ROWS = (
    Row("CLOSED: any segment => RST", "wrong: a reset is not answered", "flags", ".7.1, RST"),
    Row("CLOSED: passive open", "right", "flags", ""),
    Row("CLOSED: active open", "right", "flags", ""),
    Row("LISTEN: SEND => SYN, SYN_SENT", "only if the remote socket is specified", "send",
        ".2, LISTEN, unspecified"),
    Row("LISTEN: SEND => SYN, SYN_SENT", "right if it is", "specified", ""),
    Row("LISTEN: SYN => SYN+ACK, SYN_RCVD", "right", "flags", ""),
    Row("LISTEN: anything else => error", "wrong: a reset is ignored", "flags", ".7.2, first"),
    Row("LISTEN: anything else => error", "wrong: an ACK is reset", "flags", ".7.2, second"),
    Row("LISTEN: anything else => error", "incomplete: CLOSE", "flags", ".4, LISTEN", "LISTEN"),
    Row("SYN_SENT: timeout => CLOSED", "imprecise: first the SYN is sent again", "flags",
        ".8, RETRANSMISSION TIMEOUT"),
    Row("SYN_SENT: SYN => SYN+ACK, SYN_RCVD", "right", "flags", ""),
    Row("SYN_SENT: SYN+ACK => ACK, ESTABLISHED", "no guard: it must acknowledge the SYN", "flags",
        ".7.3, first"),
    Row("SYN_SENT: anything else => error", "wrong: a reset with a good ACK ends it", "flags",
        ".7.3, second"),
    Row("SYN_SENT: anything else => error", "incomplete: CLOSE", "flags", ".4, SYN-SENT", "SYN_SENT"),
    Row("SYN_RCVD: timeout => RST, CLOSED", "wrong: the SYN+ACK is sent again", "flags",
        ".8, RETRANSMISSION TIMEOUT"),
    Row("SYN_RCVD: ACK => ESTABLISHED", "no guard: it must acknowledge the SYN", "flags",
        ".7.4, fifth, SYN-RECEIVED, not acceptable"),
    Row("SYN_RCVD: CLOSE => FIN, FIN_WAIT_1", "only if nothing waits to be sent", "send, FIN with ACK",
        ".4, SYN-RECEIVED, queued"),
    Row("SYN_RCVD: RST => LISTEN", "wrong after an active OPEN", "flags",
        ".7.4, second, SYN-RECEIVED, active"),
    Row("ESTABLISHED: FIN => CLOSED_WAIT", "incomplete: the FIN is acknowledged", "flags",
        ".7.4, eighth, ESTABLISHED"),
    Row("ESTABLISHED: RST or SYN => error", "wrong: a reset ends the connection", "flags",
        ".7.4, second, ESTABLISHED"),
    Row("ESTABLISHED: RST or SYN => error", "wrong: a SYN gets a challenge ACK", "flags",
        ".7.4, fourth, challenge ACK"),
    Row("FIN_WAIT_1: FIN => ACK, CLOSING", "a FIN without an ACK is dropped", "flags",
        ".7.4, fifth, no ACK"),
    Row("FIN_WAIT_1: FIN => ACK, CLOSING", "right while the own FIN is not acknowledged", "FIN with ACK",
        ".7.4, eighth, FIN-WAIT-1, TIME-WAIT"),
    Row("FIN_WAIT_1: FIN+ACK => FIN_WAIT(?)", "wrong: TIME-WAIT", "flags",
        ".7.4, eighth, FIN-WAIT-1, TIME-WAIT"),
    Row("FIN_WAIT_1: ACK => FIN_WAIT_2", "no guard: it must acknowledge the FIN", "flags",
        ".7.4, fifth, ESTABLISHED"),
    Row("FIN_WAIT_2: FIN => ACK, TIME_WAIT", "incomplete: RST", "flags", ".7.4, second, ESTABLISHED",
        "FIN_WAIT_2"),
    Row("CLOSING: ACK => TIME_WAIT", "no guard: it must acknowledge the FIN", "FIN with ACK",
        ".7.4, fifth, CLOSING, otherwise"),
    Row("TIME_WAIT: 2MSL => CLOSED", "right", "flags", ""),
    Row("TIME_WAIT: anything else => error", "wrong: a FIN that comes again is acknowledged", "flags",
        ".7.4, eighth, TIME-WAIT"),
    Row("TIME_WAIT: anything else => error", "wrong: a reset ends it", "flags", ".7.4, second, CLOSING"),
    Row("CLOSE_WAIT: CLOSE => FIN, LAST_ACK", "right", "FIN with ACK", ""),
    Row("CLOSE_WAIT: CLOSE => FIN, LAST_ACK", "incomplete: RST", "flags", ".7.4, second, ESTABLISHED",
        "CLOSE_WAIT"),
    Row("LAST_ACK: ACK => CLOSED", "no guard: it must acknowledge the FIN", "flags",
        ".7.4, fifth, LAST-ACK, otherwise"),
    Row("LAST_ACK: ACK => CLOSED", "incomplete: RST", "flags", ".7.4, second, CLOSING", "LAST_ACK"),
    Row("LAST_ACK: ACK => CLOSED", "incomplete: the FIN is sent again", "flags",
        ".8, RETRANSMISSION TIMEOUT", "LAST_ACK"),
)  # fmt: skip

READINGS = {
    "flags": ("audited", "", 7, {}),
    "FIN with ACK": ("audited", "fin_has_ack", 6, {}),
    "send": ("audited_send", "", 2, {}),
    "specified": ("audited_send", "", 2, {"listen_remote": "true"}),
    "send, FIN with ACK": ("audited_send", "fin_has_ack", 4, {}),
}
"""How the article is read: the scenario, the variant of its machine, the most inputs, and parameters."""

FIGURE_ROWS = {
    "server_early": ("E4", "the server is ESTABLISHED when it has sent its SYN+ACK", "audited", 3),
    "first_has_ack": ("E6", "the first segment is labelled ACK=1", "figures", 2),
    "fourth_has_fin": ("T2", "the fourth segment of a close is FIN+ACK", "figures", 5),
    "fin_without_ack": ("T3", "the first FIN has no ACK", "figures", 3),
    "only_active_waits": ("T10", "only the active closer has a TIME_WAIT", "figures", 6),
}
"""The single mistakes: variant, claim, words, scenario, and the most inputs."""


@cache
def reading(name: str) -> Apart:
    """The article's machine against RFC 9293."""
    scenario, variant, depth, params = READINGS[name]
    old = Side(S1, None, scenario, "A", (variant,) if variant else ())
    return against_rfc(old, params, Wish(ALIAS, VALUES, (), True, depth, Limits()))


@cache
def figure(variant: str) -> Apart:
    """RFC 9293 with a single mistake against RFC 9293."""
    params = {"retransmit": "false", "max_text": "1"}
    _, _, scenario, depth = FIGURE_ROWS[variant]
    old = Side(FIGURES, None, scenario, "A", ("small", variant), params)
    return against_rfc(old, params, Wish({}, {**VALUES, "ack": "1..2"}, (), True, depth, Limits()))


def against_rfc(old: Side, params: Mapping[str, str], wish: Wish) -> Apart:
    """A machine against that of RFC 9293 in the same scenario."""
    return apart(old, Side(FIGURES, None, old.scenario, "A", ("small",), params), wish)


def of_line(row: Row, found: Apart) -> list[Difference]:
    """The differences of a line of the article; of what it has no line for, those of the state."""
    differences = found.comparison.differences
    if row.state:
        return [d for d in differences if not d.old.cites and d.before == (row.state, row.state)]
    return [d for d in differences if f"S1 {row.line}" in d.old.cites]


def picked(row: Row) -> Difference | None:
    """The difference that a row is about; None if there is to be none."""
    if not row.pick:
        return None
    wanted = (d for d in of_line(row, reading(row.reading)) if RFC + row.pick in d.new.cites)
    found = next(wanted, None)
    assert found is not None, f"no difference shows that `{row.line}` is {row.said}"
    return found


def run_text(difference: Difference, found: Apart) -> str:
    """The inputs of a run; the one that makes the difference is bold."""
    told = [input_text(given, found) for given in difference.inputs]
    told[difference.length - 1] = f"**{told[difference.length - 1]}**"
    return ", ".join(told).replace(" wnd=1 text=0", "")


def cites(difference: Difference) -> str:
    """The sections of the RFC that the right side cites."""
    return "; ".join(c.removeprefix("RFC 9293 ") for c in difference.new.cites)


def says(difference: Difference, found: Apart) -> str:
    """What both do."""
    texts = [answer_text(a, found).replace(" wnd=4 text=0", "") for a in (difference.old, difference.new)]
    return f"{texts[0]} | {texts[1].replace(' wnd=0 text=0', '')}"


def drawn(difference: Difference) -> Iterator[str]:
    """Both runs as ladders."""
    for side, picture in ladders(difference, WIDTH, True):
        yield f"{'the article' if side == 'OLD' else 'RFC 9293'}:\n\n```text\n{picture.rstrip()}\n```\n"


def heading(number: int, row: Row) -> str:
    """The heading of the section of a row."""
    return f"{number}. {row.line.replace(': ', ', ').replace(' => ', ': ')}"


def anchor(number: int, row: Row) -> str:
    """What a link to that section is: as code hosts and mkdocs make it of the heading."""
    return re.sub(r"[^\w -]", "", heading(number, row).lower()).replace(" ", "-")


def summary() -> Iterator[str]:
    """The table of all lines."""
    yield "| S1 | read as | it is | shortest run that tells it from RFC 9293 | section |"
    yield "|---|---|---|---|---|"
    for number, row in enumerate(ROWS, 1):
        found, difference = reading(row.reading), picked(row)
        if difference is None:
            assert f"S1 {row.line}" in found.sides[0].reached(), f"no run comes to `{row.line}`"
            assert not of_line(row, found), f"a difference is found at `{row.line}`"
            yield f"| {row.line} | {row.reading} | {row.said} | none | |"
        else:
            link = f"[{run_text(difference, found)}](#{anchor(number, row)})"
            yield f"| {row.line} | {row.reading} | {row.said} | {link} | {cites(difference)} |"


def pictures() -> Iterator[str]:
    """A section for each row with a difference."""
    for number, row in enumerate(ROWS, 1):
        difference = picked(row)
        if difference is not None:
            yield f"### {heading(number, row)}\n"
            yield f"{row.said[0].upper()}{row.said[1:]} ({cites(difference)}).\n"
            yield from drawn(difference)


def everything() -> Iterator[str]:
    """Every kind of difference in the literal reading."""
    found = reading("flags")
    yield "| state | run | the article | RFC 9293 | section |\n|---|---|---|---|---|"
    for d in found.comparison.differences:
        yield f"| {d.before[1]} | {run_text(d, found)} | {says(d, found)} | {cites(d)} |"


def figures() -> Iterator[str]:
    """The single mistakes."""
    for variant, (claim, words, _, _) in FIGURE_ROWS.items():
        found = figure(variant)
        (difference,) = (d for d in found.comparison.differences if claim in d.old.cites)
        assert len(found.comparison.differences) == 1, f"{claim} differs in more than its mistake"
        run = f"{run_text(difference, found)} ({cites(difference)})"
        yield f"### {claim}\n\n{words[0].upper()}{words[1:]}. {run}.\n"
        yield from drawn(difference)


def page() -> str:
    """The text of the page. Raises AssertionError if a line said to be wrong shows no difference, or one
    said to be right does."""
    found = reading("flags")
    parts = [
        by_hand(PAGE, MARK),
        "## Line by line\n",
        *summary(),
        "\n## Where they part\n",
        *pictures(),
        "## Everything\n",
        f"*Flags*: {len(found.comparison.differences)} kinds of difference; {reach(found)}.\n",
        *(f"- {line}" for line in fed(found)),
        "",
        *everything(),
        "\n## Single mistakes\n",
        "Each is a variant in [`specs/articles_figures.tcpv`](../specs/articles_figures.tcpv), held"
        " against the RFC's machine. There is one difference each: the mistake.\n",
        *figures(),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
