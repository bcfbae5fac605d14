"""Results as JSON: one versioned schema that every other format can be made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tcpverify import __version__
from tcpverify.analysis.changes import Change
from tcpverify.analysis.walks import Walked
from tcpverify.diagnostics import Diagnostic
from tcpverify.ir.evaluate import Message
from tcpverify.ir.expr import CORRUPT_KIND, show_value
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, State, System
from tcpverify.itf import Origin
from tcpverify.render.fairness import why_fair
from tcpverify.render.timed import events
from tcpverify.result import AnyResult, CountResult, Coverage, FindResult, Outcome, Place, Result
from tcpverify.trace import Trace, TraceStep
from tcpverify.verdict import Growth, Region, Statistics, evidence, trace_of, word

SCHEMA_VERSION = 1

Json = dict[str, Any]


def dumps(value: Json) -> str:
    """Two-space indented JSON with a line end, in printable ASCII whatever the texts hold, and without `##[`,
    which the log of a GitHub workflow would take for a command."""
    text = json.dumps(encodable(value), indent=2, ensure_ascii=True)
    return text.replace("\x7f", "\\u007f").replace("##[", "##\\u005b") + "\n"


def encodable(value: Any) -> Any:
    """The value with the bytes that file names may hold outside of Unicode written as `\\udc80`."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case dict():
            return {encodable(k): encodable(v) for k, v in value.items()}
        case list():
            return [encodable(v) for v in value]
        case _:
            return value


def verify_document(outcome: Outcome) -> Json:
    """What `tcpverify verify --format json` prints."""
    results = outcome.results
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tcpverify", "version": __version__},
        "results": [result_record(r) for r in results],
        "summary": {
            "results": len(results),
            "met": sum(r.met for r in results),
            "unmet": sum(not r.met and not r.inconclusive for r in results),
            "inconclusive": sum(r.inconclusive for r in results),
            "interrupted": outcome.interrupted,
            "seconds": round(outcome.seconds, 3),
        },
        "coverage": [_coverage(c) for c in outcome.coverage],
        "diagnostics": [diagnostic_record(d) for d in outcome.diagnostics],
    }


def _coverage(found: Coverage) -> Json:
    """What the instances of a file reached; what is not reached is named."""
    clauses = found.clauses
    return {
        "file": found.file,
        "instances": found.instances,
        "enumerated": found.enumerated,
        "states": _reached(found.states),
        "handlers": _reached(found.handlers),
        "branches": None if found.branches is None else _branches(found.branches),
        "clauses": {
            "reached": sum(clauses.values()),
            "total": len(clauses),
            "missed": [cite for cite, reached in clauses.items() if not reached],
        },
    }


def _reached(places: Sequence[Place]) -> Json:
    missed = [_place(p) for p in places if not p.reached]
    return {"reached": len(places) - len(missed), "total": len(places), "missed": missed}


def _branches(places: Sequence[Place]) -> Json:
    """What nobody took is either missed, or not known."""
    missed, unknown = ([_place(p) for p in places if not p.reached and p.known is k] for k in (True, False))
    taken = len(places) - len(missed) - len(unknown)
    return {"reached": taken, "total": len(places), "missed": missed, "unknown": unknown}


def _place(p: Place) -> Json:
    return {"role": p.role, "text": p.text, "place": p.place}


def diagnostic_record(d: Diagnostic) -> Json:
    """A diagnostic as every JSON document gives it."""
    return {
        "severity": str(d.severity),
        "code": str(d.code),
        "message": d.message,
        "place": str(d.span) if d.span else None,
        "notes": [{"text": n.text, "place": str(n.span) if n.span else None} for n in d.notes],
        "hint": d.hint,
    }


def result_record(r: AnyResult) -> Json:
    """One verdict, count or answer."""
    match r:
        case CountResult():
            return _count(r)
        case FindResult():
            return _found(r)
        case _:
            return _result(r)


def _result(r: Result) -> Json:
    trace = trace_of(r.verdict)
    return {
        "file": r.file,
        "check": r.check,
        "property": r.prop.name,
        "instance": dict(r.instance),
        "variants": list(r.variants),
        "adversaries": list(r.adversaries),
        "assumptions": list(r.assumptions),
        "engine": r.engine,
        "verdict": word(r.verdict).split()[0],
        "evidence": evidence(r.verdict),
        "expected": str(r.expected) if r.expected else None,
        "met": r.met,
        "automatic": r.automatic,
        "cites": list(dict.fromkeys(r.cites)),
        **_searched(r.statistics),
        "growth": None if r.statistics is None else growth_record(r.statistics.growth),
        "seconds": round(r.seconds, 4),
        "cached": r.cached,
        "trace": None if trace is None else trace_record(trace, r.prop),
    }


