"""What the instances of a spec reached of its roles: which handlers were taken, which states entered."""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.analysis.coverage import Way, handler_place
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate.roles import all_handlers
from tcpverify.pipeline.decide import Run
from tcpverify.pipeline.load import Spec
from tcpverify.result import Coverage, Place
from tcpverify.source import Span

_Where = tuple[str, int, int]

MOST_CHARACTERS = 100


def coverage(spec: Spec, runs: Sequence[Run], ways: Sequence[Way] | None = None) -> Coverage:
    """What some runs reached of the handlers and the states of the roles that they use, those of variants
    among them, and of the branches, if they were looked for (`ways`). A handler stands once for every
    endpoint and state that it is for."""
    seen = [run.decision.statistics for run in runs]
    return Coverage(spec.name, _states(runs), _handlers(spec, runs), len(runs),
                    sum(found is not None and found.complete for found in seen),
                    None if ways is None else tuple(map(_branch, ways)))  # fmt: skip


def _states(runs: Sequence[Run]) -> tuple[Place, ...]:
    found: dict[tuple[str, str], bool] = {}
    for run in runs:
        for endpoint in run.model.system.endpoints:
            for state in endpoint.states:
                key, here = (endpoint.role, state), (endpoint.name, state) in run.decision.visited
                found[key] = found.get(key, False) or here
    return tuple(Place(role, state, "", reached) for (role, state), reached in found.items())


def _handlers(spec: Spec, runs: Sequence[Run]) -> tuple[Place, ...]:
    spans: dict[_Where, tuple[str, Span, tuple[str, ...]]] = {}
    taken: set[_Where] = set()
    for role in dict.fromkeys(e.role for run in runs for e in run.model.system.endpoints):
        for handler in all_handlers(spec.program.roles[role]):
            if not isinstance(handler.body, s.Defer):
                at = handler.span
                spans[at.source.name, at.start, at.stop] = (role, at, handler.cites)
    for run in runs:
        roles = {e.name: e.role for e in run.model.system.endpoints}
        for index, action in enumerate(run.model.system.actions):
            where = handler_place(action)
            if where is None or action.span is None or action.endpoint is None:
                continue
            spans.setdefault(where, (roles[action.endpoint], action.span, action.cites))
            if index in run.decision.taken:
                taken.add(where)
    return tuple(
        Place(role, _short(span), f"{span.source.name}:{span.line}", where in taken, cites)
        for where, (role, span, cites) in sorted(spans.items())
    )


def _branch(way: Way) -> Place:
    at = way.branch.span
    return Place(way.branch.role, _shortened(way.branch.text), f"{at.source.name}:{at.line}",
                 way.taken is True, known=way.taken is not None)  # fmt: skip


def _short(span: Span) -> str:
    """The first words of a handler: what it is for."""
    return _shortened(" ".join(span.text.partition("{")[0].split()))


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."
