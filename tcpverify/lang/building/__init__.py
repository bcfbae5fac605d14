"""Tree building: for every rule of the grammar that makes a node, the function that makes it.

A function gets the span of the text and the rule's children (see the head of `grammar.lark`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from tcpverify.lang.building import expressions, files, properties, roles

BUILDERS: Mapping[str, Callable[..., Any]] = {
    name: function
    for module in (expressions, roles, files, properties)
    for name, function in vars(module).items()
    if isinstance(function, FunctionType) and function.__module__ == module.__name__
}
