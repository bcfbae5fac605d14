"""Which network a certificate speaks of, what it takes for granted, and which properties it can be about.

A proof is about the ever-growing network (`ir/soup.py`), which does all that any network of the same
endpoints does. What it says carries over to these networks only where nothing depends on how much is in
flight: there the ever-growing one has more.
"""

from __future__ import annotations

from tcpverify.ir.soup import NoSoup, assumed, counts, ever_growing
from tcpverify.ir.system import Action, ErrorKind, Property, PropertyKind, System

KINDS = frozenset({PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.NO_ERROR})
"""What an inductive invariant can prove."""


class Uncertifiable(Exception):
    """What certificates cannot be about; the argument says why."""


def unbounded(system: System, prop: Property) -> System:
    """The ever-growing system that a certificate of a property is about; for a property of steps with
    the steps that only lose, duplicate or repeat a segment, which change nothing in it.

    Raises:
        Uncertifiable: no invariant of that network decides the property of this one.
    """
    if prop.kind not in KINDS:
        raise Uncertifiable(f"an invariant says nothing of `{prop.kind}`")
    if prop.error is ErrorKind.OVERFLOW and any(c.capacity is not None for c in system.channels):
        raise Uncertifiable("in the ever-growing network no channel is ever full")
    try:
        growing = ever_growing(system, faults=prop.kind is PropertyKind.STEP)
    except NoSoup as problem:
        raise Uncertifiable(str(problem)) from None
    if assumed(system, prop) is None:
        raise Uncertifiable("it depends on what is in flight, of which the ever-growing network has more")
    return growing


def description(system: System, onward: bool = False) -> str:
    """The network that a proof speaks of, in words; `onward`: of all that can follow a run."""
    names = ", ".join(c.name for c in system.channels)
    if not names:
        return "none: nothing is sent"
    if onward:
        since = f"whatever is in flight at the end of the run, or is sent from then on, on {names}"
        return f"{since} may arrive any number of times, in any order, or never"
    return f"whatever was sent on {names} may arrive any number of times, in any order, or never"


def assumptions(system: System) -> tuple[str, ...]:
    """What a proof takes for granted, in words: what the scenario assumes, and that fresh numbers are
    found. In the ever-growing network no segment dies, so that in the end none is left unused."""
    chosen = dict.fromkeys(f"{a.endpoint}.{label}" for a in system.actions for label in _unused(a))
    fresh = [
        f"a fresh {name} is unused by any segment ever sent (`fresh {name} unused`), not only by those in "
        "flight; once all numbers are used none is chosen any more"
        for name in chosen
    ]
    return (*fresh, *(f"assume {a.text}" for a in system.assumptions))


def _unused(action: Action) -> list[str]:
    """What an action chooses under a condition on what is in flight."""
    return [c.label for c in action.choices] if counts(action.guard) else []
