"""Certificates of an earlier run as candidates: each is checked like what a search finds, and never trusted.

Of a certificate only what the search would have found is read: an invariant, a run into a trap, ways, a
condition with its cases and runs. What solvers have to refute is made anew from the spec at hand, so a
certificate of an older spec counts as far as it is still a proof, and one that is none costs time alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, TypeAlias

from tcpverify.certify.folder import (
    FORMAT,
    INTEGERS,
    INVARIANT,
    MANIFEST,
    NUMBERS,
    TRAP,
    WAYS,
    Refused,
    Theorem,
    read_manifest,
)
from tcpverify.certify.network import KINDS, unbounded
from tcpverify.certify.reach import Reach, stored_reach
from tcpverify.certify.recheck import claimed, unrefuted
from tcpverify.certify.solvers import SECONDS
from tcpverify.diagnostics import Collector
from tcpverify.ir.expr import Expr
from tcpverify.ir.soup import assumed
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.ir.ways import covered
from tcpverify.lang.elaborate import Request, elaborate
from tcpverify.lang.resolve import Program
from tcpverify.limits import Deadline, Limits
from tcpverify.pipeline.judging import distinct, to_ask
from tcpverify.pipeline.load import Spec, lemmas_in
from tcpverify.pipeline.save import slug
from tcpverify.pipeline.traces import shown_params
from tcpverify.records import record
from tcpverify.trace import Trace
from tcpverify.verdict import Holds, Invariant, Trap, Verdict, Violated, Ways

FOLDER = Path("proofs")
"""Where certificates are looked for if nobody says: in the working directory."""
MOST_BYTES = 4 << 20
"""A candidate of more than that is not read."""
MOST_FOLDERS = 500
"""So many certificates of a spec are looked at."""
PART = 0.5
"""The part of the time of an instance that its candidates may take, besides."""


@record
class Stored:
    """A certificate in a folder, as far as its manifest tells: its theorem and all that it `said`."""

    folder: Path
    theorem: Theorem
    said: Mapping[str, Any]

    def file(self, name: str) -> str:
        """The text of a file; empty if there is none. Raises Refused, OSError, ValueError."""
        return text_of(self.folder / name)

    def names(self) -> list[str]:
        """The names of its files. Raises OSError."""
        return sorted(p.name for p in self.folder.iterdir())


@record
class Known:
    """What certificates show of properties that were asked about: of each the verdict if there is anything
    that it speaks of (that its antecedent ever happens is not shown); and invariants, for other proofs."""

    verdicts: Mapping[str, Verdict]
    lemmas: tuple[Property, ...] = ()


NOTHING = Known({})


@record
class Candidate:
    """What a certificate claims of a property (by name), its invariant, and the texts to be refuted."""

    prop: str
    verdict: Verdict
    lemmas: Sequence[Property]
    texts: Mapping[str, str]


Recall: TypeAlias = Callable[[System, Sequence[Property], Limits], Known]
"""What is known beforehand of properties of a system."""


# --- Finding -----------------------------------------------------------------------------------------


def certificates(proofs: Path | None, spec: Spec) -> Iterator[Stored]:
    """The certificates under a folder that name a spec, by its path or the end of it."""
    if proofs is None:
        return
    parts = PurePath(spec.name).parts
    for i in range(len(parts)):
        name = "/".join(parts[i:])
        for folder in _folders(proofs / slug(name.removesuffix(".tcpv"))):
            try:
                theorem, said = read_manifest(text_of(folder / MANIFEST))
            except (Refused, OSError, ValueError):
                continue
            if theorem.spec == name:
                yield Stored(folder, theorem, said)


def _folders(parent: Path) -> list[Path]:
    """The folders in a folder, if that and they are none by a link."""
    try:
        if parent.is_symlink() or not parent.is_dir():
            return []
        return sorted(p for p in parent.iterdir() if p.is_dir() and not p.is_symlink())[:MOST_FOLDERS]
    except OSError:
        return []


def text_of(path: Path) -> str:
    """The text of a plain file; empty if there is none. Raises Refused, OSError, ValueError."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Refused(f"`{path.name}` is no plain file")
    if not path.exists():
        return ""
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"`{path.name}` is larger than {MOST_BYTES >> 20} MiB")
    return data.decode("utf-8")


# --- Checking ----------------------------------------------------------------------------------------


