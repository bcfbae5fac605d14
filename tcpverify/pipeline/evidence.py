"""The stored certificates of a claim: found under a folder, compared with the spec by their digests.

Nothing is checked again here: `tcpverify recheck` does that, and a report names its command.
"""

from __future__ import annotations

import shlex
from collections.abc import Container, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from tcpverify.certify.folder import CONDITION_FORMAT, MANIFEST, Refused, Theorem, digest_of, read_manifest
from tcpverify.ir.expr import Expr
from tcpverify.ir.show import digest
from tcpverify.ir.soup import ever_growing
from tcpverify.ir.system import System
from tcpverify.lang.saying import Unsayable, say
from tcpverify.pipeline.certified import rests_on
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.proofs import stored
from tcpverify.pipeline.traces import shown_params
from tcpverify.records import record
from tcpverify.report.claims import Certified
from tcpverify.result import FindResult, Result
from tcpverify.verdict import Induction, proof_of


@record
class Stored:
    """A certificate as it lies in its folder; `said` is its manifest, `wrong` what is wrong with its files
    ("": they are those that the manifest names)."""

    folder: Path
    theorem: Theorem
    said: Mapping[str, Any]
    digest: str
    wrong: str


def certificates(folder: Path) -> tuple[Stored, ...]:
    """The certificates under a folder that can be read, none if there is no such folder."""
    if not folder.is_dir():
        return ()
    return tuple(c for path in sorted(folder.rglob(MANIFEST)) for c in _read(path.parent))


def _read(folder: Path) -> Iterator[Stored]:
    try:
        files = stored(folder)
        theorem, said = read_manifest(files[MANIFEST])
    except (Refused, OSError, ValueError):
        return
    own = {name: digest_of(text) for name, text in files.items() if name != MANIFEST}
    wrong = "" if own == said.get("files") else "its files are not those that its manifest names"
    yield Stored(folder, theorem, said, digest_of(files[MANIFEST]), wrong)


def about(spec: Spec, result: Result | FindResult, known: tuple[Stored, ...]) -> tuple[Certified, ...]:
    """The certificates of what a result says; one that is of an older spec says so."""
    found = []
    for one in known:
        root = _root(result.file, one.theorem.spec)
        if root is None or one.theorem.prop != result.prop.name:
            continue
        condition = one.said["format"] == CONDITION_FORMAT
        if isinstance(result, FindResult):
            fits, wrong = condition and _answers(result, one.said), ""
        else:
            fits = not condition and _same_instance(spec, result, one.theorem)
            same = fits and one.said.get("system") == digest(result.system)
            wrong = "" if same else "the spec has changed since it was made"
        if fits:
            found.append(_certified(one, root, one.wrong or wrong))
    return tuple(found)


def others(file: str, known: tuple[Stored, ...], told: Container[str]) -> tuple[Certified, ...]:
    """The certificates of a spec whose folders were not told of."""
    return tuple(
        _certified(one, root, one.wrong)
        for one in known
        if (root := _root(file, one.theorem.spec)) is not None and one.folder.as_posix() not in told
    )


def formulas(result: Result) -> tuple[str, ...]:
    """The formulas that a proof rests on, in the words of the language; none of other verdicts."""
    resting, proof = rests_on(result.verdict), proof_of(result.verdict)
    found = resting[0].conjuncts if resting else proof.found if isinstance(proof, Induction) else ()
    growing = ever_growing(result.system) if found else result.system
    return tuple(_said(formula, growing) for formula in found)


def _said(formula: Expr, system: System) -> str:
    try:
        return say(formula, system)
    except Unsayable as why:
        return f"a formula that the language has no words for: {why}"


def _root(file: str, spec: str) -> PurePosixPath | None:
    """The folder of specs that a certificate's name of its spec is in; None: it is of another file."""
    path, inside = PurePosixPath(file), PurePosixPath(spec)
    if len(path.parts) < len(inside.parts) or path.parts[-len(inside.parts) :] != inside.parts:
        return None
    return PurePosixPath(*path.parts[: -len(inside.parts)])


def _answers(result: FindResult, said: Mapping[str, Any]) -> bool:
    on = ", ".join(map(str, said.get("on", ())))
    return (
        said.get("check") == result.check
        and said.get("labels") == dict(result.instance)
        and result.name == f"condition on {on}"
    )


def _same_instance(spec: Spec, result: Result, theorem: Theorem) -> bool:
    return (
        theorem.scenario == result.system.name
        and theorem.variants == result.variants
        and theorem.adversaries == result.adversaries
        and dict(theorem.params) == shown_params(spec, dict(result.params))
    )


def _certified(one: Stored, root: PurePosixPath, wrong: str) -> Certified:
    words = ["tcpverify", "recheck", one.folder.as_posix(), "--specs", str(root)]
    said = one.said
    return Certified(
        about=f"{one.theorem.prop} of {one.theorem.instance}",
        folder=one.folder.as_posix(),
        digest=one.digest,
        files=len(said.get("files", ())),
        says=str(said.get("says", "")) + (": violated" if said.get("shows") == "violated" else ""),
        network=str(said.get("network", "")),
        assumes=tuple(map(str, said.get("assumes", ()))),
        command=shlex.join(words),
        wrong=wrong,
    )
