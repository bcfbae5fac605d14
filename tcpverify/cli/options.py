"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from tcpverify.cli.sizes import parse_size
from tcpverify.limits import Limits

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

MOST_THREADS = 256


class _File(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A path; whether it is there is found out where it is read."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        del param, ctx
        return Path(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Let the shell complete it."""
        del ctx, param
        return [CompletionItem(incomplete, type="file")]


FILE = _File()
"""The type of a path."""

params: Decorator = click.option(
    "-p",
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter, or sweep it with NAME=LO..HI (repeatable).",
)
output_format: Decorator = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    metavar="FORMAT",
    help="text or json.",
)
scenario: Decorator = click.option(
    "--scenario",
    metavar="NAME",
    help="Which scenario (needed if there are several).",
)
variants: Decorator = click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME",
    help="Apply a variant; several in this order.",
)
adversaries: Decorator = click.option(
    "--adversary",
    "adversaries",
    multiple=True,
    metavar="NAME",
    help="Let an adversary act; several at once.",
)
max_states: Decorator = click.option(
    "--max-states",
    type=click.IntRange(1),
    default=Limits().max_states,
    show_default="none",
    metavar="COUNT",
    help="Stop an exploration after so many states.",
)
threads: Decorator = click.option(
    "--threads",
    type=click.IntRange(1, MOST_THREADS),
    show_default="all cores",
    metavar="COUNT",
    help="How many threads explore at once.",
)
jobs: Decorator = click.option(
    "--jobs",
    type=click.IntRange(1, MOST_THREADS),
    show_default="all cores, or as many as threads",
    metavar="COUNT",
    help="How many instances are decided at once, each in a process of its own.",
)


def _as_size(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    size = None if value is None else parse_size(value)
    if value is not None and size is None:
        raise click.BadParameter(f"{value!r} is no amount of memory such as 512M or 4GiB", context, parameter)
    return size


no_cache: Decorator = click.option(
    "--no-cache",
    is_flag=True,
    envvar="TCPVERIFY_NO_CACHE",
    help="Take no verdict from earlier runs, and keep none.",
)
max_memory: Decorator = click.option(
    "--max-memory",
    metavar="SIZE",
    callback=_as_size,
    show_default="what the machine can give",
    help="Stop an exploration when the process holds so much (512M, 4G, 4GiB).",
)
progress: Decorator = click.option(
    "--progress",
    type=click.Choice(["auto", "none", "jsonl"]),
    default="auto",
    show_default=True,
    metavar="HOW",
    help="How far it is, on stderr: auto (where that is a terminal), none, or jsonl.",
)


def _no_nan(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and isnan(value):
        raise click.BadParameter("nan is no time", context, parameter)
    return value


budget: Decorator = click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    callback=_no_nan,
    help="Stop each instance after so long.",
)


def parse_params(given: tuple[str, ...], option: str = "-p") -> dict[str, str]:
    """`NAME=VALUE` pairs of an option; raises UsageError on anything else, and on a name given twice."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (equals and name and value):
            raise click.UsageError(f"{option} {text!r} is not NAME=VALUE")
        if name in found:
            raise click.UsageError(f"{option} {name!r} is given twice")
        found[name] = value
    return found
