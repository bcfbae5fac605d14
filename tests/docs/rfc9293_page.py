"""docs/rfc9293.md, of the rules and of what the checks reach: `python tests/docs/rfc9293_page.py`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from doc_blocks import ROOT, by_hand

from tcpverify.analysis.coverage import reached
from tcpverify.limits import silent
from tcpverify.pipeline import Request, load_text
from tcpverify.pipeline.decide import Run
from tcpverify.pipeline.jobs import Jobs
from tcpverify.pipeline.load import Spec, load
from tcpverify.pipeline.scene import scene
from tcpverify.verdict import word

PAGE = ROOT / "docs/rfc9293.md"
SPEC = ROOT / "specs/rfc9293.tcpv"
RULES = ROOT / "specs/rfc9293.rules.toml"
MARK = "<!-- rules -->\n"
OPENING = ("CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED")
CLOSING = ("FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT")
ORDER = (*OPENING, *CLOSING)
TITLES = {
    "3.6": "Closing a Connection",
    "3.10.1": "OPEN Call",
    "3.10.2": "SEND Call",
    "3.10.3": "RECEIVE Call",
    "3.10.4": "CLOSE Call",
    "3.10.5": "ABORT Call",
    "3.10.6": "STATUS Call",
    "3.10.7.1": "CLOSED STATE",
    "3.10.7.2": "LISTEN STATE",
    "3.10.7.3": "SYN-SENT STATE",
    "3.10.7.4": "Other States",
    "3.10.8": "Timeouts",
}
"""The sections of RFC 9293 that the rules are of, with their headings."""


@dataclass
class Rule:
    """A rule as specs/rfc9293.rules.toml has it."""

    cite: str
    states: list[str]
    quote: str
    left_out: str = ""
    seen: str = ""
    add: str = ""
    note: str = ""


@dataclass
class Handler:
    """A handler: its line, what it cites, and by which check it is first taken in each state, if by any."""

    line: int
    cites: tuple[str, ...]
    by: dict[str, str | None] = field(default_factory=dict)

    @property
    def link(self) -> str:
        return f"[line {self.line}](../specs/rfc9293.tcpv#L{self.line})"


@dataclass
class Covered:
    """What the checks of the spec saw: handlers in textual order, checks with a stranger, verdicts."""

    handlers: list[Handler]
    strange: set[str]
    verdicts: dict[str, set[str]]


def rules() -> list[Rule]:
    """The rules, in the order of the RFC."""
    return [Rule(**row) for row in tomllib.loads(RULES.read_text(encoding="utf-8"))["rules"]]


def covered() -> Covered:
    """What the checks saw, each run to the end; those of mutants are left out."""
    spec, handlers, strange = load(SPEC), dict[tuple[str, int, int], Handler](), set[str]()
    verdicts: dict[str, set[str]] = {}
    with Jobs([spec], Request(), silent) as jobs:
        for planned, done in jobs.decided(0):
            check = planned.instance.check.name.text
            for run in done.runs:
                statistics = run.decision.statistics
                assert statistics is not None and statistics.complete, check
                system = run.model.system
                if any(a.adversary for a in system.actions):
                    strange.add(check)
                if planned.instance.request.variants == ("small",):
                    for name, verdict in run.decision.verdicts.items():
                        verdicts.setdefault(name, set()).add(word(verdict))
                    _note(handlers, check, run)
    return Covered([handlers[place] for place in sorted(handlers)], strange, verdicts)


def _note(handlers: dict[tuple[str, int, int], Handler], check: str, run: Run) -> None:
    """Which handlers a run took."""
    system, decision = run.model.system, run.decision
    spans = {(a.span.source.name, a.span.start, a.span.stop): a for a in system.actions if a.span is not None}
    for place, states in reached(system, decision).items():
        action = spans[place]
        handler = handlers.setdefault(place, Handler(action.span.line, action.cites))
        for state, taken in states.items():
            handler.by[state] = handler.by.get(state) or (check if taken else None)


def never_runs(spec: Spec, change: str) -> bool:
    """Whether a handler that is added to the spec could never run: elaboration finds no action for it."""
    text = SPEC.read_text(encoding="utf-8")
    with_it = load_text(f"{text}\nvariant that_rule {{ add {change} }}\n", spec.name)
    system = scene(with_it, "opening_and_closing", ("small", "that_rule")).model.system
    return not any(a.span is not None and a.span.start >= len(text) for a in system.actions)


def page() -> str:
    """The text of the page. Raises AssertionError if a rule has no handler, or a handler no rule."""
    seen, spec = covered(), load(SPEC)
    known = {rule.cite for rule in rules()}
    for handler in seen.handlers:
        assert handler.cites and known.issuperset(handler.cites), f"line {handler.line}: {handler.cites}"
    parts = [by_hand(PAGE, MARK)]
    for number, found in groupby(rules(), key=_section):
        parts.append(f"## {number}: {TITLES[number]}\n")
        parts.append(
            "| rule | state | what the RFC says | handler, and the check that takes it |\n|---|---|---|---|"
        )
        parts += (_row(rule, seen, spec) for rule in found)
        parts.append("")
    return "\n".join([*parts, *_sections(seen)]) + "\n"


def _section(rule: Rule) -> str:
    return rule.cite.removeprefix("RFC 9293 ").partition(",")[0]


def _row(rule: Rule, seen: Covered, spec: Spec) -> str:
    """The row of a rule."""
    note = f" *{rule.note}*" if rule.note else ""
    name = rule.cite.removeprefix("RFC 9293 ").partition(", ")[2]
    start = f"| {name} | {_states(rule.states)} | {_cell(rule.quote)}{note} |"
    if rule.left_out:
        return f"{start} left out: {rule.left_out} |"
    if rule.add:
        assert never_runs(spec, rule.add), rule.cite
        return f"{start} none could ever run |"
    assert not rule.seen or "violated" in seen.verdicts[rule.seen], rule.cite
    handlers = [h for h in seen.handlers if rule.cite in h.cites]
    covers = {state for h in handlers for state in h.by}
    assert covers == set(rule.states), f"{rule.cite}: {sorted(covers ^ set(rule.states))}"
    return f"{start} {'<br>'.join(f'{h.link}: {_reached(h)}' for h in handlers)} |"


def _reached(handler: Handler) -> str:
    """By which checks a handler is first taken, with the states where there are several."""
    checks: dict[str, list[str]] = {}
    for state, check in handler.by.items():
        checks.setdefault(f"`{check}`" if check else "nothing", []).append(state)
    if len(checks) == 1:
        return next(iter(checks))
    return "; ".join(f"{check} in {_states(states)}" for check, states in checks.items())


def _sections(seen: Covered) -> Iterator[str]:
    """What only a stranger's segment reaches, and what nothing does."""
    yield "## What only a stranger's segment reaches\n\n| rule | state | handler |\n|---|---|---|"
    for handler in seen.handlers:
        yield from _told(handler, [s for s, check in handler.by.items() if check in seen.strange])
    yield "\n## What nothing reaches\n\n| rule | state | handler |\n|---|---|---|"
    for handler in seen.handlers:
        yield from _told(handler, [s for s, check in handler.by.items() if check is None])
    yield from (f"| {r.cite.removeprefix('RFC 9293 ')} | {_states(r.states)} | |" for r in rules() if r.add)


def _told(handler: Handler, states: list[str]) -> Iterator[str]:
    if states:
        cites = "; ".join(cite.removeprefix("RFC 9293 ") for cite in handler.cites)
        yield f"| {cites} | {_states(states)} | {handler.link} |"


def _states(states: list[str]) -> str:
    return ", ".join(s.replace("_", "-") for s in sorted(states, key=ORDER.index))


def _cell(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
