"""Handler bodies as effects and updates: every path of a body walked symbolically, once.

A handler runs atomically, its statements in order. Walking it keeps, for the path so far, the
condition under which the path is taken, the value of every variable written (in terms of the state
before the step), and the condition under which the handler has already ended (`goto`, `done`).
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import TRUE, Const, Expr, IntSort, Var, is_false
from tcpverify.ir.expr import Scope as Where
from tcpverify.ir.system import ErrorKind, Signal
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import names, shapes, time
from tcpverify.lang.elaborate.branches import note_alternative, note_if
from tcpverify.lang.elaborate.fresh import fresh_value, new_choice
from tcpverify.lang.elaborate.paths import (
    NO_VALUE,
    Body,
    Path,
    flat,
    require,
    require_storable,
    scope_at,
    write,
)
from tcpverify.lang.elaborate.scope import Abandoned
from tcpverify.lang.elaborate.sends import send
from tcpverify.lang.elaborate.targets import target_of, write_once, write_target
from tcpverify.lang.elaborate.terms import Meaning, Poison, Scalar

MAX_BRANCHES = 50
MAX_STATEMENTS = 10_000
"""How many statements one handler may run after procedures and loops are expanded."""


def run(body: Body, statements: Sequence[s.Statement], path: Path) -> None:
    """Walk statements along a path; the path and the body take what they do."""
    warned = False
    for statement in statements:
        if path.dead and not warned:
            hint = "nothing after `goto`, `done` or `drop` runs"
            body.scope.world.collector.error(
                Code.UNREACHABLE_STATEMENT, "this statement can never run", statement.span, hint=hint
            )
            warned = True
        body.statements += 1
        body.scope.world.spend(statement.span)
        if body.statements > MAX_STATEMENTS:
            message = f"the handler expands to more than {MAX_STATEMENTS:,} statements"
            body.scope.world.give_up(message, statement.span)
        try:
            _statement(body, statement, path)
        except Abandoned:
            if isinstance(statement, s.Let):
                path.names[statement.name.text] = Poison()


def _statement(body: Body, statement: s.Statement, path: Path) -> None:
    match statement:
        case s.Assign():
            _assign(body, statement, path)
        case s.Send():
            send(body, statement, path)
        case s.Start(timer) | s.Stop(timer):
            _timer(body, timer, path, 1 if isinstance(statement, s.Start) else 0)
        case s.Goto(state):
            _goto(body, state, path)
        case s.If():
            _if(body, statement, 0, path)
        case s.Choose():
            _choose(body, statement, path)
        case s.For():
            _for(body, statement, path)
        case s.Let(name, value):
            if name.text in path.names:
                message = f"`{name}` is declared twice"
                body.scope.world.fail(Code.DUPLICATE_NAME, message, name.span)
            term = ex.elaborate(value, scope_at(body, path))
            require(body, path, names.defined(term), NO_VALUE, value.span)
            path.names[name.text] = term
        case s.CallProcedure():
            _call(body, statement, path)
        case s.Done(discards):
            if discards:
                body.effects.append(Signal("drop", "", path.live))
            _end(path)
        case s.Notify(event):
            body.effects.append(Signal("notify", event.text, path.live))
        case s.Assert(condition):
            term = ex.elaborate_bool(condition, scope_at(body, path, ghost=True))
            require(body, path, term.defined, NO_VALUE, condition.span)
            require(
                body, path, term.value, f"assert {flat(condition.span)}", statement.span, ErrorKind.ASSERT
            )


def _end(path: Path) -> None:
    path.ended, path.dead = TRUE, True


# --- Writing ---------------------------------------------------------------------------------------


def _assign(body: Body, statement: s.Assign, path: Path) -> None:
    world = body.scope.world
    target = target_of(body, statement.target, path)
    if statement.ghost != target.ghost:
        hint = f"write `ghost {target.label} := ...`" if target.ghost else "drop the word `ghost`"
        what = "is ghost data" if target.ghost else "is not ghost data"
        world.fail(Code.GHOST_READ, f"`{target.label}` {what}", statement.target.span, hint=hint)
    write_once(body, path, target, statement.span)
    if isinstance(statement.value, s.Fresh):
        term = fresh_value(body, statement.value, target, path)
    else:
        value, scope = statement.value, scope_at(body, path, ghost=target.ghost)
        term = ex.convert(ex.elaborate(value, scope, target.shape), target.shape, value, scope)
        require_storable(body, path, term, target.shape, target.label, value.span)
    write_target(body, path, target, term)


def _goto(body: Body, state: s.Identifier, path: Path) -> None:
    info = body.me.info
    if state.text not in info.states:
        hint = did_you_mean(state.text, info.states)
        message = f"role `{info.name}` has no state `{state}`"
        body.scope.world.fail(Code.UNKNOWN_NAME, message, state.span, hint=hint)
    sort = names.control_sort(body.me)
    write(body, path, names.control_name(body.me), sort, Const(info.states.index(state.text), sort))
    _end(path)


def _timer(body: Body, timer: s.Identifier, path: Path, value: int) -> None:
    declared = body.me.info.timers.get(timer.text)
    if timer.text in body.me.info.refused:
        raise Abandoned
    if declared is None:
        hint = did_you_mean(timer.text, body.me.info.timers)
        message = f"role `{body.me.info.name}` has no timer `{timer}`"
        body.scope.world.fail(Code.UNKNOWN_NAME, message, timer.span, hint=hint)
    full = f"{body.me.name}.{timer}"
    write(body, path, full, names.timer_sort(declared), b.integer(value))
    if declared.waits:
        left = b.integer(declared.waits[0] if value else 0)
        write(body, path, time.clock_name(body.me, timer.text), time.clock_sort(declared), left)


# --- Branches --------------------------------------------------------------------------------


def _choose(body: Body, statement: s.Choose, path: Path) -> None:
    sort = IntSort(0, len(statement.alternatives) - 1)
    choice = new_choice(body, path, "choose", sort, None)
    forks = []
    for i, statements in enumerate(statement.alternatives):
        fork = path.fork(b.eq(choice, b.integer(i)))
        note_alternative(body, statement, i, fork)
        run(body, statements, fork)
        forks.append((b.eq(choice, b.integer(i)), fork))
    _merge(body, path, forks)


def _if(body: Body, statement: s.If, number: int, path: Path) -> None:
    """The branches of an `if` from the one with a number on."""
    first, left = statement.branches[number], len(statement.branches) - number
    if left > MAX_BRANCHES:
        message = f"an `if` has at most {MAX_BRANCHES} branches"
        body.scope.world.give_up(message, first.condition.span)
    try:
        term = ex.elaborate_bool(first.condition, scope_at(body, path))
        require(body, path, term.defined, NO_VALUE, first.condition.span)
        condition = term.value
    except Abandoned:
        condition = TRUE
    yes, no = path.fork(condition), path.fork(b.neg(condition))
    note_if(body, statement, number, yes, no)
    run(body, first.body, yes)
    if left > 1:
        _if(body, statement, number + 1, no)
    elif statement.otherwise is not None:
        run(body, statement.otherwise, no)
    _merge(body, path, [(condition, yes), (b.neg(condition), no)])


def _merge(body: Body, path: Path, forks: Sequence[tuple[Expr, Path]]) -> None:
    """Join the paths of a branching: the last fork is the one left when no condition before holds."""
    possible = [(c, f) for c, f in forks if not is_false(c)] or list(forks)
    changed = {name for _, f in possible for name in f.values if f.values[name] is not path.values.get(name)}
    for name in sorted(changed):
        sort = body.sorts[name]
        ends = [f.values.get(name) or Var(Where.STATE, name, sort) for _, f in possible]
        path.values[name] = _select([c for c, _ in possible], ends)
    path.ended = _select([c for c, _ in possible], [f.ended for _, f in possible])
    path.dead = all(f.dead for _, f in forks)
    for _, fork in possible:
        if not fork.dead:
            path.written.update(fork.written)


def _select(conditions: Sequence[Expr], values: Sequence[Expr]) -> Expr:
    result = values[-1]
    for condition, value in zip(conditions[-2::-1], values[-2::-1], strict=True):
        result = b.ite(condition, value, result)
    return result


def _for(body: Body, statement: s.For, path: Path) -> None:
    scope = scope_at(body, path)
    lo, hi = (shapes.constant(e, scope) for e in (statement.interval.lo, statement.interval.hi))
    if hi - lo >= ex.MAX_UNROLLED:
        message = f"a `for` runs at most {ex.MAX_UNROLLED} times"
        body.scope.world.fail(Code.TOO_LARGE, message, statement.interval.span)
    outer = path.names
    if statement.variable.text in outer:
        message = f"`{statement.variable}` is declared twice"
        body.scope.world.collector.error(Code.DUPLICATE_NAME, message, statement.variable.span)
    for i in range(lo, hi + 1):
        path.names = {**outer, statement.variable.text: Scalar(b.integer(i))}
        run(body, statement.body, path)
    path.names = outer


def _call(body: Body, statement: s.CallProcedure, path: Path) -> None:
    """A procedure is its body in place of the call, with its parameters as the only locals."""
    world, info = body.scope.world, body.me.info
    procedure = info.procedures.get(statement.name.text)
    if procedure is None:
        hint = did_you_mean(statement.name.text, info.procedures)
        message = f"role `{info.name}` has no procedure `{statement.name}`"
        world.fail(Code.UNKNOWN_NAME, message, statement.name.span, hint=hint)
    if len(statement.arguments) != len(procedure.parameters):
        takes = names.counted(len(procedure.parameters), "argument")
        message = f"`{procedure.name}` takes {takes}, not {len(statement.arguments)}"
        world.fail(Code.WRONG_ARGUMENTS, message, statement.span, Note("declared here", procedure.name.span))
    scope, inner = scope_at(body, path), dict[str, Meaning]()
    for parameter, argument in zip(procedure.parameters, statement.arguments, strict=True):
        shape = shapes.shape_of(parameter.type, scope)
        term = ex.convert(ex.elaborate(argument, scope, shape), shape, argument, scope)
        require_storable(body, path, term, shape, parameter.name.text, argument.span)
        inner[parameter.name.text] = term
    outer = path.names
    path.names = {**body.scope.names, **inner}
    run(body, procedure.body, path)
    path.names = outer
