"""The canonical text of a syntax tree; comments and the author's layout are not kept."""

from tcpverify.lang.pretty.expressions import pretty_expression, pretty_pattern, pretty_type
from tcpverify.lang.pretty.files import pretty

__all__ = ["pretty", "pretty_expression", "pretty_pattern", "pretty_type"]
