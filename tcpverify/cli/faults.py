"""A fault of ours as a diagnostic: one line, no traceback."""

from __future__ import annotations

import os

from tcpverify.diagnostics import Code, Diagnostic


def internal(fault: Exception) -> Diagnostic:
    """What went wrong inside tcpverify; the traceback goes to those who ask for it."""
    if os.environ.get("TCPVERIFY_DEBUG"):
        raise fault
    what = " ".join(f"{type(fault).__name__}: {fault}".split())
    hint = "please report it; TCPVERIFY_DEBUG=1 shows where it happened"
    return Diagnostic(Code.INTERNAL, f"internal error: {what[:300]}", hint=hint)
