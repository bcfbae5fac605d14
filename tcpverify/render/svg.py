"""The ladder of a trace as SVG: self-contained, without scripts, nothing told by colour alone."""

from __future__ import annotations

from math import atan2, cos, pi, sin
from xml.sax.saxutils import escape, quoteattr

from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property
from tcpverify.render.conclusion import Conclusion, conclusion
from tcpverify.render.ladder import Fate, Ladder, Origin, lay_out
from tcpverify.render.picture import CELL, LINE, PAD, Arrow, Box, Bracket, Picture, Role, Text, cells, compose
from tcpverify.render.text import clean
from tcpverify.trace import Trace

FONT = "'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,'Courier New',monospace"
SIZE = 13

PAPER, INK, QUIET, FAINT = "#ffffff", "#1b1f24", "#57606a", "#d8dee4"
BLUE, VERMILION, PURPLE, GREEN, BROWN = "#0b5cad", "#b03a00", "#7a3e9d", "#0a6b4b", "#6b4e00"
"""Dark enough on white, and apart for every kind of colour blindness."""

_LOOKS: dict[Role, tuple[str, bool]] = {
    Role.TITLE: (INK, True),
    Role.NAME: (INK, True),
    Role.STATE: (INK, False),
    Role.ERROR: (VERMILION, True),
    Role.NUMBER: (QUIET, False),
    Role.EVENT: (INK, True),
    Role.NOTE: (INK, False),
    Role.LABEL: (INK, False),
    Role.LOOP: (BROWN, True),
    Role.VERDICT: (INK, True),
}
_FRAMES: dict[Role, tuple[str, str, str]] = {
    Role.NAME: ("#f2f4f6", INK, ""),
    Role.STATE: ("#e8f1fb", BLUE, ""),
    Role.ERROR: ("#fdeee6", VERMILION, ' stroke-dasharray="4 2"'),
}


def ladder_svg(
    trace: Trace, prop: Property | None, interpreter: Interpreter, title: str | None = None
) -> str:
    """The ladder of a trace and what it shows of a property, as an SVG document."""
    return drawn_ladder(trace, prop, interpreter, title)[0]


def drawn_ladder(
    trace: Trace, prop: Property | None, interpreter: Interpreter, title: str | None = None
) -> tuple[str, Picture]:
    """The same with the places of all that is drawn."""
    shown = None if prop is None else conclusion(interpreter, prop, trace)
    heading = title or (prop.name if prop else trace.system.name)
    picture = compose(trace, shown, heading)
    size = f'width="{picture.width:.0f}" height="{picture.height:.0f}"'
    document = "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} '
        f'viewBox="0 0 {picture.width:.0f} {picture.height:.0f}" '
        f"font-family={quoteattr(FONT)} font-size=\"{SIZE}\">",
        f"<title>{escape(clean(heading))}</title>",
        f"<desc>{escape(clean(description(lay_out(trace), shown)))}</desc>",
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        *_lines(picture),
        *(part for arrow in picture.arrows for part in _arrow(arrow)),
        *(part for box in picture.boxes for part in _box(box)),
        *(part for text in picture.texts for part in _text(text)),
        *_bracket(picture.loop),
        *_verdict(picture, shown is not None and shown.word == "holds"),
        "</svg>",
    ]) + "\n"  # fmt: skip
    return document, picture


def description(plan: Ladder, shown: Conclusion | None) -> str:
    """The whole ladder in sentences, for those who cannot see it."""
    names = ", ".join(f"{plan.lanes[lane].name} in {state}" for lane, state in plan.rows[0].states)
    found = [f"Message sequence of {plan.rows[-1].number} steps. At the start: {names}."]
    found += [f"In flight from the start: {f.text}." for f in plan.starting(0)]
    for row in plan.rows[1:]:
        sent = [f"sends {f.text}" for f in plan.starting(row.number) if f.origin is Origin.SENT]
        error = [f"error: {row.error}"] if row.error else []
        found.append(f"Step {row.number}: {'; '.join([row.event, *row.notes, *sent, *error])}.")
    found += [f"In flight {'for ever' if plan.stays else 'at the end'}: {f.text}." for f in plan.left()]
    found += [f"{plan.ending[0].upper()}{plan.ending[1:]}."] if plan.ending else []
    return " ".join([*found, shown.heading] if shown else found)


# --- Parts -----------------------------------------------------------------------------------------


def _lines(picture: Picture) -> list[str]:
    right = picture.width - PAD
    rules = [
        f'<line x1="{PAD}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" stroke="{FAINT}"/>'
        for y in picture.rules
    ]
    lanes = [
        f'<line x1="{x:.1f}" y1="{picture.top:.1f}" x2="{x:.1f}" y2="{picture.bottom:.1f}" '
        f'stroke="{QUIET}" stroke-width="1.5"/>'
        for x in picture.lanes
    ]
    return rules + lanes


def _box(box: Box) -> list[str]:
    fill, stroke, dash = _FRAMES[box.text.role]
    corner = 2 if box.text.role is Role.NAME else 7
    return [
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{corner}" fill="{fill}" stroke="{stroke}" stroke-width="1.3"{dash}/>',
        *_text(box.text),
    ]


