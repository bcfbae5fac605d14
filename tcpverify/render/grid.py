"""Decided instances as tables: a parameter across, one down, one table for each choice of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tcpverify.records import record
from tcpverify.render.text import clean
from tcpverify.result import FindResult, Outcome, Result
from tcpverify.verdict import trace_of, word


@record
class Grid:
    """One table. `others` are the parameters that are the same in all of it, `down` and `across` the names
    of its two ("" if nothing varies there), `rows` and `columns` their values in order, `cells` the results
    by row and column; not every one need be there."""

    others: tuple[tuple[str, str], ...]
    down: str
    across: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Result]

    @property
    def heading(self) -> str:
        """What is the same in all of it."""
        return clean(", ".join(f"{name} = {value}" for name, value in self.others))


@record
class Table:
    """The tables of one question of one check. `judged`: each verdict stands beside an expectation, which
    may be missed; else the expectation is only what is looked for."""

    file: str
    check: str
    question: str
    judged: bool
    grids: tuple[Grid, ...]

    @property
    def title(self) -> str:
        return clean(f"{self.check}: {self.question}")

    @property
    def two_vary(self) -> bool:
        """Whether there is something to see in a picture."""
        return any(len(g.rows) > 1 and len(g.columns) > 1 for g in self.grids)


def tables(outcome: Outcome) -> list[Table]:
    """What is told as a table: every `find`, and every property over at least two swept parameters."""
    found: dict[tuple[str, ...], list[Result]] = {}
    for r in outcome.results:
        if isinstance(r, FindResult):
            found.setdefault((r.file, r.check, r.question), []).extend(r.table)
        elif isinstance(r, Result) and not r.automatic:
            found.setdefault((r.file, r.check, r.prop.name, "judged"), []).append(r)
    made = [
        Table(file, check, question, bool(judged), tuple(grids(rows)))
        for (file, check, question, *judged), rows in found.items()
    ]
    return [t for t in made if not t.judged or t.two_vary]


def property_table(results: Sequence[Result]) -> Table:
    """The table of the results about one property of one check; there is at least one."""
    first = results[0]
    return Table(first.file, first.check, first.prop.name, True, tuple(grids(results)))


def grids(results: Sequence[Result]) -> list[Grid]:
    """Results about one property as tables: the parameter that varies last goes across, the one before it
    down."""
    names = list(dict.fromkeys(name for r in results for name, _ in r.instance))
    varying = [n for n in names if len({dict(r.instance).get(n) for r in results}) > 1] or names[-1:]
    down, across = ["", "", *varying][-2:]
    axes = (down, across)
    groups: dict[tuple[tuple[str, str], ...], dict[tuple[str, str], Result]] = {}
    for r in results:
        others = tuple(x for x in r.instance if x[0] not in axes)
        groups.setdefault(others, {})[_value(r, down), _value(r, across)] = r
    found = []
    for others, cells in groups.items():
        rows, columns = (tuple(dict.fromkeys(key[i] for key in cells)) for i in (0, 1))
        found.append(Grid(others, down, across, rows, columns, cells))
    return found


def _value(result: Result, name: str) -> str:
    return dict(result.instance).get(name, "")


def told(result: Result | None, judged: bool) -> str:
    """A cell in a few words: the verdict, the length of its trace, and whether it is not as expected."""
    if result is None:
        return "not decided"
    trace = trace_of(result.verdict)
    text = word(result.verdict) + ("" if trace is None else f" in {len(trace)}")
    return text + (" (not as expected)" if judged and not result.met else "")


def described(table: Table) -> str:
    """All of a table in sentences, for those who cannot see it."""
    return " ".join(_sentences(table))


def _sentences(table: Table) -> Iterable[str]:
    yield f"{table.title}."
    for grid in table.grids:
        for row in grid.rows:
            place = [grid.heading, f"{grid.down} = {row}" if grid.down else ""]
            values = [
                f"{told(grid.cells.get((row, column)), table.judged)}"
                + (f" at {grid.across} = {column}" if grid.across else "")
                for column in grid.columns
            ]
            yield f"{', '.join(filter(None, place)) or 'Here'}: {', '.join(values)}."
