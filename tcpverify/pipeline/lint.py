"""What is wrong with a spec, as far as reading it can tell: nothing is explored."""

from __future__ import annotations

from tcpverify.diagnostics import Collector, Diagnostic, in_order
from tcpverify.pipeline.condition import sought
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.plan import Request, elaborated, plan


def lint(spec: Spec) -> tuple[Diagnostic, ...]:
    """Errors and warnings of a spec: every instance of every check is elaborated, and what no check uses."""
    collector = Collector()
    for _ in elaborated(spec, plan(spec, Request(), collector), collector):
        pass
    sought(spec, (), (), {}, collector)
    return in_order([*spec.warnings, *collector.diagnostics])
