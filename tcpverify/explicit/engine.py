"""The explicit engine: plain Python while a state space is small, machine code when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from tcpverify.explicit import search
from tcpverify.explicit.refusal import refusal
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.limits import Deadline, Limits, ProgressCallback, silent
from tcpverify.verdict import Decision, Unknown

SMALL = 8_000
"""Transitions that plain Python takes in the time in which machine code is made."""


def run(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback = silent,
    *,
    exhaustive: bool = True,
) -> Decision:
    """Visit every reachable state and decide every property; nobody needs to know how.

    With `exhaustive=False` it may stop as soon as every property has its trace. Where a limit (or the
    user) stops it, what has a trace keeps its verdict and the rest is unknown.
    """
    reason = refusal(system)
    if reason is not None:
        unsupported = PropertyKind.UNSUPPORTED
        return Decision({p.name: Unknown(p.text if p.kind is unsupported else reason) for p in properties})
    deadline = limits.deadline()
    if not machine_code():
        why = "plain Python: llvmlite is not installed"
        return search.run(system, properties, limits, progress, exhaustive=exhaustive, plain=why)
    try:
        return search.run(system, properties, limits, progress, exhaustive=exhaustive, patience=SMALL)
    except search.Outgrown:
        pass
    return _at_native_speed(system, properties, limits, progress, exhaustive, deadline)


def machine_code() -> bool:
    """Whether machine code can be made: llvmlite is an extra."""
    return find_spec("llvmlite") is not None


def _at_native_speed(
    system: System,
    properties: Sequence[Property],
    limits: Limits,
    progress: ProgressCallback,
    exhaustive: bool,
    deadline: Deadline,
) -> Decision:
    from tcpverify.explicit.native import search as native
    from tcpverify.explicit.native.layout import TooWide

    try:
        return native.run(system, properties, limits, progress, exhaustive=exhaustive, deadline=deadline)
    except (TooWide, MemoryError) as problem:
        why = f"plain Python: {problem}"
        return search.run(
            system, properties, limits, progress, exhaustive=exhaustive, deadline=deadline, plain=why
        )
