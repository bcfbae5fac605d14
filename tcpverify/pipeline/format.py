"""A spec file, and what formatting makes of it."""

from __future__ import annotations

from pathlib import Path

from tcpverify.lang.formatting import formatted
from tcpverify.pipeline.load import read
from tcpverify.records import record
from tcpverify.source import Source


@record
class Formatted:
    """A file's text before and after formatting."""

    path: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether formatting changes the file."""
        return self.before != self.after


def format_file(path: Path) -> Formatted:
    """Format a file's text; nothing is written. Raises ModelError, and Unsafe for a fault of ours."""
    text = read(path)
    return Formatted(path, text, formatted(Source(str(path), text)))
