"""What a spec has to run, as text."""

from __future__ import annotations

from collections.abc import Iterator

from tcpverify.cli.console import Console
from tcpverify.lang import syntax as s
from tcpverify.pipeline.load import Spec
from tcpverify.render.text import wrap


def listing(spec: Spec, here: Console) -> str:
    """The names of a spec, one a line under their heading, with what they stand for."""
    program = spec.program
    rows: list[tuple[str, list[str]]] = [
        ("parameters", [_flat(p) for p in program.params.values()]),
        ("roles", [f"{r.name}: {', '.join(_states(r))}" for r in program.roles.values()]),
        ("variants", list(program.variants)),
        ("networks", list(program.networks)),
        ("scenarios", [f"{name} on {x.network}" for name, x in program.scenarios.items()]),
        ("properties", [f"{name}: {_flat(p.body)}" for name, p in program.properties.items()]),
        ("checks", [f"{c.name}: {', '.join(_plan(c))}" for c in program.checks.values()]),
    ]
    lines = wrap(here.safe(spec.name), here.width)
    for heading, items in rows:
        if items:
            lines.append(f"  {heading}")
        for item in items:
            lines += wrap(here.safe(item), here.width, 8, 4)
    return "\n".join(lines) + "\n"


def _flat(node: s.Param | s.PropertyBody | s.Run | s.Sweep) -> str:
    return " ".join(node.span.text.split())


def _states(role: s.Role) -> Iterator[str]:
    yield from (i.name.text for i in role.items if isinstance(i, s.StateBlock))


def _plan(check: s.Check) -> Iterator[str]:
    yield from (_flat(i) for i in check.items if isinstance(i, s.Run | s.Sweep))
