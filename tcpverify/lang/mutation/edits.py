"""What all edits of a tree share: the operator, the place, what is changed in words."""

from __future__ import annotations

from enum import StrEnum

from tcpverify.records import record
from tcpverify.source import Span


class Operator(StrEnum):
    """A kind of mistake; the value is its name in reports."""

    HANDLER_REMOVED = "handler removed"
    HANDLER_IGNORES = "handler ignores"
    GUARD_DROPPED = "guard dropped"
    GUARD_NEGATED = "guard negated"
    GUARD_CHANGED = "guard changed"
    BRANCH_CHANGED = "branch changed"
    ASSIGNMENT_DROPPED = "assignment dropped"
    SEND_DROPPED = "send dropped"
    SEND_TWICE = "send twice"
    FIELD_CHANGED = "field changed"
    FLAG_TOGGLED = "flag toggled"
    GOTO_DROPPED = "goto dropped"
    GOTO_ELSEWHERE = "goto elsewhere"
    TIMER_NOT_STARTED = "timer not started"
    TIMER_NOT_STOPPED = "timer not stopped"
    CALL_DROPPED = "call of a procedure dropped"
    NETWORK_WORSE = "network worse"
    NETWORK_BETTER = "network better"


@record
class Edit:
    """One change: its kind, the place in the text, and what it is in words."""

    operator: Operator
    span: Span
    what: str


def quoted(span: Span) -> str:
    """The text of a place on one line, shortened."""
    text = " ".join(span.text.split())
    return f"`{text if len(text) <= MOST else text[: MOST - 3] + '...'}`"


MOST = 70
"""Characters of a spec that are quoted at most."""
