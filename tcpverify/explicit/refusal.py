"""What an exhaustive search should not even begin, told from the system's text in no time."""

from __future__ import annotations

from math import prod

from tcpverify.ir.expr import cardinality
from tcpverify.ir.system import Action, ActionKind, Choice, Send, System, VariableKind

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
    remedy = f"in the scenario: fresh {name} in {{ ... }}"
    if action.kind is ActionKind.INJECT:
        remedy = f"in the adversary: ({widest.label} in {{ ... }})"
    return (
        f"action `{action.name}` has {combinations:,} combinations of choices in one state, more than "
        f"{MOST_CHOICES:,} (`{widest.label}` alone has {_size(widest):,} values); "
        f"narrow it {remedy}"
    )


def _grows_for_ever(system: System, action: Action) -> str | None:
    """A duplication or an adversary without a budget, into a channel without a capacity."""
    if action.kind is ActionKind.DUPLICATE and action.channel is not None:
        into, what, remedy = action.channel, "duplication on it", "say duplicate at most N"
    elif action.kind in (ActionKind.INJECT, ActionKind.REPLAY):
        into = next(e.channel for e in action.effects if isinstance(e, Send))
        what, remedy = f"what {action.adversary} may send into it", "give the adversary a budget: at most N"
    else:
        return None
    channel = system.channels[into]
    budgeted = any(system.variables[u.variable].kind is VariableKind.FAULTS for u in action.updates)
    if channel.capacity is not None or budgeted:
        return None
    return (
        f"channel {channel.name} is unlimited and so is {what}: there are infinitely many states; "
        f"give its link a capacity, or {remedy}"
    )


def _widest_variable(system: System) -> str:
    count, name = max(
        (len(alternatives), variable.name)
        for alternatives, variable in zip(system.initial.values, system.variables, strict=True)
    )
    return f"{name} ({count:,} alternatives)"
