"""What an exhaustive search should not even begin, told from the system's text in no time."""

from __future__ import annotations

from math import prod

from tcpverify.ir.expr import cardinality
from tcpverify.ir.system import Action, ActionKind, Choice, System, VariableKind

MOST_CHOICES = 65_536
"""The combinations of choices of one action that are enumerated in every state."""
MOST_INITIAL = 1_000_000


def refusal(system: System) -> str | None:
    """Why the explicit engine cannot take a system, with a hint; None if it can try."""
    for action in system.actions:
        reason = _too_many_choices(action) or _grows_for_ever(system, action)
        if reason is not None:
            return reason
    initial = prod(len(alternatives) for alternatives in system.initial.values)
    if initial > MOST_INITIAL:
        return (
            f"there are {initial:,} initial states, more than {MOST_INITIAL:,}; "
            f"narrow {_widest_variable(system)} in the scenario"
        )
    return None


def _size(choice: Choice) -> int:
    return cardinality(choice.sort) if choice.values is None else len(choice.values)


def _too_many_choices(action: Action) -> str | None:
    combinations = prod(_size(c) for c in action.choices)
    if combinations <= MOST_CHOICES:
        return None
    widest = max(action.choices, key=_size)
    name = widest.label
    if action.endpoint is not None and "." not in name:
        name = f"{action.endpoint}.{name}"
    return (
        f"action `{action.name}` has {combinations:,} combinations of choices in one state, more than "
        f"{MOST_CHOICES:,} (`{widest.label}` alone has {_size(widest):,} values); "
        f"narrow it in the scenario: fresh {name} in {{ ... }}"
    )


def _grows_for_ever(system: System, action: Action) -> str | None:
    """A duplication without a budget into a channel without a capacity."""
    if action.kind is not ActionKind.DUPLICATE or action.channel is None:
        return None
    channel = system.channels[action.channel]
    budgeted = any(system.variables[u.variable].kind is VariableKind.FAULTS for u in action.updates)
    if channel.capacity is not None or budgeted:
        return None
    return (
        f"channel {channel.name} is unlimited and so is duplication on it: there are infinitely many states; "
        f"give its link a capacity, or say duplicate at most N"
    )


def _widest_variable(system: System) -> str:
    count, name = max(
        (len(alternatives), variable.name)
        for alternatives, variable in zip(system.initial.values, system.variables, strict=True)
    )
    return f"{name} ({count:,} alternatives)"
