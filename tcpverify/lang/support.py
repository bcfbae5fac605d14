"""What the grammar knows and the meaning does not yet: one honest diagnostic each, in one place."""

from __future__ import annotations

from tcpverify.diagnostics import Code, Collector
from tcpverify.lang import syntax as s
from tcpverify.lang.walk import walk
from tcpverify.source import Span


def report_unsupported(file: s.File, collector: Collector) -> None:
    """Report every construct that has no meaning yet, where it is declared; where it is only used,
    if nothing of its kind is declared."""
    nodes = list(walk(file))
    declared = [found for node in nodes if (found := _declared(node)) is not None]
    kinds = {what for what, _ in declared}
    used = [found for node in nodes if (found := _used(node)) is not None and found[0] not in kinds]
    for what, span in (*declared, *used):
        collector.error(Code.NOT_SUPPORTED, f"{what} not supported yet", span)


def _declared(node: object) -> tuple[str, Span] | None:
    match node:
        case s.Monitor(name=name):
            return "monitors are", name.span
        case s.Adversary(name=name):
            return "adversaries are", name.span
        case s.Tick() | s.TimeType() | s.Lifetime():
            return "time is", node.span
        case s.TimerDecl(after=after, backoff=backoff, maximum=maximum) if after or backoff or maximum:
            return "timers with a duration are", node.span
        case s.SymbolicType():
            return "symbolic parameters are", node.span
        case s.FindLeast() | s.FindCondition() | s.FindWeakest():
            return "`find` is", node.span
        case s.EndpointDecl(family=family, name=name) if family is not None:
            return "endpoint families are", name.span
        case s.ArrayType():
            return "arrays are", node.span
        case s.OptionType():
            return "options are", node.span
        case s.Assume():
            return "`assume` is", node.span
        case s.EventTest():
            return "`event(...)` is", node.span
        case _:
            return None


def _used(node: object) -> tuple[str, Span] | None:
    match node:
        case s.EndpointRef(index=index) if index is not None:
            return "endpoint families are", node.span
        case s.Send(target=s.Index() as target):
            return "endpoint families are", target.span
        case s.Index():
            return "arrays are", node.span
        case s.NoneLiteral():
            return "options are", node.span
        case _:
            return None
