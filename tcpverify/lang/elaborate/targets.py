"""What an assignment writes: a variable, a field, or an element of an array by a computed index."""

from __future__ import annotations

from dataclasses import replace

from tcpverify.diagnostics import Code, Note, did_you_mean
from tcpverify.ir import build as b
from tcpverify.ir.expr import BOOL, TRUE, Apply, Const, Expr, Sort, Var, is_false, is_true
from tcpverify.ir.expr import Scope as Where
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import compounds
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate.paths import Body, Path, flat, require, scalars, scope_at, write
from tcpverify.lang.elaborate.scope import Abandoned
from tcpverify.lang.elaborate.terms import (
    PRESENT,
    ArrayShape,
    OptionShape,
    RecordShape,
    Shape,
    Term,
    join,
    leaves,
)
from tcpverify.records import record
from tcpverify.source import Span


@record
class Target:
    """The places that an assignment can write, each with the condition on its indices.

    `keys` are the variable and then each part on the way to what is written, an index by its
    expression: two targets with the same last key are the same place whatever the state.
    """

    places: tuple[tuple[Expr, str], ...]
    shape: Shape
    ghost: bool
    keys: tuple[str, ...]
    label: str

    @property
    def certain(self) -> str | None:
        """The full name of the place, if it does not depend on the state."""
        condition, full = self.places[0]
        return full if len(self.places) == 1 and is_true(condition) else None

    def part(self, key: str, shape: Shape) -> Target:
        """The same places of one part of what is written."""
        places = tuple((condition, join(full, key)) for condition, full in self.places)
        keys = (*self.keys, join(self.keys[-1], key))
        return Target(places, shape, self.ghost, keys, join(self.label, key))


def target_of(body: Body, e: s.Expression, path: Path) -> Target:
    """What an expression on the left of `:=` stands for; its indices must lie in bounds."""
    match e:
        case s.Name(text):
            return _variable(body, text, e.span, path)
        case s.Member(s.Name("self"), member):
            return target_of(body, s.Name(member.text, span=member.span), path)
        case s.Member(base, member):
            outer = _inside(body, target_of(body, base, path), base.span, path)
            inner = (
                dict(outer.shape.fields).get(member.text) if isinstance(outer.shape, RecordShape) else None
            )
            if inner is None:
                message = f"{outer.shape} has no field `{member}`"
                body.scope.world.fail(Code.UNKNOWN_NAME, message, member.span)
            return outer.part(member.text, inner)
        case s.Index(base, index):
            return _element(body, _inside(body, target_of(body, base, path), base.span, path), index, e, path)
        case _:
            body.scope.world.fail(Code.WRONG_KIND, "this is not a variable", e.span)


def _variable(body: Body, text: str, span: Span, path: Path) -> Target:
    world, variables = body.scope.world, body.me.info.variables
    if text in body.me.info.refused and text not in path.names:
        raise Abandoned
    variable = variables.get(text)
    if variable is None or text in path.names:
        hint = did_you_mean(text, variables)
        if text in path.names or text in world.constants:
            world.fail(Code.WRONG_KIND, f"`{text}` is not a variable", span, hint=hint)
        message = f"role `{body.me.info.name}` has no variable `{text}`"
        world.fail(Code.UNKNOWN_NAME, message, span, hint=hint)
    full = f"{body.me.name}.{text}"
    return Target(((TRUE, full),), variable.shape, variable.ghost, (full,), text)


def _inside(body: Body, target: Target, span: Span, path: Path) -> Target:
    """A target whose parts are written; of an option those of its value, which there must be."""
    if not isinstance(target.shape, OptionShape):
        return target
    has = b.conj(b.implies(c, _now(path, join(full, PRESENT), BOOL)) for c, full in target.places)
    require(body, path, has, f"`{target.label}` is `none`", span)
    return replace(target, shape=target.shape.element)


def _element(body: Body, array: Target, e: s.Expression, whole: s.Index, path: Path) -> Target:
    shape = array.shape
    if not isinstance(shape, ArrayShape):
        body.scope.world.fail(Code.TYPE_MISMATCH, f"{shape} is no array", whole.base.span)
    index = ex.number(e, scope_at(body, path, ghost=array.ghost))
    message = f"index of `{array.label}` leaves its range {shape.lo}..{shape.hi}"
    require(body, path, compounds.within(index, shape.lo, shape.hi), message, e.span)
    places = tuple(
        (b.conj((condition, hit)), join(full, f"[{k}]"))
        for condition, full in array.places
        for k, hit in compounds.hits(index.value, shape.lo, shape.hi)
    )
    text = str(index.value.value) if isinstance(index.value, Const) else flat(e.span)
    key = f"{array.keys[-1]}[{_written_out(index.value)}]"
    return Target(places, shape.element, array.ghost, (*array.keys, key), f"{array.label}[{text}]")


def _written_out(e: Expr) -> str:
    """An expression as text, the same for the same expression."""
    match e:
        case Const(value):
            return str(int(value))
        case Var(scope, name):
            return f"{scope.name}:{name}"
        case Apply(op, args):
            return f"{op.name}({', '.join(map(_written_out, args))})"


# --- Writing -----------------------------------------------------------------------------------------

WITHIN = " ..."
"""Marks the key of what some part was written of."""


def write_once(body: Body, path: Path, target: Target, span: Span) -> None:
    """Note a write; a second one of the same place, of a part or of the whole of it is a mistake."""
    if is_false(path.live):
        return
    *outer, own = target.keys
    earlier = next((path.written[k] for k in (*target.keys, own + WITHIN) if k in path.written), None)
    if earlier is not None:
        note = Note("the first write", earlier)
        message = f"`{target.label}` is written twice on one path"
        body.scope.world.fail(Code.DOUBLE_WRITE, message, span, note)
    path.written[own] = span
    for key in outer:
        path.written.setdefault(key + WITHIN, span)


def write_target(body: Body, path: Path, target: Target, term: Term) -> None:
    """The target has a value from here on; places that its indices do not say keep theirs."""
    for condition, full in target.places:
        for (leaf, sort), scalar in zip(leaves(target.shape, full), scalars(term), strict=True):
            write(body, path, leaf, sort, b.ite(condition, scalar.value, _now(path, leaf, sort)))


def _now(path: Path, name: str, sort: Sort) -> Expr:
    return path.values.get(name) or Var(Where.STATE, name, sort)
