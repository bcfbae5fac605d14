"""What `find condition` asks for: parametric instances, and which condition is expected of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tcpverify.diagnostics import Code, Collector
from tcpverify.ir.expr import FALSE, Expr, is_true
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import Instance, applies, instances
from tcpverify.lang.elaborate.constants import Constants
from tcpverify.lang.elaborate.expressions import elaborate_bool
from tcpverify.lang.elaborate.instance import given_params
from tcpverify.lang.elaborate.scope import Scope, World
from tcpverify.lang.finds import each
from tcpverify.lang.resolve import Program, unknown
from tcpverify.records import record


@record
class ConditionFind:
    """One `find condition` for one choice of what the check's `for`s vary: the instance, its parameters
    without a value in the request. `expected`: over these parameters as STATE variables, None if the spec
    does not say; `text`, as it is written."""

    check: s.Check
    item: s.FindCondition
    instance: Instance
    expected: Expr | None
    text: str | None

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.instance.request.symbolic


def conditions(
    program: Program, check: s.Check, overrides: Mapping[str, str], collector: Collector
) -> list[ConditionFind]:
    """What the `find condition` lines of a check ask for, in the order of the text and of the matrix."""
    items = [i for i in check.items if isinstance(i, s.FindCondition)]
    return each(items, lambda item, own: _asked(program, check, item, overrides, own), collector)


def _asked(
    program: Program,
    check: s.Check,
    item: s.FindCondition,
    overrides: Mapping[str, str],
    collector: Collector,
) -> list[ConditionFind]:
    symbolic = tuple(p.text for p in item.params)
    _refuse(program, check, item, collector)
    if collector.failed:
        return []
    kept = tuple(i for i in check.items if isinstance(i, s.Sweep | s.Run | s.EngineChoice | s.Budget))
    wanted = s.Expect((item.property,), item.verdict, None, span=item.span)
    table = s.Check(check.name, check.cites, check.doc, (*kept, wanted), span=check.span)
    others = {name: text for name, text in overrides.items() if name not in symbolic}
    found = []
    for row in instances(program, table, others, collector):
        request = replace(row.request, symbolic=symbolic)
        world = World(program, collector, symbolic=symbolic)
        world.constants = Constants(world, given_params(program, request, world))
        if applies(item.condition, Scope(world)):
            expected, text = _expected(item, Scope(world))
            found.append(ConditionFind(check, item, replace(row, request=request), expected, text))
    if not found and not collector.failed:
        collector.warn(Code.UNUSED, "no instance is asked `find condition`", item.span)
    return found


def _expected(item: s.FindCondition, scope: Scope) -> tuple[Expr | None, str | None]:
    if item.result is None:
        return None, None
    if isinstance(item.result, s.NoneLiteral):
        return FALSE, "none"
    term = elaborate_bool(item.result, scope)
    if not is_true(term.defined):
        scope.world.fail(Code.TYPE_MISMATCH, "a condition compares sums of parameters", item.result.span)
    return term.value, " ".join(item.result.span.text.split())


def _refuse(program: Program, check: s.Check, item: s.FindCondition, collector: Collector) -> None:
    """Report parameters that are no durations, or swept, and verdicts that are no conditions."""
    for name in item.params:
        declared = program.params.get(name.text)
        if declared is None:
            unknown("parameter", name, program.params, collector)
        elif not isinstance(declared.type, s.TimeType | s.SymbolicType):
            hint = f"declare it `param {name} : time`"
            message = f"`find condition` is about durations, which `{name}` is not"
            collector.error(Code.TYPE_MISMATCH, message, name.span, hint=hint)
        if any(isinstance(i, s.Sweep) and i.param.text == name.text for i in check.items):
            message = f"`{name}` is swept, and is to be found"
            collector.error(Code.DUPLICATE_NAME, message, name.span)
    if item.verdict.word != "holds" or item.verdict.exact is not None or item.verdict.within is not None:
        hint = "`find condition on ... such that P holds`"
        message = f"no condition is looked for under which a property is `{item.verdict.word}`"
        collector.error(Code.BAD_CHECK, message, item.verdict.span, hint=hint)