def _count(r: CountResult) -> Json:
    found = "not counted" if r.states is None else f"{r.states:,} states"
    return {
        "file": r.file,
        "check": r.check,
        "property": "states",
        "instance": dict(r.instance),
        "variants": list(r.variants),
        "adversaries": list(r.adversaries),
        "assumptions": list(r.assumptions),
        "engine": r.engine,
        "verdict": "unknown" if r.states is None else "holds" if r.met else "violated",
        "evidence": found,
        "expected": f"{r.expected:,} states",
        "met": r.met,
        "automatic": False,
        "cites": [],
        **_searched(r.statistics),
        "growth": None if r.statistics is None else growth_record(r.statistics.growth),
        "seconds": round(r.seconds, 4),
        "cached": r.cached,
        "trace": None,
    }


def _found(r: FindResult) -> Json:
    """An answer: `verdict` is that on the expected answer, `find` has what was found, and in which
    instances."""
    return {
        "file": r.file,
        "check": r.check,
        "property": r.name,
        "instance": dict(r.instance),
        "variants": list(r.variants),
        "adversaries": list(r.adversaries),
        "assumptions": list(r.assumptions),
        "engine": r.engine,
        "verdict": "unknown" if r.found is None else "holds" if r.met else "violated",
        "evidence": f"{r.answer}: {r.why}",
        "expected": None if r.expected is None else str(r.expected),
        "met": r.met,
        "automatic": False,
        "cites": list(dict.fromkeys(r.cites)),
        **_searched(r.statistics),
        "growth": None,
        "seconds": round(r.seconds, 4),
        "cached": r.cached,
        "trace": None,
        "find": {
            "question": r.question,
            "property": r.prop.name,
            "found": r.found,
            "table": [
                {"instance": dict(c.instance), "verdict": word(c.verdict).split()[0],
                 "evidence": evidence(c.verdict), "sought": c.met, "seconds": round(c.seconds, 4)}
                for c in r.table
            ],
            "region": None if r.region is None else _region(r.region),
        },
    }  # fmt: skip


def _searched(s: Statistics | None) -> Json:
    """What was counted, and whether that is the system's."""
    return {**_statistics(s), "idle_time_compressed": s is not None and s.idle}


def _region(region: Region) -> Json:
    """A condition on parameters: the runs that it excludes, with their times, and who confirmed what."""
    return {
        "condition": region.condition,
        "counterexamples": [
            {"parameters": {name: str(value) for name, value in c.parameters},
             "steps": [{"time": str(at), "event": event} for at, event in events(c)]}
            for c in region.counterexamples
        ],
        "invariant": region.invariant,
        "obligations": list(region.obligations),
        "judges": list(region.judges),
    }  # fmt: skip


def _statistics(s: Statistics | None) -> Json:
    if s is None:
        return {"states": None, "transitions": None, "depth": None}
    return {"states": s.states, "transitions": s.transitions, "depth": s.depth}


def growth_record(growth: Growth | None) -> Json | None:
    """What differs among the states of an exploration, the worst first."""
    if growth is None:
        return None
    return {
        "looked_at": growth.looked_at,
        "states": growth.states,
        "levels": growth.levels,
        "spreads": [
            {
                "name": s.name,
                "what": s.what,
                "values": s.values,
                "possible": s.possible,
                "growing": s.growing,
                "hints": list(s.hints),
            }
            for s in growth.spreads
        ],
    }


