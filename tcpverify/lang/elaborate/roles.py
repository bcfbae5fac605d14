"""Roles with their parameters fixed: variables, timers, states and what handlers a state has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir.expr import is_true
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import names, segments, shapes, time
from tcpverify.lang.elaborate.paths import scalars
from tcpverify.lang.elaborate.scope import Abandoned, Retries, RoleInfo, RoleTimer, RoleVariable, Scope, World
from tcpverify.lang.elaborate.terms import Shape, Term
from tcpverify.lang.elaborate.variants import same_event
from tcpverify.lang.walk import walk
from tcpverify.records import record

MAX_RETRIES = 10**6


def role_info(role: s.Role, world: World) -> RoleInfo:
    """Look at a role's declarations; mistakes in one leave the others usable."""
    scope = Scope(world)
    variables: dict[str, RoleVariable] = {}
    timers: dict[str, RoleTimer] = {}
    refused: set[str] = set()
    for item in role.items:
        try:
            if isinstance(item, s.VarDecl):
                shape = shapes.shape_of(item.type, scope)
                initial = _initial(item, shape, role, scope)
                for n in item.names:
                    variables[n.text] = RoleVariable(n.text, shape, item.ghost, initial, n.span)
            elif isinstance(item, s.TimerDecl):
                retries = _retries(item, scope)
                lengths = time.durations(item, retries, scope) if world.symbolic else ()
                numbers = tuple(range(1, len(lengths) + 1))
                waits = numbers if world.symbolic else time.waits(item, retries, scope)
                for n in item.names:
                    timers[n.text] = RoleTimer(n.text, retries, n.span, waits, lengths)
        except Abandoned:
            if isinstance(item, s.VarDecl | s.TimerDecl):
                refused.update(n.text for n in item.names)
    blocks = [i for i in role.items if isinstance(i, s.StateBlock)]
    initial_state = next((b.name.text for b in blocks if b.initial), blocks[0].name.text if blocks else "")
    info = RoleInfo(
        role=role,
        variables=variables,
        timers=timers,
        calls={i.name.text: i for i in role.items if isinstance(i, s.CallDecl)},
        steps={i.name.text: i for i in role.items if isinstance(i, s.StepDecl)},
        defs={i.name.text: i for i in role.items if isinstance(i, s.Def)},
        procedures={i.name.text: i for i in role.items if isinstance(i, s.Procedure)},
        states=tuple(b.name.text for b in blocks),
        initial=initial_state,
        refused=frozenset(refused),
    )
    _check_events(info, world)
    return info


def _initial(item: s.VarDecl, shape: Shape, role: s.Role, scope: Scope) -> Term:
    if item.initial is None:
        return names.first_value(shape)
    variables = {n.text for i in role.items if isinstance(i, s.VarDecl) for n in i.names}
    for node in walk(item.initial):
        if isinstance(node, s.Name) and node.text in variables and node.text not in scope.world.constants:
            message = f"an initial value is fixed before the run, `{node.text}` is a variable"
            scope.world.fail(Code.NOT_CONSTANT, message, node.span)
    term = ex.store(ex.elaborate(item.initial, scope, shape), shape, item.initial, scope)
    for scalar in scalars(term):
        if not is_true(scalar.defined):
            text = " ".join(item.initial.span.text.split())
            scope.world.fail(Code.OUT_OF_TYPE, f"`{text}` lies outside {shape}", item.initial.span)
        shapes.fixed(scalar, item.initial, scope)
    return term


def _retries(item: s.TimerDecl, scope: Scope) -> Retries:
    if item.retries is None or item.retries == "unlimited":
        return item.retries
    retries = shapes.constant(item.retries, scope)
    if not 0 <= retries <= MAX_RETRIES:
        message = f"retries lie in 0..{MAX_RETRIES}, not {retries}"
        scope.world.fail(Code.OUT_OF_TYPE, message, item.retries.span)
    return retries


# --- Handlers of a state -----------------------------------------------------------------------------


@record
class Placed:
    """A handler in one state, with the citations of its block."""

    handler: s.Handler
    cites: tuple[str, ...]


def handlers_of(role: s.Role, state: str) -> list[Placed]:
    """The handlers of a state in the order in which they are tried: the state's own, then those of
    `in` blocks that contain it, in textual order."""
    own, shared = [], []
    for item in role.items:
        if isinstance(item, s.StateBlock) and item.name.text == state:
            own += [Placed(h, (*h.cites, *item.cites)) for h in item.handlers]
        elif isinstance(item, s.InBlock) and contains(item.where, state):
            shared += [Placed(h, (*h.cites, *item.cites)) for h in item.handlers]
    return own + shared


def contains(where: s.StateSet, state: str) -> bool:
    """Whether a set of states, as an `in` block writes it, contains a state."""
    named = any(x.text == state for x in where.states)
    match where.kind:
        case "these":
            return named
        case "any":
            return True
        case "except":
            return not named
        case _:
            assert_never(where.kind)


