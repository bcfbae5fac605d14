"""The `tcpverify` command: subcommands loaded when they are used, and what may go wrong in any."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from tcpverify import __version__
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.result import Exit

COMMANDS = {
    "verify": "Decide the checks of specs; the exit code says whether every expectation is met.",
    "explore": "Count the reachable states of a scenario.",
    "draw": "Draw the state machines of a spec's roles.",
    "list": "List what a spec has to run.",
    "codes": "Explain diagnostic codes.",
}
"""Every command with its one-line help; each is the function `command` of its module."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"tcpverify.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tcpverify")
def cli() -> None:
    """Model checking and protocol verification for connection protocols.

    Exit codes: 0 every expectation met, 1 one is not, 2 usage or spec error, 3 inconclusive,
    4 internal error, 5 nothing to check, 130 interrupted.
    """


def main() -> NoReturn:
    """Run the command line; never a traceback."""
    from tcpverify.cli.console import complain

    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as problem:
        problem.show()
        code = Exit.USAGE
    except ModelError as error:
        complain(error.diagnostics)
        code = Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
        complain([Diagnostic(Code.INTERNAL, "interrupted")])
        code = Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.OK
    except Exception as fault:
        complain([_internal(fault)])
        code = Exit.INTERNAL
    sys.exit(int(code or 0))


def _internal(fault: Exception) -> Diagnostic:
    """A fault of ours, in one line; the traceback goes to those who ask for it."""
    if os.environ.get("TCPVERIFY_DEBUG"):
        raise fault
    what = f"{type(fault).__name__}: {fault}".splitlines()[0]
    hint = "please report it; TCPVERIFY_DEBUG=1 shows where it happened"
    return Diagnostic(Code.INTERNAL, f"internal error: {what[:300]}", hint=hint)
