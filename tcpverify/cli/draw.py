"""`tcpverify draw`: the state machines of a spec's roles as SVG or DOT."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tcpverify.cli.console import complain, console, write
from tcpverify.cli.options import FILE
from tcpverify.diagnostics import Code, Diagnostic, ModelError, did_you_mean
from tcpverify.result import Exit


@click.command("draw")
@click.argument("file", type=FILE)
@click.option("--role", metavar="NAME", help="Only this role.")
@click.option("--output", type=FILE, default=Path("."), metavar="DIR",
              help="The folder to write into (default: this one).")  # fmt: skip
@click.option("--format", "picture", type=click.Choice(["svg", "dot"]), default="svg", metavar="FORMAT",
              help="svg (the default) or dot.")  # fmt: skip
def command(file: Path, role: str | None, output: Path, picture: str) -> int:
    """Draw the state machine of each role of FILE."""
    from tcpverify.pipeline import load
    from tcpverify.pipeline.machines import machine, own_roles
    from tcpverify.pipeline.save import Names, write_all
    from tcpverify.render.dot import machine_dot, machine_drawing
    from tcpverify.render.layout import NoLayout, lay_out

    roles = {r.name.text: r for r in own_roles(load(file))}
    if role is not None and role not in roles:
        problem = Diagnostic(
            Code.BAD_OPTION, f"the spec has no role `{role}`", hint=did_you_mean(role, roles)
        )
        raise ModelError([problem])
    if not roles:
        complain([Diagnostic(Code.NOTHING_TO_CHECK, f"`{file}` declares no role")])
        return Exit.NOTHING
    machines = [machine(r) for name, r in roles.items() if role in (None, name)]
    pictures: list[str | NoLayout] = (
        [machine_dot(m) for m in machines]
        if picture == "dot"
        else lay_out([machine_drawing(m) for m in machines])
    )
    names, files, missing = Names(), dict[str, str](), list[Diagnostic]()
    for m, text in zip(machines, pictures, strict=True):
        if isinstance(text, NoLayout):
            missing.append(Diagnostic(Code.NO_LAYOUT, f"role `{m.name}` is not drawn: {text.reason}"))
        else:
            files[names.free(picture, file.stem, m.name)] = text
    here = console(sys.stdout)
    for path in write_all(output, files):
        write(here.safe(str(path)) + "\n")
    complain(missing)
    return Exit.INCONCLUSIVE if missing else Exit.OK
