"""From what was seen to the canonical schedule that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from tcpverify.explicit.native.canonical import Ranking, path, rankings
from tcpverify.explicit.native.layout import Layout
from tcpverify.explicit.native.probe import Probe
from tcpverify.explicit.native.space import Range, Space
from tcpverify.explicit.native.watching import Watch
from tcpverify.ir.interpret import Erring, Interpreter, Outcome, Successor
from tcpverify.ir.system import Schedule, State, Step
from tcpverify.records import record


@record
class Sighting:
    """A watch was first seen in a state of this level, or in a step from one."""

    watch: Watch
    byte: int
    level: int


class Finder:
    """Finds the way to what was seen in a space."""

    def __init__(self, interpreter: Interpreter, packing: Layout, space: Space) -> None:
        self.interpreter, self.packing, self.space = interpreter, packing, space
        self._is_fault = [action.is_fault for action in interpreter.system.actions]

    def state(self, index: int) -> State:
        """A state of the space."""
        return self.packing.unpack(self.space.words(index))

    def schedules(self, sightings: Mapping[int, Sighting]) -> dict[int, Schedule]:
        """The canonical schedule to each sighting. In a level that was broken off, or where memory is too
        short to rank the levels, it is a shortest one, but not always the canonical one."""
        found: dict[int, Schedule] = {}
        if not sightings:
            return found
        probe = Probe(self.space)
        try:
            self._ranked(probe, sightings, found)
            for name, sighting in sightings.items():
                if name not in found:
                    found[name] = self._best(sighting, self._hits(probe, sighting), None)
        finally:
            probe.close()
        return found

    def _ranked(self, probe: Probe, sightings: Mapping[int, Sighting], found: dict[int, Schedule]) -> None:
        """The canonical schedules, as far as memory allows."""
        depth = max((s.level for s in sightings.values() if s.level <= self.space.depth), default=-1)
        try:
            for ranking in rankings(self.space, depth):
                here = {name: s for name, s in sightings.items() if s.level == ranking.level}
                for name, sighting in here.items():
                    found[name] = self._best(sighting, self._hits(probe, sighting), ranking)
        except MemoryError:
            pass

    def way_to(self, level: int, indices: Iterable[int]) -> Schedule:
        """The canonical schedule to one of some states of a level."""
        wanted = list(indices)
        try:
            for ranking in rankings(self.space, level):
                if ranking.level == level:
                    order = ranked(wanted, ranking)
                    return self._schedule(order[0][2], level, None)
        except MemoryError:
            pass
        return self._schedule(wanted[0], level, None)

    def ranges(self, level: int) -> Sequence[Range]:
        """The indices of a level, of the one that was broken off too."""
        levels = self.space.levels
        if level < len(levels):
            return levels[level]
        begins = [high for _, high in levels[-1]] if levels else [low for low, _ in self.space.regions]
        return [(low, high) for low, (_, high) in zip(begins, self.space.regions, strict=True)]

    def _hits(self, probe: Probe, sighting: Sighting) -> list[int]:
        looks = sighting.watch.where == "state"
        return list(probe.hits(sighting.byte, looks, self.ranges(sighting.level)))

    def _best(self, sighting: Sighting, hits: Sequence[int], ranking: Ranking | None) -> Schedule:
        """The schedule with the fewest faults, and among those the first, to one of the states or to a step
        from one."""
        best: tuple[int, int, int, Step | None] | None = None
        for faults, rank, index in ranked(hits, ranking):
            if best is not None and faults > best[0]:
                break
            more, step = self._last(sighting.watch, index)
            if best is None or (faults + more, rank) < best[:2]:
                best = faults + more, rank, index, step
        assert best is not None
        return self._schedule(best[2], sighting.level, best[3])

    def _last(self, watch: Watch, index: int) -> tuple[int, Step | None]:
        """The faults of the step that a watch speaks of, and the step, if it speaks of one: the first of
        those with the fewest faults."""
        if watch.where in ("state", "dead end"):
            return 0, None
        state, interpreter = self.state(index), self.interpreter
        holds = interpreter.step_predicate(watch.formula, watch.events)

        def wanted(outcome: Outcome) -> bool:
            if isinstance(outcome, Erring):
                return watch.where == "error" and outcome.error is watch.error
            return watch.where == "step" and holds(state, outcome.state, outcome.step)

        steps = (o.step for o in interpreter.outcomes(state) if wanted(o))
        step = min(steps, key=lambda s: self._is_fault[s.action])
        return int(self._is_fault[step.action]), step

    def _schedule(self, index: int, level: int, last: Step | None) -> Schedule:
        """The steps along the parents of a state, and one more if given."""
        states = [self.state(i) for i in path(self.space, index, level)]
        steps = [self.step(a, b) for a, b in pairwise(states)]
        return Schedule(states[0], (*steps, *([] if last is None else [last])))

    def step(self, state: State, after: State) -> Step:
        """The canonical step from a state to another: the first of those with the fewest faults."""
        outcomes = self.interpreter.outcomes(state)
        steps = (o.step for o in outcomes if isinstance(o, Successor) and o.state == after)
        return min(steps, key=lambda step: self._is_fault[step.action])


def ranked(indices: Sequence[int], ranking: Ranking | None) -> list[tuple[int, int, int]]:
    """Faults, rank and index of some states of a level, in this order; as they come if it is not ranked."""
    if ranking is None:
        return [(0, rank, index) for rank, index in enumerate(indices)]
    wanted = set(indices)
    ranks = ((rank, index) for rank, index in enumerate(ranking.states) if index in wanted)
    return sorted((ranking.faults[rank], rank, index) for rank, index in ranks)
