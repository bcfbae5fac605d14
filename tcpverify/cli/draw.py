"""`tcpverify draw`: the state machines of a spec's roles as SVG or DOT."""

from __future__ import annotations

from pathlib import Path

import click

from tcpverify.cli.console import complain, write
from tcpverify.cli.options import FILE
from tcpverify.diagnostics import Code, Diagnostic, did_you_mean
from tcpverify.pipeline import load
from tcpverify.pipeline.machines import machine
from tcpverify.pipeline.report import own_roles
from tcpverify.pipeline.save import Folder, slug
from tcpverify.render.dot import machine_dot, machine_drawing
from tcpverify.render.layout import NoLayout, lay_out
from tcpverify.result import Exit


@click.command("draw")
@click.argument("file", type=FILE)
@click.option("--role", help="Only this role.")
@click.option("--output", type=FILE, default=Path("."), help="The folder to write into.")
@click.option("--format", "picture", type=click.Choice(["svg", "dot"]), default="svg")
def command(file: Path, role: str | None, output: Path, picture: str) -> int:
    """Draw the state machine of each role of FILE."""
    spec = load(file)
    roles = {r.name.text: r for r in own_roles(spec)}
    if role is not None and role not in roles:
        complain(
            [Diagnostic(Code.BAD_OPTION, f"the spec has no role `{role}`", hint=did_you_mean(role, roles))]
        )
        return Exit.USAGE
    chosen = [r for name, r in roles.items() if role in (None, name)]
    if not chosen:
        complain([Diagnostic(Code.NOTHING_TO_CHECK, "the file declares no role")])
        return Exit.NOTHING
    machines = [machine(r) for r in chosen]
    texts = (
        [machine_dot(m) for m in machines]
        if picture == "dot"
        else lay_out([machine_drawing(m) for m in machines])
    )
    folder, failed = Folder(output), False
    for m, text in zip(machines, texts, strict=True):
        if isinstance(text, NoLayout):
            complain([Diagnostic(Code.NO_LAYOUT, f"role `{m.name}` is not drawn: {text.reason}")])
            failed = True
        else:
            write(f"{folder.write(f'{slug(file.stem, m.name)}.{picture}', text)}\n")
    return Exit.INCONCLUSIVE if failed else Exit.OK
