"""Parameters and constants of one instance: evaluated on demand, so their order does not matter."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tcpverify.diagnostics import Code
from tcpverify.ir import build as b
from tcpverify.ir.expr import BoolSort, Const, EnumSort, IntSort, Sort, Value, Var, bounds, is_true
from tcpverify.ir.expr import Scope as Where
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import expressions as ex
from tcpverify.lang.elaborate import shapes
from tcpverify.lang.elaborate.scope import Abandoned, Scope, World
from tcpverify.lang.elaborate.terms import Scalar
from tcpverify.source import Span


class Constants(Mapping[str, Scalar]):
    """The values of all parameters and constants; reading one evaluates what it needs.

    `given` overrides defaults by name. A value that was refused raises Abandoned when it is read.
    Parameters that are `varied` have no value yet: what needs one is refused at `place`.
    """

    def __init__(
        self,
        world: World,
        given: Mapping[str, Value],
        varied: Collection[str] = (),
        place: Span | None = None,
    ) -> None:
        self._world = world
        self._given = given
        self._varied = varied
        self._place = place
        self._known: dict[str, Scalar | None] = {}
        self._open: list[str] = []

    def __getitem__(self, name: str) -> Scalar:
        if name not in self._known:
            if name not in self:
                raise KeyError(name)
            self._known[name] = self._evaluate(name)
        known = self._known[name]
        if known is None:
            raise Abandoned
        return known

    def __contains__(self, name: object) -> bool:
        return name in self._world.program.params or name in self._world.program.consts

    def __iter__(self) -> Iterator[str]:
        yield from self._world.program.params
        yield from self._world.program.consts

    def __len__(self) -> int:
        return len(self._world.program.params) + len(self._world.program.consts)

    def _evaluate(self, name: str) -> Scalar | None:
        program = self._world.program
        declaration = program.params.get(name) or program.consts[name]
        if name in self._open:
            path = " -> ".join((*self._open, name))
            message = f"`{name}` needs itself ({path})"
            self._world.collector.error(Code.CYCLIC_DEFINITION, message, declaration.name.span)
            return None
        self._open.append(name)
        try:
            if isinstance(declaration, s.Param):
                return self._param(declaration)
            return self._const(declaration)
        except Abandoned:
            return None
        finally:
            self._open.pop()

    def _param(self, declaration: s.Param) -> Scalar:
        if declaration.name.text in self._varied:
            message = f"these values depend on `{declaration.name}`, which this check varies"
            hint = "write the values out, or a check for each"
            self._world.fail(Code.NOT_CONSTANT, message, self._place or declaration.name.span, hint=hint)
        scope = Scope(self._world)
        sort = shapes.scalar_shape(declaration.type, scope)
        if declaration.name.text in self._world.symbolic:
            return Scalar(Var(Where.STATE, declaration.name.text, sort))
        if declaration.name.text in self._given:
            return constant_of(self._given[declaration.name.text], sort)
        if declaration.default is None:
            hint = f"`-p {declaration.name}=VALUE`, or `with {declaration.name} = VALUE`"
            message = f"parameter `{declaration.name}` has no value"
            self._world.fail(Code.NOT_CONSTANT, message, declaration.name.span, hint=hint)
        return fixed_value(declaration.default, sort, scope)

    def _const(self, declaration: s.Const) -> Scalar:
        scope = Scope(self._world)
        if declaration.type is None:
            term = ex.elaborate_scalar(declaration.value, scope)
            shapes.fixed(term, declaration.value, scope)
            return term
        sort = shapes.scalar_shape(declaration.type, scope)
        return fixed_value(declaration.value, sort, scope)


def fixed_value(e: s.Expression, sort: Sort, scope: Scope) -> Scalar:
    """A value fixed before the run that lies in a sort."""
    term = ex.convert(ex.elaborate(e, scope, sort), sort, e, scope)
    assert isinstance(term, Scalar)
    value = shapes.fixed(term, e, scope)
    if not is_true(ex.in_range(term.value, sort)):
        scope.world.fail(Code.OUT_OF_TYPE, f"{value} lies outside {sort}", e.span)
    return constant_of(value, sort)


def constant_of(value: Value, sort: Sort) -> Scalar:
    """A value of a sort as a term; an integer's bounds become exact."""
    if isinstance(sort, IntSort):
        return Scalar(b.integer(value))
    return Scalar(b.boolean(bool(value)) if isinstance(sort, BoolSort) else Const(value, sort))


def param_sort(name: str, world: World) -> Sort:
    """The type of a parameter; raises Abandoned if it was refused."""
    return shapes.scalar_shape(world.program.params[name].type, Scope(world))


def value_from_text(text: str, sort: Sort) -> Value | None:
    """A parameter's value as the command line gives it; None if the text is no value of the sort."""
    text = text.strip()
    if isinstance(sort, BoolSort):
        return {"true": True, "false": False}.get(text)
    if isinstance(sort, EnumSort):
        return sort.enumerators.index(text) if text in sort.enumerators else None
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 40:
        return None
    value = int(text)
    lo, hi = bounds(sort)
    return value if lo <= value <= hi else None
