"""The comment at the head of an exported text: what it is, and how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from tcpverify.ir.system import Order, Property, PropertyKind, System
from tcpverify.records import record


@record
class About:
    """Where a system comes from. `params`: name to value, as the spec writes them."""

    spec: str
    scenario: str
    params: Mapping[str, str] = field(default_factory=dict)
    variants: Sequence[str] = ()
    adversaries: Sequence[str] = ()


def heading(
    about: About, system: System, properties: Sequence[Property], language: str, alone: bool = False
) -> list[str]:
    """The lines that all languages share; `alone`: it is about one response, which is in the text."""
    found = [f"{about.spec}, scenario {about.scenario}, as {language}"]
    if about.params:
        found.append("parameters: " + ", ".join(f"{n} = {v}" for n, v in about.params.items()))
    if about.variants:
        found.append("variants: " + ", ".join(about.variants))
    if about.adversaries:
        found.append("adversaries: " + ", ".join(about.adversaries))
    found += [
        "",
        "One rule is one transition: a handler, or a fault of the network, with the segment that it takes",
        "and the values that it picks. A step that would err (an unhandled segment, a full channel, a value",
        "outside its range, a failed assert) leads to no state.",
    ]
    if any(c.order is Order.BAG for c in system.channels):
        found.append(
            "A channel that reorders is a bag: kept sorted, and of equal segments only the first is taken."
        )
    if system.segments_age:
        found.append(
            "`life` of a segment is the ticks that it has still to live; a tick lowers it, not below 0."
        )
    if any(c.memory for c in system.channels):
        found.append("A channel `seen on ...` is no channel, but the set of all that an adversary has seen.")
    unfit = "which speaks of more than single states and steps"
    for prop in () if alone else properties:
        if prop.kind not in EXPORTED:
            own = prop.kind is PropertyKind.RESPONSE and language == "Promela"
            found.append(f"not exported: {prop.name}, {unfit}{'; it has a text of its own' if own else ''}")
    return found


EXPORTED = frozenset(
    {
        PropertyKind.INVARIANT,
        PropertyKind.STEP,
        PropertyKind.REACHABLE,
        PropertyKind.DEADLOCK_FREE,
        PropertyKind.NO_ERROR,
    }
)
"""The kinds of properties that are properties of single states or steps."""


def told(prop: Property) -> str:
    """A property in words, for the comment over it."""
    if prop.kind is PropertyKind.REACHABLE:
        return f"{prop.name}: {prop.text} (negated: a violation of this is a way to such a state)"
    return f"{prop.name}: {prop.text}"
