"""What the terminal can show, and where messages go: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from tcpverify.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Console:
    """`width` in cells; `colour` and `unicode` as the stream and the environment allow."""

    width: int
    unicode: bool
    colour: bool


def console(stream: TextIO) -> Console:
    """The abilities of a stream; NO_COLOR, TERM=dumb and COLUMNS are respected."""
    width = shutil.get_terminal_size((100, 24)).columns
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    colour = (terminal or bool(os.environ.get("FORCE_COLOR"))) and not os.environ.get("NO_COLOR")
    return Console(max(20, min(width, 250)), encoding.startswith("utf"), colour)


def write(text: str, stream: TextIO | None = None) -> None:
    """Write text that has been made safe; characters that the stream lacks become `?`."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "ascii"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def complain(diagnostics: Iterable[Diagnostic]) -> None:
    """Show diagnostics on stderr."""
    from tcpverify.render.diagnostic import diagnostic

    here = console(sys.stderr)
    for d in diagnostics:
        write(diagnostic(d, here.colour, not here.unicode) + "\n", sys.stderr)
