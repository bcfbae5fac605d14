"""What the terminal can show, and where messages go: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import TextIO

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.records import record

LEAST_WIDTH = 20
"""A terminal that says it is narrower gets lines of so many cells all the same."""
MOST_WIDTH = 250
MOST_DIAGNOSTICS = 30
"""More of them are counted, not shown."""


@record
class Console:
    """`width` in cells; `colour` and `unicode` as the stream and the environment allow."""

    width: int
    unicode: bool
    colour: bool

    @property
    def ellipsis(self) -> str:
        return "…" if self.unicode else "~"

    def safe(self, text: str) -> str:
        """A text on one line in which nothing controls the terminal."""
        from tcpverify.render.text import clean

        return clean(text, not self.unicode)

    def styled(self, text: str, style: str) -> str:
        """A text in an ANSI style, where there are colours."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text


def console(stream: TextIO | None) -> Console:
    """The abilities of a stream; NO_COLOR, FORCE_COLOR, TERM=dumb and COLUMNS are respected."""
    import shutil

    width = shutil.get_terminal_size((100, 24)).columns
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    forced = os.environ.get("FORCE_COLOR", "") not in ("", "0")
    colour = (forced or is_terminal(stream)) and not os.environ.get("NO_COLOR")
    return Console(max(LEAST_WIDTH, min(width, MOST_WIDTH)), encoding.startswith("utf"), colour)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at the stream through something that understands control sequences."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


_WORKFLOW = re.compile(r"((?:^|[\r\n])(?:\s|\x1b\[[0-9;]*m)*):(?=:)|##(?=\[)")
"""Where the runner of GitHub Actions would read a workflow command: `::` at the start of a line, the older
`##[` anywhere in one."""


def tamed(text: str) -> str:
    """The text with a space in all that a log could take for a command: names of files and texts of specs
    are no orders."""
    return _WORKFLOW.sub(lambda m: "## " if m[0] == "##" else f"{m[1]}: ", text)


def write(text: str, stream: TextIO | None = None, verbatim: bool = False) -> None:
    """Write text that has been made safe; characters that the stream lacks become `?`. What could be a
    workflow command is tamed, unless it is to be written `verbatim`.

    A reader that went away (`| head`) is no fault: the rest is written nowhere. Raises ModelError if
    the stream cannot take it.
    """
    stream = stream or sys.stdout
    if stream is None:
        return
    encoding = stream.encoding or "ascii"
    text = text if verbatim else tamed(text)
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except OSError as problem:
        _silence(stream)
        if not isinstance(problem, BrokenPipeError) and stream is not sys.stderr:
            message = f"cannot write the results: {problem.strerror}"
            raise ModelError([Diagnostic(Code.CANNOT_WRITE, message)]) from None


def _silence(stream: TextIO) -> None:
    """Send what is still to come, and what the stream has buffered, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def complain(diagnostics: Iterable[Diagnostic]) -> None:
    """Show diagnostics on stderr."""
    diagnostics = list(diagnostics)
    if not diagnostics or sys.stderr is None:
        return
    from tcpverify.render.diagnostic import diagnostic

    here = console(sys.stderr)
    cells = here.width if is_terminal(sys.stderr) else None
    for d in diagnostics[:MOST_DIAGNOSTICS]:
        write(diagnostic(d, here.colour, not here.unicode, cells) + "\n", sys.stderr)
    if len(diagnostics) > MOST_DIAGNOSTICS:
        write(f"and {len(diagnostics) - MOST_DIAGNOSTICS:,} more\n", sys.stderr)
