"""`tcpverify explore --graph`: the state graph of a scenario in a file."""

from __future__ import annotations

import sys
from pathlib import Path

from tcpverify.cli.console import complain, console, write
from tcpverify.diagnostics import Code, Diagnostic
from tcpverify.limits import Limits
from tcpverify.pipeline.graph import graph
from tcpverify.pipeline.save import Names, write_all
from tcpverify.pipeline.scene import Scene
from tcpverify.render.layout import NoLayout, lay_out
from tcpverify.result import Exit
from tcpverify.verdict import evidence, trace_of, word

SUFFIXES = (".svg", ".dot")


def draw(found: Scene, limits: Limits, target: Path, told: bool) -> Exit:
    """Draw the state graph of a scene into a folder or file, the way to a violation of its property (if
    it has one) bold; `told`: say on stdout what was written.

    Raises ModelError.
    """
    prop = next(iter(found.model.properties), None)
    drawn = graph(found.model.system if prop is None else found.model.system_of(prop), prop, limits)
    if drawn.drawing is None:
        return _not_drawn(f"the state graph is not drawn: {drawn.reason}")
    folder, name = target.parent, target.name
    if target.suffix not in SUFFIXES:
        folder, name = (
            target,
            Names().free("svg", Path(found.spec.name).stem, found.request.scenario, "states"),
        )
    picture: str | NoLayout = drawn.drawing.dot
    if not name.endswith(".dot"):
        picture = lay_out([drawn.drawing])[0]
        if isinstance(picture, NoLayout):
            return _not_drawn(f"the state graph is not drawn: {picture.reason}")
    here = console(sys.stdout)
    for path in write_all(folder, {name: str(picture)}):
        if told:
            write(here.safe(str(path)) + "\n")
    if prop is not None and drawn.verdict is not None and told:
        way = "" if trace_of(drawn.verdict) is not None else ": nothing is bold"
        write(here.safe(f"{prop.name}: {word(drawn.verdict)}, {evidence(drawn.verdict)}{way}") + "\n")
    return Exit.OK


def _not_drawn(why: str) -> Exit:
    hint = "set parameters to smaller values, or draw another scenario"
    complain([Diagnostic(Code.NO_LAYOUT, why, hint=hint)])
    return Exit.INCONCLUSIVE
