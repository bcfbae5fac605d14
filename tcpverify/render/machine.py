"""The state machine of a role as a drawing needs it: states, and what leads from one to another."""

from __future__ import annotations

from tcpverify.records import record


@record
class MachineState:
    """A state; `terminal`: it has no way out and is meant to have none."""

    name: str
    initial: bool = False
    terminal: bool = False


@record
class MachineEdge:
    """A handler: `event` as in `receive SYN + !ACK when E`, `actions` as in `send SYN+ACK`."""

    source: str
    target: str
    event: str
    actions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.event} / {', '.join(self.actions)}" if self.actions else self.event


@record
class Machine:
    """Edges in textual order; their sources and targets are names of states."""

    name: str
    states: tuple[MachineState, ...]
    edges: tuple[MachineEdge, ...]
