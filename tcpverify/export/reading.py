"""How variables are read in an exported text, and what a step must compute before it changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tcpverify.export.expressions import Counted, Dialect, Reads, Writer
from tcpverify.export.flatten import counts, names_read
from tcpverify.export.segments import Column, Layout
from tcpverify.export.vocabulary import Vocabulary
from tcpverify.ir.expr import BoolSort, Expr, Op, Scope, Var
from tcpverify.ir.system import Action, Send, System, Update
from tcpverify.records import record


def field_reads(layout: Layout, dialect: Dialect, at: Callable[[Column], str]) -> Reads:
    """FIELD variables of the segment whose columns `at` gives; a flag in a column of numbers is 0 or 1."""

    def reads(variable: Var) -> str:
        column = layout.columns[layout.place[variable.name]]
        if isinstance(variable.sort, BoolSort) and not column.boolean:
            return dialect.as_boolean(at(column))
        return at(column)

    return reads


def state_reads(words: Vocabulary, choices: Mapping[str, str]) -> Reads:
    """STATE variables by their names and CHOICE variables as `choices` says."""

    def reads(variable: Var) -> str:
        return words.variables[variable.name] if variable.scope is Scope.STATE else choices[variable.name]

    return reads


def step_reads(conditions: Writer, system: System, action: int, happens: Mapping[str, Expr]) -> Reads:
    """What a formula over a step reads: NEXT variables as the step's updates, EVENT variables as the
    conditions under which they are true."""
    updates = {system.variables[u.variable].name: u.value for u in system.actions[action].updates}

    def reads(variable: Var) -> str:
        match variable.scope:
            case Scope.NEXT if variable.name in updates:
                return conditions.write(updates[variable.name])
            case Scope.NEXT:
                return conditions.reads(Var(Scope.STATE, variable.name, variable.sort))
            case Scope.EVENT:
                return conditions.write(happens[variable.name])
            case _:
                return conditions.reads(variable)

    return reads


def picked(dialect: Dialect, index: str, values: Sequence[str]) -> str:
    """The value at an index that is a variable, of several that are no range."""
    text = values[-1]
    for i in range(len(values) - 2, -1, -1):
        text = dialect.apply(Op.ITE, dialect.apply(Op.EQ, index, str(i)), values[i], text)
    return text


@record
class Order:
    """In which order a step may change the state: what is computed before anything changes, and the
    assignments, each after all those that read its variable."""

    early: tuple[Expr, ...]
    updates: tuple[Update, ...]


def order(system: System, action: Action) -> Order:
    """An order for the effects and updates of an action, all of which read the state before the step.

    Sends come before assignments. What counts segments is computed early, and so are new values of
    variables that read one another in a circle.
    """
    early = [
        e for effect in action.effects if isinstance(effect, Send) for e in (effect.when, *effect.fields)
        if counts(e)
    ]  # fmt: skip
    early += [u.value for u in action.updates if counts(u.value)]
    waiting = list(action.updates)
    reads = {u.variable: set() if counts(u.value) else names_read(u.value, Scope.STATE) for u in waiting}
    done: list[Update] = []
    while waiting:
        free = next((u for u in waiting if not _is_read(system, u, waiting, reads)), None)
        if free is None:
            circular = next(u for u in waiting if reads[u.variable])
            early.append(circular.value)
            reads[circular.variable] = set()
            continue
        waiting.remove(free)
        done.append(free)
    return Order(tuple(early), tuple(done))


def _is_read(
    system: System, update: Update, waiting: Sequence[Update], reads: Mapping[int, set[str]]
) -> bool:
    """Whether an assignment that is still to come reads the variable of this one."""
    name = system.variables[update.variable].name
    return any(name in reads[u.variable] for u in waiting if u is not update)


def slot_count(
    dialect: Dialect,
    layout: Layout,
    sizes: Sequence[int],
    length: Callable[[int], str],
    at: Callable[[int, int, Column], str],
) -> Callable[[int, Counted], str]:
    """Counts segments slot by slot; `at`: a column of a slot of a channel."""

    def count(channel: int, counted: Counted) -> str:
        if counted is None:
            return length(channel)
        terms = []
        for i in range(sizes[channel]):
            fields = field_reads(layout, dialect, lambda column, i=i: at(channel, i, column))  # type: ignore[misc]
            used = f"({length(channel)} > {i})"
            terms.append(dialect.as_number(dialect.apply(Op.AND, used, counted(fields))))
        return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"

    return count
