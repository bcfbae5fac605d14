"""docs/rfc9293.md, made from the rules and from what the checks reach: `python tests/docs/rfc9293_page.py` writes it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tcpverify.analysis.coverage import reached
from tcpverify.limits import silent
from tcpverify.pipeline import Request, load_text
from tcpverify.pipeline.jobs import Jobs
from tcpverify.pipeline.load import Spec, load
from tcpverify.pipeline.scene import scene
from tcpverify.verdict import word

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/rfc9293.md"
SPEC = ROOT / "specs/rfc9293.tcpv"
RULES = ROOT / "specs/rfc9293.rules.toml"
MARK = "<!-- rules -->\n"
ORDER = ["CLOSED", "LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
         "CLOSING", "LAST_ACK", "TIME_WAIT"]  # fmt: skip


@dataclass
class Handler:
    """A handler: its line, what it cites, and by which check it is first taken in each state (None: by none)."""

    line: int
    cites: tuple[str, ...]
    by: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Covered:
    """What the checks of the spec saw: handlers in textual order, checks with a stranger, verdicts."""

    handlers: list[Handler]
    strange: set[str]
    verdicts: dict[str, set[str]]


def rules() -> list[dict[str, object]]:
    """The rules, as they are written down."""
    found: list[dict[str, object]] = tomllib.loads(RULES.read_text(encoding="utf-8"))["rules"]
    return found


def covered() -> Covered:
    """Every check is run to the end."""
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


def _note(handlers: dict[tuple[str, int, int], Handler], check: str, run: object) -> None:
    """Which handlers a run took; of a mutant nothing is noted."""
    system, decision = run.model.system, run.decision  # type: ignore[attr-defined]
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
    known = {str(rule["cite"]) for rule in rules()}
    for handler in seen.handlers:
        assert handler.cites and known.issuperset(handler.cites), f"line {handler.line}: {handler.cites}"
    rows = [row for rule in rules() for row in _rows(rule, seen, spec)]
    table = "\n".join(["| rule | state | what the RFC says | handler | reached by |", "|---|---|---|---|---|", *rows])
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return f"{before}{MARK}\n{table}\n\n" + "\n".join(_sections(seen, spec)) + "\n"


def _rows(rule: dict[str, object], seen: Covered, spec: Spec) -> Iterator[str]:
    """A row of the table for each handler of a rule."""
    cite, states, quote = str(rule["cite"]), list(map(str, rule["states"])), str(rule["quote"])  # type: ignore[call-overload]
    name = cite.removeprefix("RFC 9293 ")
    note = f" *{rule['note']}*" if "note" in rule else ""
    start = f"| {name} | {_states(states)} | {_cell(quote)}{note} |"
    if "left_out" in rule:
        yield f"{start} left out: {rule['left_out']} | |"
        return
    if "add" in rule:
        assert never_runs(spec, str(rule["add"])), cite
        yield f"{start} none could ever run | nothing |"
        return
    if "seen" in rule:
        assert "violated" in seen.verdicts[str(rule["seen"])], cite
    handlers = [h for h in seen.handlers if cite in h.cites]
    covers = {state for h in handlers for state in h.by}
    assert covers == set(states), f"{cite}: {sorted(covers ^ set(states))}"
    for handler in handlers:
        link = f"[{handler.line}](../specs/rfc9293.tcpv#L{handler.line})"
        yield f"{start} {link} | {_reached(handler)} |"
        start = "| | | |"


def _reached(handler: Handler) -> str:
    """By which checks a handler is first taken, with the states where there are several."""
    checks: dict[str, list[str]] = {}
    for state, check in handler.by.items():
        checks.setdefault(check or "nothing", []).append(state)
    if len(checks) == 1:
        return next(iter(checks))
    return "; ".join(f"{check}: {_states(states)}" for check, states in checks.items())


def _sections(seen: Covered, spec: Spec) -> Iterator[str]:
    """What only a stranger's segment reaches, and what nothing does."""
    only = [(h, s) for h in seen.handlers for s, check in h.by.items() if check in seen.strange]
    yield "## What only a stranger's segment reaches\n\n| handler | state | rule |\n|---|---|---|"
    yield from (_line(handler, state) for handler, state in only)
    yield "\n## What nothing reaches\n\n| handler | state | rule |\n|---|---|---|"
    yield from (_line(h, s) for h in seen.handlers for s, check in h.by.items() if check is None)
    yield from (f"| | {_states(list(map(str, r['states'])))} | {r['cite']} |" for r in rules() if "add" in r)  # type: ignore[call-overload]


def _line(handler: Handler, state: str) -> str:
    return f"| [{handler.line}](../specs/rfc9293.tcpv#L{handler.line}) | {state.replace('_', '-')} | {'; '.join(handler.cites)} |"


def _states(states: list[str]) -> str:
    return ", ".join(s.replace("_", "-") for s in sorted(states, key=ORDER.index))


def _cell(text: str) -> str:
    return text.replace("<", "\\<").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
