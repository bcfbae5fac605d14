"""Why a model has many states: what differs among them, what still grows, and what might help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tcpverify.ir.expr import SeqSort, Sort, cardinality
from tcpverify.ir.system import ActionKind, Choice, State, System, VariableKind
from tcpverify.verdict import Growth, Spread

MOST = 10_000
"""States that are looked at."""

LAST = 4
"""What is first seen in the last of so many parts of the levels makes a variable or channel grow."""

WIDE = 4
"""Fewer values than these are nothing to give a hint about."""


def shares(sizes: Sequence[int], most: int = MOST) -> list[int]:
    """How many states to take from levels of these sizes: as evenly as can be, `most` in all."""
    taken = [0] * len(sizes)
    left = most
    for done, level in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        taken[level] = min(sizes[level], left // (len(sizes) - done))
        left -= taken[level]
    return taken


def spaced(ranges: Sequence[tuple[int, int]], count: int) -> Iterator[int]:
    """So many of the indices in some ranges, evenly spaced."""
    total = sum(high - low for low, high in ranges)
    at = 0
    if total == 0:
        return
    for low, high in ranges:
        size = high - low
        first, last = -(-at * count // total), -(-(at + size) * count // total)
        yield from (low + i * total // count - at for i in range(first, last))
        at += size


def sampled(
    system: System, levels: Sequence[Sequence[tuple[int, int]]], state: Callable[[int], State]
) -> Growth:
    """What differs among states taken evenly from every level; `levels`: the ranges of the indices of each,
    `state`: of an index."""
    sizes = [sum(high - low for low, high in ranges) for ranges in levels]
    while sizes and sizes[-1] == 0:
        del sizes[-1]
    samples = (
        (level, state(index))
        for level, count in enumerate(shares(sizes))
        for index in spaced(levels[level], count)
    )
    return growth(system, samples, sizes)


def growth(system: System, samples: Iterable[tuple[int, State]], sizes: Sequence[int]) -> Growth:
    """What differs among some states, each given with its level, in the order of these; `sizes`: the
    states stored in each level."""
    variables: list[dict[int, int]] = [{} for _ in system.variables]
    channels: list[dict[object, int]] = [{} for _ in system.channels]
    longest = [0] * len(system.channels)
    looked_at = 0
    for level, state in samples:
        looked_at += 1
        for seen, value in zip(variables, state.values, strict=True):
            seen.setdefault(value, level)
        for i, contents in enumerate(state.contents):
            longest[i] = max(longest[i], len(contents))
            channels[i].setdefault(contents, level)
    late = len(sizes) - max(1, len(sizes) // LAST)
    spreads = [
        *(_of_variable(system, i, seen, late) for i, seen in enumerate(variables)),
        *(_of_channel(system, i, seen, late, longest[i]) for i, seen in enumerate(channels)),
    ]
    worst = sorted((s for s in spreads if s.values > 1), key=lambda s: (not s.growing, -s.values))
    return Growth(looked_at, sum(sizes), len(sizes), tuple(worst))


def _of_variable(system: System, index: int, seen: dict[int, int], late: int) -> Spread:
    variable = system.variables[index]
    possible = cardinality(variable.sort)
    growing = len(seen) < possible and any(level >= late for level in seen.values())
    hint = _variable_hint(system, index, len(seen)) if len(seen) >= WIDE else None
    hints = () if hint is None else (hint,)
    name = f"state of {variable.name}" if variable.kind is VariableKind.CONTROL else variable.name
    return Spread(name, "variable", len(seen), possible, growing, hints)


def _of_channel(system: System, index: int, seen: dict[object, int], late: int, longest: int) -> Spread:
    channel = system.channels[index]
    growing = any(level >= late for level in seen.values())
    name = channel.name if channel.memory else f"channel {channel.name}"
    hints = _channel_hints(system, index, longest) if len(seen) >= WIDE else ()
    return Spread(name, "channel", len(seen), None, growing, hints)


# --- Hints -------------------------------------------------------------------------------------------


def _variable_hint(system: System, index: int, values: int) -> str | None:
    """What might give a variable fewer values."""
    variable = system.variables[index]
    match variable.kind:
        case VariableKind.FAULTS:
            return "allow fewer: a smaller `at most`"
        case VariableKind.CALLS:
            return "allow fewer calls: a smaller `at most`"
        case VariableKind.TIMER:
            return "allow fewer retries"
        case VariableKind.CLOCK:
            return "shorter durations, or a longer tick"
        case VariableKind.DATA | VariableKind.GHOST:
            return _fresh_hint(system, index) or _range_hint(variable.sort, values)
        case _:
            return None


def _fresh_hint(system: System, index: int) -> str | None:
    """Of a variable that is set to a choice with many values."""
    variable = system.variables[index]
    choices = [c for a in system.actions if a.endpoint == variable.endpoint
               for c in a.choices if c.label in (variable.name, variable.label)]  # fmt: skip
    widest = max((_size(c) for c in choices), default=0)
    if widest < WIDE:
        return None
    return (
        f"`fresh` picks one of {widest:,} values: narrow it in the scenario, `fresh {variable.name} in ...`"
    )


def _size(choice: Choice) -> int:
    return cardinality(choice.sort) if choice.values is None else len(choice.values)


def _range_hint(sort: Sort, values: int) -> str | None:
    """Of a variable that takes every value of its type."""
    if values < cardinality(sort):
        return None
    remedy = "a smaller modulus" if isinstance(sort, SeqSort) else "a narrower type"
    return f"every value of its type is taken: {remedy} gives fewer states"


def _channel_hints(system: System, index: int, longest: int) -> tuple[str, ...]:
    """What might give a channel fewer contents."""
    channel = system.channels[index]
    if channel.memory:
        return ("it remembers all that was ever sent: let fewer different segments be sent",)
    found = []
    if _duplicates_for_ever(system, index):
        found.append("segments are duplicated without limit: say `duplicate at most N`")
    if channel.capacity is None:
        found.append(f"it has no capacity and held up to {_segments(longest)}: give it one")
    elif longest >= channel.capacity:
        found.append(f"it is full at times, with {_segments(longest)}: a smaller capacity gives fewer states")
    return tuple(found)


def _duplicates_for_ever(system: System, channel: int) -> bool:
    """Whether nothing is used up when a segment is duplicated."""
    faults = {i for i, v in enumerate(system.variables) if v.kind is VariableKind.FAULTS}
    return any(
        not any(u.variable in faults for u in action.updates)
        for action in system.actions
        if action.kind is ActionKind.DUPLICATE and action.channel == channel
    )


def _segments(count: int) -> str:
    return "1 segment" if count == 1 else f"{count} segments"
