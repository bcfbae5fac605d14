"""The ground of the surface tree: places that take no part in comparison, and names."""

from __future__ import annotations

from dataclasses import field

from tcpverify.records import record
from tcpverify.source import Span


def at() -> Span:
    """The `span` field of every node: given by keyword, left out of comparison."""
    span: Span = field(compare=False, kw_only=True, repr=False)
    return span


@record
class Identifier:
    """A name where it is declared or used, with its place."""

    text: str
    span: Span = at()

    def __str__(self) -> str:
        return self.text
