"""Which branches of their handlers the instances of a spec take, and which none takes.

A handler is one action, and engines count the actions that are taken. So the instances are searched once
more, with an action besides for each branch that is not yet known to be taken: the steps of its handler
that go that way. They lead where the handler's do, so no state more or less is reached.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from tcpverify.analysis.coverage import Way
from tcpverify.diagnostics import Collector
from tcpverify.engines import ENGINES
from tcpverify.ir.expr import FALSE, is_false
from tcpverify.ir.system import Action, Property, PropertyKind, System
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import elaborate
from tcpverify.lang.elaborate.scope import Branch
from tcpverify.lang.walk import walk
from tcpverify.limits import ProgressCallback
from tcpverify.pipeline.decide import Run, limits_of
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Request
from tcpverify.source import Span

_NOWHERE = Property("nowhere", PropertyKind.REACHABLE, FALSE, None, None, (), "nowhere", None, ())
"""What only a search of all states decides."""


def branches(
    spec: Spec, runs: Sequence[Run], request: Request, progress: ProgressCallback
) -> tuple[Way, ...]:
    """Every branch in the spec's own file that the instances have, in textual order; those of what it imports
    are asked of that file's checks. Raises KeyboardInterrupt."""
    if not any(isinstance(node, s.If | s.Choose) for node in walk(spec.program.main)):
        return ()
    seen = _Seen(spec, request, progress)
    for group in _different(runs):
        seen.look(group)
    missed = False if seen.whole else None
    return tuple(
        Way(seen.known[inside], inside, inside in seen.taken or missed, inside in seen.handled)
        for inside in sorted(seen.known, key=lambda span: (span.source.name, span.start, span.stop))
    )


def _different(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs of each instance that differs from the others, those with the fewest states first: what is
    taken there need not be looked for in larger ones. A network with smaller budgets (of a `find weakest
    network`) is no other instance: it does nothing that the one with the budgets of the spec cannot do."""
    found: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        asked = run.instance.request
        key = asked.scenario, tuple(sorted(asked.params.items())), asked.variants, asked.adversaries
        found.setdefault(key, []).append(run)
    return sorted(found.values(), key=lambda group: max(map(_states, group)))


def _states(run: Run) -> int:
    seen = run.decision.statistics
    return 0 if seen is None else seen.states


def _complete(seen: Run) -> bool:
    return seen.decision.statistics is not None and seen.decision.statistics.complete


@dataclass(slots=True)
class _Seen:
    """What is known so far: the branches, each by its text, those that are taken, and those that belong to
    a handler that is; `whole`: everything was searched to the end."""

    spec: Spec
    request: Request
    progress: ProgressCallback
    known: dict[Span, Branch] = field(default_factory=dict)
    taken: set[Span] = field(default_factory=set)
    handled: set[Span] = field(default_factory=set)
    whole: bool = True

    def look(self, runs: Sequence[Run]) -> None:
        """Look at an instance, of which there are these runs."""
        instance, every = runs[0].instance, dict[Span, Branch]()
        model = elaborate(self.spec.program, instance.request, (), Collector(), every)
        text = self.spec.program.main.span.source
        own = {span: branch for span, branch in every.items() if span.source is text}
        self.known.update(own)
        if model is None or not all(map(_complete, runs)):
            self.whole = False
            return
        if not own:
            return
        actions = self._wanted(model.system, every, own, runs)
        if not any(action.span in own for action in actions):
            return
        limits = replace(limits_of(self.request, instance), counts=False)
        system = replace(model.system, actions=actions)
        decision = ENGINES["explicit"].run(system, (_NOWHERE,), limits, self.progress)
        if decision.interrupted:
            raise KeyboardInterrupt
        self.taken.update(span for i in decision.taken if (span := actions[i].span) in own)
        self.whole = self.whole and decision.statistics is not None and decision.statistics.complete

    def _wanted(
        self, system: System, every: Container[Span], own: Container[Span], runs: Sequence[Run]
    ) -> tuple[Action, ...]:
        """The actions of a system, and of the branches (`every` one) those asked about (`own`) that are not
        known to be taken, whose handler is taken here, and that something here may take."""
        done = {(a.endpoint, a.span) for r in runs for i, a in enumerate(r.model.system.actions)
                if i in r.decision.taken}  # fmt: skip
        found: list[Action] = []
        handled = False
        for action in system.actions:
            span = action.span
            if span is None or span not in every:
                handled = (action.endpoint, span) in done
                found.append(action)
            elif handled and span in own:
                self.handled.add(span)
                if span not in self.taken and not is_false(action.guard):
                    found.append(action)
        return tuple(found)
