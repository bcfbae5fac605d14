"""Every node of a surface tree, in textual order, without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def walk(root: object) -> Iterator[object]:
    """The node and all nodes below it."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
        elif is_dataclass(node):
            yield node
            stack.extend(getattr(node, f.name) for f in reversed(fields(node)) if f.name != "span")