def known(
    proofs: Path | None,
    spec: Spec,
    request: Request,
    system: System,
    properties: Sequence[Property],
    limits: Limits,
) -> Known:
    """What the certificates under a folder show of properties of an instance, each checked as a verdict of an
    engine is: both solvers refute what is made anew of it and the instance."""
    asked = {p.name: p for p in properties}
    deadline = within(limits).deadline()
    candidates: list[Candidate] = []
    for one in certificates(proofs, spec) if asked else ():
        prop = asked.get(one.theorem.prop)
        if prop is None or not _is_of(one, spec, request):
            continue
        try:
            candidates.append(_candidate(one, spec.program, request, system, prop))
        except Exception:  # whatever it holds, it is no proof
            continue
    shown = _shown(candidates, deadline)
    lemmas = (p for c in shown if not isinstance(c.verdict, Violated) for p in c.lemmas)
    return Known({c.prop: c.verdict for c in shown}, tuple(lemmas))


def _shown(candidates: Sequence[Candidate], deadline: Deadline) -> list[Candidate]:
    """The first of each property that both solvers find right. All are asked about at once; one by one only
    if that fails."""
    first = list({c.prop: c for c in reversed(candidates)}.values())
    together = distinct({f"{c.prop} {name}": text for c in first for name, text in c.texts.items()})
    if len(first) > 1 and not unrefuted(list(together), together, PART * (deadline.left() or 0.0)):
        return first
    found: dict[str, Candidate] = {}
    for c in candidates:
        if c.prop not in found and not unrefuted(list(c.texts), c.texts, deadline.left() or 0.0):
            found[c.prop] = c
    return list(found.values())


def within(limits: Limits) -> Limits:
    """What candidates may take; the search has all of its time after them."""
    seconds = SECONDS if limits.seconds is None else min(SECONDS, limits.seconds * PART)
    return replace(limits, seconds=seconds)


def _is_of(one: Stored, spec: Spec, request: Request) -> bool:
    theorem = one.theorem
    return (
        one.said["format"] == FORMAT
        and theorem.scenario == request.scenario
        and set(theorem.variants) == set(request.variants)
        and set(theorem.adversaries) == set(request.adversaries)
        and dict(theorem.params) == shown_params(spec, dict(request.params))
    )


def _candidate(one: Stored, program: Program, request: Request, system: System, prop: Property) -> Candidate:
    """What a certificate claims. Raises whatever is wrong with it."""
    if prop.kind not in (*KINDS, PropertyKind.TRAP_FREE):
        raise Refused(f"there are no certificates of `{prop.kind}`")
    lemmas = _lemmas(program, request, prop, one.file(INVARIANT))
    invariant = tuple(p.formula for p in lemmas)
    files = {name: text for name in (TRAP, WAYS) if (text := one.file(name))}
    reach = stored_reach(files, one.theorem, system) if prop.kind is PropertyKind.TRAP_FREE else None
    integers = one.said.get(NUMBERS) == INTEGERS
    verdict = _verdict(system, prop, invariant, reach, integers)
    claim = claimed(one.theorem, system, prop, invariant, reach, integers)
    named = [replace(p, name=f"{prop.name} {p.name}") for p in lemmas]
    return Candidate(prop.name, verdict, named, to_ask(claim))


def _lemmas(program: Program, request: Request, prop: Property, text: str) -> list[Property]:
    """The lemmas of a text as an instance has them, beside a property. Raises ModelError, Refused."""
    added = {p.name.text: p for p in lemmas_in(text, INVARIANT)}
    if set(added) & set(program.properties):
        raise Refused("the spec has a property of that name")
    more = replace(program, properties={**program.properties, **added})
    model = elaborate(more, request, (prop.name, *added), Collector())
    if model is None:
        raise Refused("the invariant makes no sense in the instance")
    return [p for p in model.properties if p.name in added]


def _verdict(
    system: System, prop: Property, invariant: tuple[Expr, ...], reach: Reach | None, integers: bool
) -> Verdict:
    """What is claimed. Raises Refused, NoWay."""
    if isinstance(reach, Trace):
        return Violated(reach, Trap(invariant))
    claim = prop if reach is None else covered(system, reach, prop)
    unbounded(system, claim)
    proof = Invariant(invariant, assumed(system, claim) or (), integers)
    return Holds(proof if reach is None else Ways(reach, proof))
