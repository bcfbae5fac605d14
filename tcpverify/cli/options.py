"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tcpverify.limits import Limits

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FILE = click.Path(path_type=Path)

params: Decorator = click.option(
    "-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="Set or sweep (lo..hi) a parameter."
)
output_format: Decorator = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", help="What to print."
)
max_states: Decorator = click.option(
    "--max-states", type=click.IntRange(1), default=Limits().max_states, show_default=True,
    help="Stop an exploration after so many states.",
)  # fmt: skip
budget: Decorator = click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop each instance after so long.",
)


def parse_params(given: tuple[str, ...]) -> dict[str, str]:
    """`NAME=VALUE` pairs; raises UsageError on anything else, and on a name given twice."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="-p")
        if name in found:
            raise click.BadParameter(f"{name!r} is given twice", param_hint="-p")
        found[name] = value
    return found
