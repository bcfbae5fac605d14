"""docs/commands.md, made from the commands themselves: `python tests/docs/commands_page.py` writes it."""

from __future__ import annotations

import click
from doc_blocks import ROOT

from tcpverify.cli.main import COMMANDS, cli

WIDTH = 100

HEAD = """# Commands

What every command says of itself with `--help`. [The command line](cli.md) explains what the options do, with
examples, output formats and exit codes.

This page is generated from the commands; a test compares the two.
"""


def page() -> str:
    """The text of the page."""
    above = click.Context(cli, info_name="tcpverify", terminal_width=WIDTH, **cli.context_settings)
    parts = [HEAD, f"\n```text\n{cli.get_help(above)}\n```\n"]
    for name in COMMANDS:
        command = cli.get_command(above, name) if isinstance(cli, click.Group) else None
        assert command is not None
        text = command.get_help(click.Context(command, parent=above, info_name=name, terminal_width=WIDTH))
        parts.append(f"\n## `tcpverify {name}`\n\n```text\n{text}\n```\n")
    return "".join(parts)


if __name__ == "__main__":
    (ROOT / "docs/commands.md").write_text(page(), encoding="utf-8")
