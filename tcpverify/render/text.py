"""Text that is safe to show: nothing in it controls a terminal, and its width in cells is known."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len

from tcpverify.records import record

_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, invisible formatting (bidi overrides, joiners), surrogates, private and unassigned."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


@record
class Charset:
    """The characters that drawings in text are made of; `ascii`: nothing else may be written."""

    ascii: bool
    ellipsis: str
    line: str
    """A segment on its way, drawn from left to right."""
    transit: str
    """The part of the way that is told in another step."""
    lane: str
    crossing: str
    right: str
    left: str
    right_open: str
    """Under way, not yet arrived."""
    left_open: str
    lost: str
    garbled: str
    opens: str
    """The bracket of a loop: above its first step, beside its steps, below the last."""
    again: str
    closes: str
    stays: str
    """Beside a state that the run stays in."""


UNICODE = Charset(
    ascii=False, ellipsis="…", line="─", transit="·", lane="│", crossing="┼", right="▶", left="◀",
    right_open="▷", left_open="◁", lost="✕", garbled="≈",
    opens="┏", again="┃", closes="┗", stays="∞",
)  # fmt: skip
ASCII = Charset(
    ascii=True, ellipsis="~", line="-", transit=".", lane="|", crossing="+", right=">", left="<",
    right_open=")", left_open="(", lost="X", garbled="%",
    opens="/", again=":", closes="\\", stays="=",
)  # fmt: skip


def clean(text: str, ascii_only: bool = False) -> str:
    """The text with everything escaped that is invisible or could control what shows it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(c, ascii_only) for c in text)


def _shown(character: str, ascii_only: bool) -> str:
    code = ord(character)
    if 0x20 <= code < 0x7F:
        return character
    if character in _SHORT:
        return _SHORT[character]
    selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    if ascii_only or selector or unicodedata.category(character) in _ESCAPED:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def width(text: str) -> int:
    """The terminal cells that a clean text takes; the sum of those of its characters."""
    return cell_len(text)


def clusters(text: str) -> list[tuple[str, int]]:
    """A clean text cut into characters with the marks that combine with them, and their widths."""
    found: list[tuple[str, int]] = []
    for character in text:
        cells = width(character)
        if cells == 0:
            before, taken = found.pop() if found else (" ", 1)
            found.append((before + character, taken))
        else:
            found.append((character, cells))
    return found


def fit(text: str, cells: int, ellipsis: str = "…") -> str:
    """A clean text shortened to at most `cells`, an ellipsis telling that it was."""
    if width(text) <= cells:
        return text
    if cells < width(ellipsis):
        return ""
    return _prefix(text, cells - width(ellipsis)) + ellipsis


def _prefix(text: str, cells: int) -> str:
    taken, kept = 0, []
    for cluster, size in clusters(text):
        if taken + size > cells:
            break
        kept.append(cluster)
        taken += size
    return "".join(kept)


def pad(text: str, cells: int) -> str:
    """A clean text filled up with spaces on the right."""
    return text + " " * max(0, cells - width(text))


def wrap(text: str, cells: int, later: int = 0, first: int = 0) -> list[str]:
    """A clean text in lines of at most `cells` (2 or more: the widest character), broken after
    commas or at spaces where possible; the first line is indented by `first`, the others by `later`."""
    most = max(0, cells - 8)
    margin, hanging = " " * min(first, most), " " * min(later, most)
    lines: list[str] = []
    line = ""
    for word in _words(text, cells - len(hanging)):
        joined = f"{line} {word}" if line else margin + word
        if width(joined) <= cells:
            line = joined
            continue
        if line.strip():
            lines.append(line)
            margin = hanging
        line = margin + word
        while width(line) > cells:
            head = _prefix(line, cells)
            lines.append(head)
            margin = hanging
            line = margin + _after(line, head)
    return [*lines, line] if line.strip() or not lines else lines


def _words(text: str, cells: int) -> list[str]:
    """What stays on one line: what stands between commas if it is short, else words."""
    pieces = text.split(", ")
    pieces = [f"{piece}," for piece in pieces[:-1]] + pieces[-1:]
    found: list[str] = []
    for piece in pieces:
        found += [piece] if width(piece) <= cells * 2 // 3 else piece.split(" ")
    return found


def _after(line: str, head: str) -> str:
    """What follows a prefix; a leading mark without its character got a space in `clusters`."""
    return line[len(head) :] if line.startswith(head) else line[len(head) - 1 :]
