"""What the grammar knows and the meaning does not yet: one honest diagnostic each, in one place."""

from __future__ import annotations

from tcpverify.diagnostics import Code, Collector
from tcpverify.lang import syntax as s
from tcpverify.lang.walk import walk
from tcpverify.source import Span


def report_unsupported(file: s.File, collector: Collector) -> None:
    """Report every construct that has no meaning yet, where it is declared."""
    for node in walk(file):
        found = _declared(node)
        if found is not None:
            what, span = found
            collector.error(Code.NOT_SUPPORTED, f"{what} not supported yet", span)


def _declared(node: object) -> tuple[str, Span] | None:
    match node:
        case s.SymbolicType(element) if element is not None and not isinstance(element, s.TimeType):
            return "symbolic parameters that are no durations are", node.span
        case _:
            return None
