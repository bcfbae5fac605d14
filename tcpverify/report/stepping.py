"""A trace as a table: after each row of its ladder, what changed of each endpoint and what is in flight."""

from __future__ import annotations

from collections.abc import Iterator

from tcpverify.ir.expr import Value
from tcpverify.ir.system import State, System, Variable, VariableKind
from tcpverify.records import record
from tcpverify.render import describe
from tcpverify.render.ladder import lay_out
from tcpverify.trace import Trace

ELSE, FLYING = "network and budgets", "in flight"
"""The columns beside those of the endpoints."""

Cell = tuple[tuple[str, str], ...]
"""What changed: names, each with its new value."""


@record
class StepRow:
    """A row: after how many steps, what happened, and a cell for each column. Row 0 has all values."""

    number: int
    event: str
    cells: tuple[Cell, ...]


@record
class Stepping:
    """The columns (endpoints, and what is no endpoint's where there is such) and a row for each row of the
    ladder. `opens`: the number of the first row of what is done again and again; `ending`: how a lasso goes
    on."""

    columns: tuple[str, ...]
    rows: tuple[StepRow, ...]
    opens: int | None
    ending: str


def stepping(trace: Trace) -> Stepping:
    """The table of a trace."""
    system, plan = trace.system, lay_out(trace)
    names = [e.name for e in system.endpoints]
    rows: list[tuple[int, str, list[Cell]]] = []
    before: State | None = None
    for row in plan.rows:
        event = row.event if row.number else "start"
        ended = row.number >= len(trace.states)
        after = trace.states[min(row.number, len(trace.states) - 1)]
        cells = [] if ended else list(_cells(system, names, before, after))
        rows.append((row.number, f"{event}; error: {row.error}" if row.error else event, cells))
        before = after
    columns = [*names, ELSE, FLYING]
    kept = [i for i, name in enumerate(columns)
            if name in names or any(cells and cells[i] for _, _, cells in rows)]  # fmt: skip
    shown = tuple(
        StepRow(number, event, tuple(cells[i] if cells else () for i in kept))
        for number, event, cells in rows
    )
    return Stepping(tuple(columns[i] for i in kept), shown, plan.opens, plan.ending)


def _cells(system: System, names: list[str], before: State | None, after: State) -> Iterator[Cell]:
    """What differs between two states (None: everything is new), column by column."""
    changed = [
        (variable, value)
        for i, (variable, value) in enumerate(zip(system.variables, after.values, strict=True))
        if variable.kind is not VariableKind.HISTORY and (before is None or before.values[i] != value)
    ]
    for name in (*names, None):
        own = [(v, value) for v, value in changed if v.endpoint == name]
        yield tuple((_name(v), _value(v, value)) for v, value in own)
    yield tuple(
        (describe.direction(channel), "; ".join(describe.segment(system, m) for m in flying) or "nothing")
        for i, (channel, flying) in enumerate(zip(system.channels, after.contents, strict=True))
        if (flying if before is None else before.contents[i] != flying)
    )


def _name(variable: Variable) -> str:
    if variable.endpoint is None:
        return variable.name
    return "state" if variable.kind is VariableKind.CONTROL else variable.label


def _value(variable: Variable, value: Value) -> str:
    if variable.kind is VariableKind.TIMER:
        return "stopped" if not value else "running" if value == 1 else f"running, fired {value - 1}"
    return describe.value_text(value, variable.sort)
