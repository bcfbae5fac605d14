"""Expressions of the spec language evaluated in states: parsed, typed as in a property, interpreted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError
from tcpverify.ir.evaluate import compile_expr
from tcpverify.ir.expr import Apply, BoolSort, Const, Expr, Op, show_value
from tcpverify.ir.interpret import NO_MESSAGE, positions
from tcpverify.ir.system import Property, State, System
from tcpverify.lang import syntax as s
from tcpverify.lang.elaborate import elaborate
from tcpverify.lang.parse import parse
from tcpverify.pipeline.scene import Scene
from tcpverify.records import record
from tcpverify.source import Source

NAME = "expression_to_evaluate"
_HEAD = f"property {NAME} : always\n"
_TRUTH = (Code.TYPE_MISMATCH, Code.WRONG_KIND)


@record
class Probe:
    """An expression with a value in every state."""

    text: str
    _value: Callable[[State], str]

    def values(self, states: Sequence[State]) -> list[str]:
        """The value in each state, as a spec writes it."""
        return [self._value(state) for state in states]


def probe(found: Scene, text: str) -> Probe:
    """An expression over the states of a scene. Raises ModelError.

    It is typed as the formula of a property, by itself if it is a condition, else compared with itself:
    so that it means what it would mean there, whatever a property may speak of.
    """
    formula = _parsed(text)
    try:
        prop = _elaborated(found, formula)
    except ModelError as refusal:
        if any(d.code not in _TRUTH for d in refusal.diagnostics):
            raise
        try:
            prop = _elaborated(found, s.Binary("==", formula, formula, span=formula.span))
        except ModelError:
            raise refusal from None
        return Probe(text, _compared(found.model.system, prop.formula, formula))
    return Probe(text, _truth(found.model.system, prop.formula))


def _parsed(text: str) -> s.Expression:
    """One expression and nothing else. Raises ModelError."""
    try:
        file = parse(Source("--eval", f"{_HEAD}{text}"))
    except ModelError as error:
        raise ModelError([_moved(d) for d in error.diagnostics]) from None
    match file.declarations:
        case (s.Property(body=s.StateProperty("always", formula)),):
            return formula
        case _:
            message = "an expression is needed here, and nothing else"
            raise ModelError([Diagnostic(Code.BAD_OPTION, f"--eval: {message}")])


def _moved(d: Diagnostic) -> Diagnostic:
    """A mistake of syntax, shown without the line that we put before the expression."""
    return d if d.span is None or d.span.start >= len(_HEAD) else replace(d, span=None)


def _elaborated(found: Scene, formula: s.Expression) -> Property:
    body = s.StateProperty("always", formula, span=formula.span)
    name = s.Identifier(NAME, span=formula.span)
    declared = s.Property(name, (), body, span=formula.span)
    program = replace(found.spec.program, properties={**found.spec.program.properties, NAME: declared})
    collector = Collector()
    model = elaborate(program, found.request, (NAME,), collector)
    if model is None or not model.properties:
        raise ModelError(collector.diagnostics)
    return model.properties[0]


def _truth(system: System, formula: Expr) -> Callable[[State], str]:
    value = compile_expr(formula, positions(system, ()))
    return lambda state: "true" if value(state.values, NO_MESSAGE, (), state.contents, ()) else "false"


def _compared(system: System, formula: Expr, whole: s.Expression) -> Callable[[State], str]:
    """The value of the left side of `E == E`; of a value of several parts, all of them."""
    sides = _sides(formula)
    if any(isinstance(side.sort, BoolSort) for side in sides) and not _plain(formula):
        message = "a value that may be `none` has no text here; compare it, with `none` or a value"
        raise ModelError([Diagnostic(Code.BAD_OPTION, message, whole.span)])
    if not sides:
        message = "this value is the same in every state, or has no text; name a variable in it"
        raise ModelError([Diagnostic(Code.BAD_OPTION, message, whole.span)])
    table = positions(system, ())
    defined = compile_expr(formula, table)
    values = [(compile_expr(side, table), side) for side in sides]

    def shown(state: State) -> str:
        if not defined(state.values, NO_MESSAGE, (), state.contents, ()):
            return "undefined"
        texts = [
            show_value(value(state.values, NO_MESSAGE, (), state.contents, ()), side.sort)
            for value, side in values
        ]
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"

    return shown


def _plain(formula: Expr) -> bool:
    """Whether a formula is nothing but a conjunction of equations."""
    match formula:
        case Apply(Op.AND, parts):
            return all(map(_plain, parts))
        case _:
            return isinstance(formula, Apply) and formula.op is Op.EQ


def _sides(formula: Expr) -> list[Expr]:
    """The left sides of the equations that a formula is a conjunction of."""
    match formula:
        case Apply(Op.AND, parts):
            return [side for part in parts for side in _sides(part)]
        case Apply(Op.EQ, (left, right)) if not isinstance(left, Const) and str(left.sort) == str(right.sort):
            return [left]
        case _:
            return []
