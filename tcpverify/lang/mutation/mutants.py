"""The mutants of a program: of every handler and procedure of its roles, and of its networks.

Ghost variables, defs, properties, monitors, variants and adversaries are left as they are: they say what is
right or what is tried, and a mistake in them is not one of the protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tcpverify.lang import syntax as s
from tcpverify.lang.mutation.bodies import Around, bodies
from tcpverify.lang.mutation.conditions import became, changed, negated
from tcpverify.lang.mutation.edits import Edit, Operator, quoted
from tcpverify.lang.resolve import Program
from tcpverify.lang.walk import walk
from tcpverify.records import record
from tcpverify.source import Span

_Handled = Iterator[tuple[Edit, tuple[s.Handler, ...], bool]]


@record
class Mutant:
    """A program with one mistake. `role` or `network`: where it is. `handlers`: the places of those whose
    work it changes. `anew`: it may let a handler do what none did, or let one be taken that never was."""

    edit: Edit
    program: Program
    role: str | None
    network: str | None
    handlers: tuple[Span, ...]
    anew: bool


def mutants(program: Program) -> Iterator[Mutant]:
    """Every mutant, in textual order within each role and network; nothing in it depends on chance."""
    flags = {m.name.text: _flags(m) for m in program.messages.values()}
    for role in program.roles.values():
        states = [item.name.text for item in role.items if isinstance(item, s.StateBlock)]
        around = Around(states, flags)
        for edit, changed_role, handlers, anew in _role(role, around):
            table = {**program.roles, role.name.text: changed_role}
            yield Mutant(edit, replace(program, roles=table), role.name.text, None, handlers, anew)
    for network in program.networks.values():
        for edit, other in _network(network):
            nets = {**program.networks, network.name.text: other}
            yield Mutant(edit, replace(program, networks=nets), None, network.name.text, (), True)


def _flags(message: s.Message) -> tuple[str, ...]:
    return tuple(f.text for d in message.fields if isinstance(d.type, s.FlagsType) for f in d.type.flags)


# --- Roles -------------------------------------------------------------------------------------------


def _role(role: s.Role, around: Around) -> Iterator[tuple[Edit, s.Role, tuple[Span, ...], bool]]:
    for i, item in enumerate(role.items):
        match item:
            case s.StateBlock(handlers=handlers) | s.InBlock(handlers=handlers):
                for j, handler in enumerate(handlers):
                    for edit, new, anew in _handler(handler, around):
                        block = replace(item, handlers=(*handlers[:j], *new, *handlers[j + 1 :]))
                        yield edit, _with_item(role, i, block), (handler.span,), anew
            case s.Procedure(name=name, body=body):
                callers = _callers(role, name.text)
                for edit, statements in bodies(body, around):
                    yield edit, _with_item(role, i, replace(item, body=statements)), callers, False
            case _:
                pass


def _with_item(role: s.Role, index: int, item: s.RoleItem) -> s.Role:
    return replace(role, items=(*role.items[:index], item, *role.items[index + 1 :]))


def _callers(role: s.Role, procedure: str) -> tuple[Span, ...]:
    """The handlers that call a procedure, or one that does."""
    calls: Mapping[str, set[str]] = {
        item.name.text: _called(item.body) for item in role.items if isinstance(item, s.Procedure)
    }
    reached = {procedure}
    while more := {name for name, called in calls.items() if called & reached} - reached:
        reached |= more
    blocks = [item for item in role.items if isinstance(item, s.StateBlock | s.InBlock)]
    return tuple(h.span for block in blocks for h in block.handlers if _called(h.body) & reached)


def _called(node: object) -> set[str]:
    return {n.name.text for n in walk(node) if isinstance(n, s.CallProcedure)}


def _handler(handler: s.Handler, around: Around) -> _Handled:
    """The edits of a handler, each with what stands in its place."""
    event = quoted(handler.event.span)
    defers = isinstance(handler.body, s.Defer)
    yield Edit(Operator.HANDLER_REMOVED, handler.span, f"{event} has no handler here"), (), defers
    idle = isinstance(handler.body, s.Ignore) or handler.body == s.Block((), False, None, span=handler.span)
    if not idle:
        ignoring = replace(handler, body=s.Ignore(span=handler.body.span))
        yield Edit(Operator.HANDLER_IGNORES, handler.span, f"{event} is ignored"), (ignoring,), defers
    if handler.guard is not None:
        yield from _guard(handler, handler.guard)
    if isinstance(handler.body, s.Block):
        for edit, statements in bodies(handler.body.statements, around):
            block = replace(handler.body, statements=statements, arrow=False)
            yield edit, (replace(handler, body=block),), False


def _guard(handler: s.Handler, guard: s.Expression) -> _Handled:
    dropped = Edit(Operator.GUARD_DROPPED, guard.span, f"`when` {quoted(guard.span)} left out")
    yield dropped, (replace(handler, guard=None),), True
    for opposite in negated(guard):
        edit = Edit(Operator.GUARD_NEGATED, guard.span, became(guard, opposite))
        yield edit, (replace(handler, guard=opposite),), True
    for old, new, whole in changed(guard):
        edit = Edit(Operator.GUARD_CHANGED, old.span, became(old, new))
        yield edit, (replace(handler, guard=whole),), True


# --- Networks ----------------------------------------------------------------------------------------

_FAULTS = ("loss", "duplicate")


def _network(network: s.Network) -> Iterator[tuple[Edit, s.Network]]:
    """A network that commits one fault more, or none of a kind."""
    for i, link in enumerate(network.items):
        if isinstance(link, s.Link):
            for edit, other in _link(link):
                items = (*network.items[:i], other, *network.items[i + 1 :])
                yield edit, replace(network, items=items)


def _link(link: s.Link) -> Iterator[tuple[Edit, s.Link]]:
    for i, option in enumerate(link.options):
        if isinstance(option, s.Fault) and option.kind in _FAULTS and option.limit != "none":
            there = quoted(option.span)
            none: s.LinkOption = replace(option, limit="none")
            better = Edit(Operator.NETWORK_BETTER, option.span, f"{there} became `{option.kind} none`")
            yield better, replace(link, options=(*link.options[:i], none, *link.options[i + 1 :]))
            if not isinstance(option.limit, str):
                one = s.Binary("+", option.limit, s.Number(1, span=option.span), span=option.span)
                more: s.LinkOption = replace(option, limit=one)
                worse = Edit(Operator.NETWORK_WORSE, option.span, f"{there}, and one more")
                yield worse, replace(link, options=(*link.options[:i], more, *link.options[i + 1 :]))
    said = {o.kind for o in link.options if isinstance(o, s.Fault) and o.limit != "none"}
    for kind in _FAULTS:
        if kind not in said:
            kept = tuple(o for o in link.options if not isinstance(o, s.Fault) or o.kind != kind)
            once = s.Fault(kind, s.Number(1, span=link.span), False, span=link.span)  # type: ignore[arg-type]
            edit = Edit(Operator.NETWORK_WORSE, link.span, f"{quoted(link.span)} with `{kind} at most 1`")
            yield edit, replace(link, options=(*kept, once))
