"""Words of a spec in comments and strings of another language, which they cannot break out of."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from tcpverify.ir.system import Action

WIDEST = 100
"""The characters of a line of a comment."""


def plain(text: str) -> str:
    """Text of printable ASCII characters, in which no comment, string or macro begins or ends."""
    printable = "".join(c if " " <= c <= "~" else " " if c.isspace() else "?" for c in text)
    for sign, instead in (
        ("\\", "/"),
        ('"', "'"),
        ("*/", "* /"),
        ("/*", "/ *"),
        ("(*", "( *"),
        ("*)", "* )"),
    ):
        printable = printable.replace(sign, instead)
    return printable.replace("*/", "* /").replace("/*", "/ *")


def comment(lines: Iterable[str], opening: str, closing: str = "") -> list[str]:
    """Lines as comments of their own, long ones broken."""
    found: list[str] = []
    for line in lines:
        found += wrap(plain(line), WIDEST, subsequent_indent="  ") or [""]
    return [f"{opening} {line}{closing}" if line else opening + closing for line in found]


def origin(action: Action) -> str:
    """What an action is and where it comes from: name, place, citations."""
    place = f"{action.span.source.name}:{action.span.line}" if action.span is not None else ""
    told = ", ".join(filter(None, (place, *action.cites)))
    return f"{action.name} ({told})" if told else action.name