def _text(text: Text) -> list[str]:
    """A text line by line, each held to the width that it was measured to have."""
    fill, bold = _LOOKS[text.role]
    found = []
    if text.role is Role.LABEL:
        found.append(
            f'<rect x="{text.x - 2:.1f}" y="{text.y:.1f}" width="{text.width + 4:.1f}" '
            f'height="{text.height:.1f}" fill="{PAPER}" fill-opacity="0.88"/>'
        )
    weight = ' font-weight="bold"' if bold else ""
    for i, line in enumerate(text.lines):
        shown = line.strip(" ")
        if not shown:
            continue
        x = text.x + (text.width - cells(line) if text.flush else 0.0)
        x += CELL * (len(line) - len(line.lstrip(" ")))
        adjust = "" if shown.isascii() else ' lengthAdjust="spacingAndGlyphs"'
        found.append(
            f'<text x="{x:.1f}" y="{text.y + LINE * i + 12.5:.1f}" fill="{fill}"{weight} '
            f'textLength="{cells(shown):.1f}"{adjust}>{escape(shown)}</text>'
        )
    return found


def _arrow(arrow: Arrow) -> list[str]:
    """The line of a segment: solid if received, dashed if lost, dotted if still in flight."""
    flight = arrow.flight
    colour = PURPLE if flight.origin is not Origin.SENT else BLUE
    dash = {
        Fate.RECEIVED: "",
        Fate.LOST: "7 4",
        Fate.EXPIRED: "7 4",
        Fate.NO_ROOM: "7 4",
        Fate.IN_FLIGHT: "2 4",
        Fate.STAYS: "2 4",
    }[flight.fate]
    if flight.fate in (Fate.LOST, Fate.EXPIRED, Fate.NO_ROOM):
        colour = VERMILION
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    found = [
        f'<line x1="{arrow.x1:.1f}" y1="{arrow.y1:.1f}" x2="{arrow.x2:.1f}" y2="{arrow.y2:.1f}" '
        f'stroke="{colour}" stroke-width="1.6"{dashes}/>'
    ]
    if flight.origin is Origin.OLD:
        found.append(
            f'<rect x="{arrow.x1 - 4:.1f}" y="{arrow.y1 - 4:.1f}" width="8" height="8" '
            f'fill="{PAPER}" stroke="{colour}" stroke-width="1.6"/>'
        )
    elif flight.origin is Origin.COPY:
        found.append(_polygon([(arrow.x1, arrow.y1 - 6), (arrow.x1 + 6, arrow.y1), (arrow.x1, arrow.y1 + 6),
                               (arrow.x1 - 6, arrow.y1)], PAPER, colour))  # fmt: skip
    if arrow.garbled is not None:
        found.append(_zigzag(*arrow.garbled))
    return [*found, _end(arrow, colour)]


def _end(arrow: Arrow, colour: str) -> str:
    x, y = arrow.x2, arrow.y2
    match arrow.flight.fate:
        case Fate.RECEIVED:
            angle = atan2(y - arrow.y1, x - arrow.x1)
            wings = [(x - 11 * cos(angle + t), y - 11 * sin(angle + t)) for t in (-pi / 8, pi / 8)]
            return _polygon([(x, y), *wings], colour, colour)
        case Fate.IN_FLIGHT | Fate.STAYS:
            place = f'cx="{x:.1f}" cy="{y:.1f}"'
            return f'<circle {place} r="4" fill="{PAPER}" stroke="{colour}" stroke-width="1.6"/>'
        case _:
            return (
                f'<path d="M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12" '
                f'stroke="{colour}" stroke-width="2.6" fill="none"/>'
            )


def _polygon(points: list[tuple[float, float]], fill: str, stroke: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{places}" fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>'


def _zigzag(x: float, y: float) -> str:
    """The mark where a segment was corrupted."""
    return (
        f'<path d="M{x - 12:.1f} {y:.1f}l4 -6l5 12l5 -12l5 12l4 -6" '
        f'stroke="{VERMILION}" stroke-width="2" fill="none"/>'
    )


def _bracket(loop: Bracket | None) -> list[str]:
    """From the end of the loop back to its beginning; where the run stays, a small round trip."""
    if loop is None:
        return []
    x, tip, top, bottom = loop.x, loop.tip, loop.top, loop.bottom
    if loop.stays:
        middle, height = (x + tip) / 2, (top + bottom) / 2
        way = f"M{middle + 8:.1f} {height:.1f}A8 8 0 1 1 {middle:.1f} {height - 8:.1f}"
        tip, top = middle + 8, height - 8
    else:
        bend = min(8.0, (bottom - top) / 2)
        way = (
            f"M{tip:.1f} {bottom:.1f}H{x + bend:.1f}Q{x:.1f} {bottom:.1f} {x:.1f} {bottom - bend:.1f}"
            f"V{top + bend:.1f}Q{x:.1f} {top:.1f} {x + bend:.1f} {top:.1f}H{tip - 9:.1f}"
        )
    head = [(tip, top), (tip - 9, top - 4.5), (tip - 9, top + 4.5)]
    line = f'<path d="{way}" fill="none" stroke="{BROWN}" stroke-width="2.4"/>'
    return [line, _polygon(head, BROWN, BROWN)]


def _verdict(picture: Picture, good: bool) -> list[str]:
    if picture.verdict is None:
        return []
    top, bottom = picture.verdict
    colour = GREEN if good else VERMILION
    return [f'<rect x="{PAD}" y="{top:.1f}" width="4" height="{bottom - top:.1f}" fill="{colour}"/>']
