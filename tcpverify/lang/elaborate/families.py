"""Families of endpoints: `P` stands for all of them, `P[i]` for one, perhaps by a computed index."""

from __future__ import annotations

from tcpverify.diagnostics import Code, did_you_mean
from tcpverify.ir.expr import TRUE, Const, is_true
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import compounds, expressions, shapes
from tcpverify.lang.elaborate.scope import Chosen, EndpointInfo, Scope, World

MAX_FAMILY = 100


def declared(item: s.EndpointDecl, world: World) -> list[str]:
    """The names of the endpoints that a declaration makes; a family is noted in `world.families`."""
    if item.family is None:
        return [item.name.text]
    lo, hi = (shapes.constant(e, Scope(world)) for e in (item.family.lo, item.family.hi))
    if not lo <= hi < lo + MAX_FAMILY:
        message = f"a family has 1 to {MAX_FAMILY} endpoints, {lo}..{hi} are {max(hi - lo + 1, 0)}"
        world.fail(Code.OUT_OF_TYPE, message, item.family.span)
    world.families = {**world.families, item.name.text: range(lo, hi + 1)}
    return elements(item.name.text, world)


def elements(name: str, world: World) -> list[str]:
    """The endpoints of a family, or the one endpoint of that name."""
    indices = world.families.get(name)
    return [name] if indices is None else [element(name, i) for i in indices]


def element(family: str, index: int) -> str:
    """The name of one endpoint of a family."""
    return f"{family}[{index}]"


def referred(ref: s.EndpointRef, scope: Scope) -> list[EndpointInfo]:
    """The endpoints that a reference names: one, or every element of a family named without an index.

    Raises Abandoned after reporting a name that does not exist.
    """
    world, name = scope.world, ref.name.text
    if name in world.families:
        if ref.index is None:
            return [world.endpoints[e] for e in elements(name, world)]
        index = shapes.constant(ref.index, scope)
        if index not in world.families[name]:
            world.fail(Code.UNKNOWN_NAME, _no_element(name, index, world), ref.span)
        return [world.endpoints[element(name, index)]]
    if name not in world.endpoints:
        known = [*world.endpoints, *world.families]
        hint = did_you_mean(name, known)
        world.fail(Code.UNKNOWN_NAME, f"the network has no endpoint `{name}`", ref.span, hint=hint)
    if ref.index is not None:
        world.fail(Code.WRONG_KIND, f"`{name}` is one endpoint, no family", ref.span)
    return [world.endpoints[name]]


def _no_element(name: str, index: int, world: World) -> str:
    indices = world.families[name]
    return f"there is no `{name}[{index}]`: the family is `{name}[{indices[0]}..{indices[-1]}]`"


def single(ref: s.EndpointRef, scope: Scope) -> EndpointInfo:
    """The one endpoint that a reference names."""
    found = referred(ref, scope)
    if ref.name.text in scope.world.families and ref.index is None:
        hint = f"name one: `{found[0].name}`"
        message = f"`{ref.name}` is a family of endpoints"
        scope.world.fail(Code.WRONG_KIND, message, ref.span, hint=hint)
    return found[0]


# --- In expressions ----------------------------------------------------------------------------------


def one(owner: EndpointInfo) -> Chosen:
    """A choice that is none: this endpoint."""
    return Chosen(((TRUE, owner),))


def is_family(e: s.Expression, scope: Scope) -> bool:
    """Whether a name is that of a family, and of nothing nearer."""
    if not isinstance(e, s.Name) or e.text not in scope.world.families or e.text in scope.names:
        return False
    mine = scope.me is not None and scope.me.info.has_variable(e.text)
    return not mine and e.text not in scope.world.constants and e.text not in scope.world.program.enumerators


def indexed(e: s.Index, scope: Scope) -> Chosen:
    """`P[i]`, the element of a family that the index says."""
    assert isinstance(e.base, s.Name)
    world, name = scope.world, e.base.text
    indices = world.families[name]
    lo, hi = indices[0], indices[-1]
    index = expressions.number(e.index, scope)
    cases = [(hit, world.endpoints[element(name, i)]) for i, hit in compounds.hits(index.value, lo, hi)]
    if isinstance(index.value, Const) and is_true(index.defined) and index.value.value in indices:
        return one(cases[0][1])
    return Chosen(cases, compounds.within(index, lo, hi))
