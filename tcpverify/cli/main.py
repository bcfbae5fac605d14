"""The `tcpverify` command: subcommands loaded when they are used, and what may go wrong in any."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

import click

from tcpverify import __version__
from tcpverify.cli.console import complain, write
from tcpverify.cli.faults import internal
from tcpverify.diagnostics import Code, Diagnostic, ModelError, did_you_mean

COMMANDS = {
    "init": "Write a working project: a spec, a workflow, hooks.",
    "verify": "Decide the checks of specs.",
    "report": "Write what is claimed and proved as pages to read and print.",
    "prove": "Prove properties for every network, and write certificates.",
    "recheck": "Check certificates again.",
    "sweep": "Decide a property over parameters, as a table.",
    "diff": "Tell what changes from one version to another.",
    "mutate": "Make mistakes in a spec on purpose, and tell which its checks notice.",
    "explain": "Tell why a property is violated, and what would change that.",
    "explore": "Count the reachable states of a scenario, or draw them.",
    "export": "Write a scenario for SPIN, Rumur or TLC.",
    "step": "Work through a scenario by hand.",
    "simulate": "Walk through a scenario at random.",
    "trace": "Show a trace file again, and evaluate expressions in it.",
    "draw": "Draw the state machines of a spec's roles.",
    "list": "List what a spec has to run.",
    "fmt": "Format specs.",
    "lint": "Show what is wrong with specs, without deciding anything.",
    "doctor": "Tell what is installed here, and what it can use.",
    "codes": "Explain diagnostic codes.",
}
"""Every command with its one-line help; each is the function `command` of its module."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            hint = did_you_mean(cmd_name, COMMANDS) or f"there are: {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {cmd_name!r} ({hint})", ctx)
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

    \b
    Exit codes of verify:
      0    every expectation is met
      1    an expectation is not met, or a warning with --strict
      2    the command line or a spec is wrong, or an output cannot be written
      3    inconclusive: a limit stopped the search
      4    internal error, or a self-check failed
      5    nothing to check: no spec, or no check
      130  interrupted; what was found is printed
    """


def main() -> NoReturn:
    """Run the command line; never a traceback."""
    try:
        code = cli.main(prog_name="tcpverify", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except (Exception, KeyboardInterrupt) as problem:
        code = _told(problem)
    sys.exit(int(code or 0))


def _told(problem: Exception | KeyboardInterrupt) -> int:
    """Tell what ended a command before its time; the exit code."""
    from tcpverify.result import Exit, Outcome, exit_code

    match problem:
        case click.ClickException():
            complain([_usage(problem)])
            return Exit.USAGE
        case ModelError():
            complain(problem.diagnostics)
            return exit_code(Outcome((), errors=problem.diagnostics))
        case KeyboardInterrupt() | click.Abort():
            if sys.stderr is not None:
                write("interrupted\n", sys.stderr)
            return Exit.INTERRUPTED
        case _:
            complain([internal(problem)])
            return Exit.INTERNAL


def _usage(problem: click.ClickException) -> Diagnostic:
    """A mistake in the command line."""
    context = getattr(problem, "ctx", None)
    hint = f"see {context.command_path} --help" if context is not None else None
    return Diagnostic(Code.BAD_OPTION, problem.format_message(), hint=hint)