def explore_document(s: Statistics | None, seconds: float, diagnostics: Sequence[Diagnostic]) -> Json:
    """What `tcpverify explore --format json` prints; without an exploration the counts are null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tcpverify", "version": __version__},
        **_statistics(s),
        "complete": s is not None and s.complete,
        "stopped": None if s is None else s.stopped,
        "deadlocks": None if s is None else s.deadlocks,
        "growth": None if s is None else growth_record(s.growth),
        "seconds": round(seconds, 4),
        "diagnostics": [diagnostic_record(d) for d in diagnostics],
    }


def walks_document(
    walked: Walked | None,
    seed: int,
    properties: Sequence[str],
    origin: Origin | None,
    diagnostics: Sequence[Diagnostic],
) -> Json:
    """What `tcpverify simulate --format json` prints; without walks the counts and lists are null.
    `properties` are those that were watched, `origin` says of what."""
    seen = None if walked is None else walked.coverage
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tcpverify", "version": __version__},
        **({} if origin is None else _origin(origin)),
        "seed": seed,
        "properties": list(properties),
        "runs": None if seen is None else seen.runs,
        "steps": None if seen is None else seen.steps,
        "dead_ends": None if seen is None else seen.dead_ends,
        "states": None if seen is None else len(seen.states),
        "handlers_taken": None if seen is None else len(seen.handlers),
        "handlers": None if seen is None else len(seen.all_handlers),
        "reached": None if seen is None else _places(seen.visited),
        "never_reached": None if seen is None else _places(seen.all_visited - seen.visited),
        "stopped": walked is not None and walked.stopped,
        "violation": None if walked is None else _violation(walked),
        "diagnostics": [diagnostic_record(d) for d in diagnostics],
    }


def _places(found: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"endpoint": endpoint, "state": state} for endpoint, state in sorted(found)]


def _violation(walked: Walked) -> Json | None:
    if walked.violation is None:
        return None
    prop, trace = walked.violation
    return {"property": prop.name, "run": walked.coverage.runs, "trace": trace_record(trace, prop)}


def _origin(origin: Origin) -> Json:
    return {
        "file": origin.file,
        "scenario": origin.scenario,
        "params": dict(origin.params),
        "variants": list(origin.variants),
        "adversaries": list(origin.adversaries),
    }


def trace_document(
    trace: Trace,
    prop: Property | None,
    origin: Origin,
    values: Mapping[str, Sequence[str]],
    diagnostics: Sequence[Diagnostic],
) -> Json:
    """What `tcpverify trace --format json` prints: `prop` is the property that the trace decides,
    `values` has those of each expression, state by state."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tcpverify", "version": __version__},
        **_origin(origin),
        "property": origin.prop,
        "trace": trace_record(trace, prop),
        "values": {text: list(found) for text, found in values.items()},
        "diagnostics": [diagnostic_record(d) for d in diagnostics],
    }


# --- Traces ------------------------------------------------------------------------------------------


def trace_record(trace: Trace, prop: Property | None) -> Json:
    """A trace: its length, the first state, and each step with what it did and the state after; of a lasso
    how many steps lead to its loop, and why it is fair in the sense of the property that it violates."""
    fair = None
    if trace.loop is not None and prop is not None:
        fair = list(why_fair(Interpreter(trace.system), prop, trace))
    return {
        "length": len(trace),
        "loop": trace.loop,
        "fair_because": fair,
        "initial": _state(trace.system, trace.initial),
        "steps": [_step(trace.system, s) for s in trace.steps],
    }


def _state(system: System, state: State) -> Json:
    values = {
        v.name: show_value(value, v.sort) for v, value in zip(system.variables, state.values, strict=True)
    }
    flying = {
        c.name: [_segment(system, m) for m in segments]
        for c, segments in zip(system.channels, state.contents, strict=True)
    }
    seen = {c.name: flying.pop(c.name) for c in system.channels if c.memory}
    return {"variables": values, "in_flight": flying} | ({"seen": seen} if seen else {})


def _segment(system: System, message: Message) -> Json:
    if message[0] == CORRUPT_KIND:
        return {"message": "corrupt", "fields": {}}
    kind = system.messages[message[0]]
    values = {f.name: show_value(v, f.sort) for f, v in zip(kind.fields, message[1:], strict=False)}
    return {"message": kind.name, "fields": values}


def _step(system: System, step: TraceStep) -> Json:
    action = step.action
    return {
        "number": step.number,
        "kind": str(action.kind),
        "action": action.name,
        "endpoint": action.endpoint,
        "subject": action.subject or None,
        "channel": None if action.channel is None else system.channels[action.channel].name,
        "segment": None if step.message is None else _segment(system, step.message),
        "choices": {
            c.label: show_value(v, c.sort) for c, v in zip(action.choices, step.step.choices, strict=True)
        },
        "sent": [
            {"channel": c.name, "segment": _segment(system, m), "fits": fits} for c, m, fits in step.sent
        ],
        "place": str(action.span) if action.span else None,
        "error": None
        if step.error is None
        else {"property": str(step.error.error), "message": step.error.message},
        "after": None if step.after is None else _state(system, step.after),
    }


def changes_document(rows: Sequence[Change], old: Outcome, new: Outcome) -> Json:
    """What `tcpverify diff --format json` prints of two specs: the results of the rows that changed."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tcpverify", "version": __version__},
        "same": not rows,
        "decided": {"old": len(old.results), "new": len(new.results)},
        "changes": [
            {
                "check": row.check,
                "property": row.name,
                "instance": row.instance,
                "old": None if row.old is None else result_record(row.old),
                "new": None if row.new is None else result_record(row.new),
            }
            for row in rows
        ],
        "diagnostics": [diagnostic_record(d) for o in (old, new) for d in o.diagnostics],
    }
