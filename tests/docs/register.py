"""specs/claims.toml beside the checks of specs/ that cite its entries: what is decided, and what flips it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from doc_blocks import ROOT

from tcpverify.lang import syntax as s
from tcpverify.pipeline import load
from tcpverify.pipeline.load import Spec

REGISTER = ROOT / "specs/claims.toml"

KEPT = ("holds", "holds by proof", "unreachable")
BROKEN = ("violated", "reachable")


@dataclass(frozen=True)
class Decided:
    """What a check expects of one property, as its line says, with which variants."""

    spec: str
    check: str
    line: int
    variants: tuple[str, ...]
    prop: str
    verdict: str
    text: str


@cache
def register() -> Mapping[str, Mapping[str, Any]]:
    """The sections of the register."""
    return tomllib.loads(REGISTER.read_text(encoding="utf-8"))


@cache
def specs() -> Mapping[str, Spec]:
    """All shipped specs, by path."""
    paths = sorted((ROOT / "specs").rglob("*.tcpv"))
    return {path.relative_to(ROOT).as_posix(): load(path) for path in paths}


@cache
def decided() -> Mapping[str, tuple[Decided, ...]]:
    """By citation, what the checks that bear it decide; a check bears the citations of its variants too."""
    found: dict[str, dict[Decided, None]] = {}
    for path, spec in specs().items():
        for check in spec.program.checks.values():
            for one in _decided(path, check):
                for cite in _cites(spec, check, one):
                    found.setdefault(cite, {})[one] = None
    return {cite: tuple(ones) for cite, ones in found.items()}


def _decided(path: str, check: s.Check) -> Iterator[Decided]:
    runs = [i for i in check.items if isinstance(i, s.Run)]
    variants = tuple(w.name.text for r in runs for w in r.withs if w.kind != "param")
    for item in check.items:
        if isinstance(item, s.Expect | s.FindLeast | s.FindCondition | s.FindWeakest):
            names = item.properties if isinstance(item, s.Expect) else (item.property,)
            word = item.verdict.word if isinstance(item, s.Expect) else "find"
            text = " ".join(item.span.text.split())
            for name in names:
                yield Decided(path, check.name.text, item.span.line, variants, name.text, word, text)


def _cites(spec: Spec, check: s.Check, one: Decided) -> Iterator[str]:
    program = spec.program
    yield from check.cites
    declared = program.properties.get(one.prop)
    if declared is not None:
        yield from declared.cites
        if isinstance(declared.body, s.MonitorNever):
            yield from program.monitors[declared.body.monitor.text].cites
    for name in one.variants:
        if name in program.variants:
            yield from program.variants[name].cites


def flips(ones: tuple[Decided, ...]) -> bool:
    """Whether some property is kept in one place and broken in another, or the boundary is looked for."""
    kept = {one.prop for one in ones if one.verdict in KEPT}
    broken = {one.prop for one in ones if one.verdict in BROKEN}
    return bool(kept & broken) or any(one.verdict == "find" for one in ones)


def citation(section: str, name: str) -> str:
    """How an entry of the register is cited."""
    return {"properties": f"property {name}", "mutants": f"mutant {name}"}.get(section, name)
