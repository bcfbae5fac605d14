"""What must never be for a property to hold, over the constants of a state or of a step."""

from __future__ import annotations

from collections.abc import Iterator

from tcpverify.ir.system import Property, PropertyKind
from tcpverify.records import record
from tcpverify.smtlib.relation import Encoding
from tcpverify.smtlib.text import conjunction, negation


@record
class Bad:
    """What must never be: of a state, or (`action`, an index) of a step by an action, over its `inputs`
    and, if it is about a step without error (`whole`), the state after it."""

    text: str
    action: int | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    whole: bool = False


def bad(encoding: Encoding, prop: Property) -> list[Bad]:
    """What must never be for a property to hold, of `reachable`: to be false. Nothing overflows where all
    channels are unlimited.

    Raises Inexpressible; ValueError for a property of another kind.
    """
    match prop.kind:
        case PropertyKind.INVARIANT:
            found = [Bad(negation(encoding.formula(prop.formula)))]
        case PropertyKind.REACHABLE:
            found = [Bad(encoding.formula(prop.formula))]
        case PropertyKind.STEP:
            found = list(_steps(encoding, prop))
        case PropertyKind.NO_ERROR:
            found = list(_errors(encoding, prop))
        case _:
            raise ValueError(f"{prop.name} is not about single states or steps")
    return [b for b in found if b.text != "false"]


def _steps(encoding: Encoding, prop: Property) -> Iterator[Bad]:
    for i, t in enumerate(encoding.transitions()):
        wrong = negation(encoding.step_formula(i, prop))
        yield Bad(conjunction([t.relation, wrong]), i, t.inputs, True)


def _errors(encoding: Encoding, prop: Property) -> Iterator[Bad]:
    for i, t in enumerate(encoding.transitions()):
        if prop.error is not None:
            yield Bad(encoding.errs(t.action, prop.error), i, t.inputs)