def all_handlers(role: s.Role) -> Iterator[s.Handler]:
    """Every handler of a role, in textual order."""
    for item in role.items:
        if isinstance(item, s.StateBlock | s.InBlock):
            yield from item.handlers


def _check_events(info: RoleInfo, world: World) -> None:
    """Every handler's event must name something that the role has."""
    for item in info.role.items:
        if isinstance(item, s.InBlock):
            for state in item.where.states:
                _known("state", state, info.states, world)
    for handler in all_handlers(info.role):
        match handler.event:
            case s.OnCall(name, arguments):
                if _known("call", name, info.calls, world):
                    wanted = len(info.calls[name.text].parameters)
                    if len(arguments) != wanted:
                        has = names.counted(wanted, "parameter")
                        message = f"call `{name}` has {has}, not {len(arguments)}"
                        world.collector.error(Code.WRONG_ARGUMENTS, message, handler.event.span)
            case s.OnStep(name):
                _known("step", name, info.steps, world)
            case s.OnTimeout(timer) | s.OnExhausted(timer):
                known = _known("timer", timer, {*info.timers, *info.refused}, world)
                if known and isinstance(handler.body, s.Defer):
                    world.collector.error(Code.BAD_DEFER, "a timer cannot be deferred", handler.body.span)
                _check_exhausted(handler.event, info, world)
            case s.OnReceive():
                pass


def _check_exhausted(event: s.HandlerEvent, info: RoleInfo, world: World) -> None:
    if isinstance(event, s.OnExhausted) and event.timer.text in info.timers:
        timer = info.timers[event.timer.text]
        if not isinstance(timer.retries, int):
            why = "is never exhausted" if timer.retries else "fires once and has no retries"
            hint = f"declare `timer {timer.label} {{ retries N }}`"
            message = f"timer `{timer.label}` {why}"
            world.collector.warn(Code.SHADOWED_HANDLER, message, event.span, hint=hint)


def _known(kind: str, name: s.Identifier, table: Iterable[str], world: World) -> bool:
    known = list(table)
    if name.text in known:
        return True
    hint = did_you_mean(name.text, known)
    world.collector.error(Code.UNKNOWN_NAME, f"unknown {kind} `{name}`", name.span, hint=hint)
    return False


# --- Handlers that can never match -------------------------------------------------------------------


def report_shadowed(info: RoleInfo, world: World) -> None:
    """Warn of handlers that never match because of those before them, in every state they are in.

    A variant may put a handler before those of the role: that is what variants are for.
    """
    written = {id(h) for h in all_handlers(world.program.roles[info.name])}
    matched: set[int] = set()
    blockers: dict[int, s.Handler] = {}
    for state in info.states:
        before: dict[object, list[s.Handler]] = {}
        for handler in (p.handler for p in handlers_of(info.role, state)):
            subject = _subject(handler.event)
            earlier = before.setdefault((subject, handler.guard), [])
            unguarded = before.setdefault((subject, None), []) if handler.guard is not None else []
            blocker = next((h for h in (*unguarded, *earlier) if _covers(h, handler, world)), None)
            if blocker is None:
                matched.add(id(handler))
                earlier.append(handler)
            else:
                blockers.setdefault(id(handler), blocker)
    for handler in all_handlers(info.role):
        blocker = blockers.get(id(handler))
        if blocker is None or id(handler) in matched:
            continue
        if id(handler) in written and id(blocker) not in written:
            continue
        same = same_event(handler.event, blocker.event) and handler.guard == blocker.guard
        code = Code.OVERLAPPING_HANDLER if same else Code.SHADOWED_HANDLER
        what = "has the same event and guard as" if same else "can never match after"
        text = " ".join(blocker.event.span.text.split())
        world.collector.warn(code, f"this handler {what} `{text}` before it", handler.event.span,
                             _note(blocker))  # fmt: skip


def _subject(event: s.HandlerEvent) -> object:
    """What handlers must share to compete: the kind of event, and the call, timer or step."""
    match event:
        case s.OnReceive():
            return s.OnReceive
        case s.OnCall(name) | s.OnStep(name):
            return type(event), name.text
        case s.OnTimeout(timer) | s.OnExhausted(timer):
            return type(event), timer.text


def _note(blocker: s.Handler) -> Note:
    return Note("this one is taken first", blocker.event.span)


def _covers(first: s.Handler, second: s.Handler, world: World) -> bool:
    """Whether whatever `second` matches is matched by `first`, which has its guard or none."""
    match first.event, second.event:
        case s.OnReceive(one, bound), s.OnReceive(other, bound_too):
            if first.guard is not None and bound != bound_too:
                return False
            return segments.resolve_pattern(one, world).covers(segments.resolve_pattern(other, world))
        case a, c:
            return a == c if first.guard is not None else same_event(a, c)
