"""What the runs of a spec warn of: unasked deadlocks, cycles without time, what is never reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tcpverify.analysis.coverage import Way, never_reached, never_taken
from tcpverify.diagnostics import Code, Diagnostic, Severity
from tcpverify.ir.system import PropertyKind
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.roles import all_handlers
from tcpverify.pipeline.ask import FALLBACK_SECONDS
from tcpverify.pipeline.decide import Run
from tcpverify.pipeline.load import Spec
from tcpverify.source import Span


def refused(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check where the explicit engine would have to give up."""
    reasons = {r.instance.check.name.text: (r.answer.refused, r.instance) for r in runs if r.answer.refused}
    for check, (reason, instance) in reasons.items():
        yield Diagnostic(
            Code.TOO_MANY_CHOICES,
            f"check `{check}`: {reason}",
            instance.check.name.span,
            hint=f"the symbolic engine was asked instead (for {FALLBACK_SECONDS:.0f} s unless --budget says)",
            severity=Severity.WARNING,
        )


def deadlocks(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check for states without a successor that no property speaks of. Of the instances of
    a `find` only where there are no others."""
    silent_runs: dict[str, list[Run]] = {}
    others = {run.instance.check.name.text for run in runs if not run.cell}
    for run in runs:
        if run.cell and run.instance.check.name.text in others:
            continue
        told = any(p.kind is PropertyKind.DEADLOCK_FREE for p in run.model.properties)
        if not told:
            silent_runs.setdefault(run.instance.check.name.text, []).append(run)
    for check, group in silent_runs.items():
        seen = [s for r in group if (s := r.decision.statistics) is not None and s.deadlocks]
        if seen:
            where = f"in {len(seen)} of {len(group)} instances" if len(group) > 1 else "here"
            lengths = [s.deadlock for s in seen if s.deadlock is not None]
            after = f"after {min(lengths)} steps " if len(lengths) == len(seen) else ""
            yield Diagnostic(
                Code.DEADLOCK,
                f"check `{check}`: a state without a successor is reached {after}{where}",
                group[0].instance.check.name.span,
                hint="say whether it may: `expect no_deadlock : ...`, or `deadlock_free except ...`",
                severity=Severity.WARNING,
            )


def cut_off(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check for assumptions that leave nothing to look at."""
    told: set[str] = set()
    for run in runs:
        check, seen, assumed = run.instance.check.name, run.decision.statistics, run.model.system.assumptions
        if not assumed or seen is None or not seen.complete or seen.transitions or check.text in told:
            continue
        told.add(check.text)
        left = "no step" if seen.states else "no initial state: its verdicts say nothing"
        texts = ", ".join(a.text for a in assumed)
        message = f"check `{check}`: what is assumed ({texts}) leaves {left}"
        yield Diagnostic(Code.BAD_SCENARIO, message, assumed[0].span, severity=Severity.WARNING)


def zeno(runs: Sequence[Run]) -> Iterator[Diagnostic]:
    """One warning a check for a cycle without `tick` while time has work to do."""
    told: set[str] = set()
    for run in runs:
        check, seen = run.instance.check.name, run.decision.statistics
        if seen is None or seen.zeno is None or check.text in told:
            continue
        told.add(check.text)
        around = "; ".join(seen.zeno.actions[:4]) + ("; ..." if len(seen.zeno.actions) > 4 else "")
        message = f"check `{check}`: after {seen.zeno.after} steps a run can go round without `tick`"
        yield Diagnostic(Code.ZENO, f"{message}: {around}", check.span,
                         hint="let something in the cycle take time", severity=Severity.WARNING)  # fmt: skip


def idle(spec: Spec, runs: Sequence[Run], ways: Sequence[Way]) -> Iterator[Diagnostic]:
    """Warnings for handlers and states that no check of the file reaches, and for branches that none takes,
    of those that were looked for (`ways`)."""
    own = spec.program.main.span.source
    if any(not (r.decision.statistics and r.decision.statistics.complete) for r in runs):
        return
    handlers, states = never_reached((run.model.system, run.decision) for run in runs)
    possible = {a.span for run in runs for a in run.model.system.actions if a.span is not None}
    used = {e.role for run in runs for e in run.model.system.endpoints}
    never = [h.span for name in used for h in all_handlers(spec.program.roles[name])
             if not isinstance(h.body, s.Defer) and h.span not in possible]  # fmt: skip
    for span in (*handlers, *never):
        if span.source is own:
            yield _warning(f"no check reaches the handler `{_short(span)}`", span)
    blocks = {(role, b.name.text): b.name.span for role in used for b in spec.program.roles[role].items
              if isinstance(b, s.StateBlock)}  # fmt: skip
    for role, state in states:
        at = blocks.get((role, state))
        if at is not None and at.source is own:
            yield _warning(f"no check reaches the state {state} of role {role}", at)
    for branch in never_taken(ways):
        if branch.span.source is own:
            yield _warning(f"no check takes the branch `{_shortened(branch.text)}`", branch.span)


def _warning(message: str, span: Span) -> Diagnostic:
    return Diagnostic(Code.NEVER_REACHED, message, span, severity=Severity.WARNING)


def _short(span: Span) -> str:
    return _shortened(" ".join(span.text.split()))


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
