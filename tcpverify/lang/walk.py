"""Every node of a surface tree, in textual order, without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache


def walk(root: object) -> Iterator[object]:
    """The node and all nodes below it."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
            continue
        kind: type = type(node)
        parts = _parts(kind)
        if parts is not None:
            yield node
            stack.extend([getattr(node, part) for part in parts])


@cache
def _parts(kind: type) -> tuple[str, ...] | None:
    """The fields of a kind of node, the last first; None if it is none."""
    if not is_dataclass(kind):
        return None
    return tuple(f.name for f in reversed(fields(kind)) if f.name != "span")
