"""The lemmas of a spec as an instance has them: what a search for a proof may try, and need not believe."""

from __future__ import annotations

from tcpverify.diagnostics import Collector
from tcpverify.ir.system import Property, System
from tcpverify.lang.checks import is_lemma
from tcpverify.lang.elaborate import Model, Request, elaborate
from tcpverify.lang.resolve import Program


def lemmas(program: Program, request: Request, system: System) -> tuple[Property, ...]:
    """Every lemma of a spec that speaks of what a system of an instance has; one that makes no sense in the
    instance (of a timer that a variant takes away, say) is left out."""
    known = {v.name for v in system.variables}
    models = (elaborate(program, request, (name,), Collector()) for name in _names(program))
    return tuple(
        model.properties[0]
        for model in models
        if model is not None and {v.name for v in _of(model).variables} <= known
    )


def _names(program: Program) -> list[str]:
    return [name for name, declared in program.properties.items() if is_lemma(declared.body)]


def _of(model: Model) -> System:
    """The system that the one property of a model is about."""
    return model.system_of(model.properties[0])
