"""Model checking and protocol verification for connection protocols.

`tcpverify.load("spec.tcpv").verify()`; see docs/api.md. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tcpverify.api import Diff, Outcome, Reaction, Result, Spec, Trace, diff, load, loads, open_trace
    from tcpverify.diagnostics import ModelError

__version__ = "0.1.0"

__all__ = [
    "Diff", "ModelError", "Outcome", "Reaction", "Result", "Spec", "Trace", "__version__", "diff", "load",
    "loads", "open_trace",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """The names of the Python API, imported when they are first asked for."""
    if name == "ModelError":
        from tcpverify.diagnostics import ModelError

        return ModelError
    if name in __all__:
        from tcpverify import api

        return getattr(api, name)
    raise AttributeError(f"module 'tcpverify' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
