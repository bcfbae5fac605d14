"""Model checking and protocol verification for connection protocols.

`tcpverify.load("spec.tcpv").verify()`; see docs/api.md. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
<<<<<<< HEAD
    from tcpverify.api import Outcome, Reaction, Result, Spec, Trace, load, loads, open_trace
=======
    from tcpverify.api import Diff, Outcome, Result, Spec, Trace, diff, load, loads, open_trace
>>>>>>> main
    from tcpverify.diagnostics import ModelError

__version__ = "0.1.0"

__all__ = [
<<<<<<< HEAD
    "ModelError",
    "Outcome",
    "Reaction",
    "Result",
    "Spec",
    "Trace",
    "__version__",
    "load",
    "loads",
    "open_trace",
]
=======
    "Diff", "ModelError", "Outcome", "Result", "Spec", "Trace", "__version__", "diff", "load", "loads",
    "open_trace",
]  # fmt: skip
>>>>>>> main


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
