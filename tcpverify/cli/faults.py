"""A fault of ours as a diagnostic: one line, no traceback."""

from __future__ import annotations

import os

from tcpverify.diagnostics import Broken, Code, Diagnostic


def internal(fault: Exception) -> Diagnostic:
    """What went wrong inside tcpverify; the traceback goes to those who ask for it."""
    if os.environ.get("TCPVERIFY_DEBUG"):
        raise fault
    what = str(fault) if isinstance(fault, Broken) else f"{type(fault).__name__}: {fault}"
    hint = "please report it; TCPVERIFY_DEBUG=1 shows where it happened"
    return Diagnostic(Code.INTERNAL, f"internal error: {' '.join(what.split())[:300]}", hint=hint)
