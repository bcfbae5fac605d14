"""Certificates in folders: made of what a search for an invariant found, read again and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tcpverify.certify.condition import RUN
from tcpverify.certify.condition import problems as condition_problems
from tcpverify.certify.folder import (
    CONDITION_FORMAT,
    INVARIANT,
    MANIFEST,
    Certificate,
    Refused,
    Theorem,
    invariant_text,
    read_manifest,
    solver_files,
    whole,
)
from tcpverify.certify.network import KINDS, Uncertifiable, unbounded
from tcpverify.certify.obligations import Inexpressible
from tcpverify.certify.reach import Reach
from tcpverify.certify.recheck import certificate_of, claimed, problems, unrefuted
from tcpverify.certify.solvers import versions
from tcpverify.certify.witnesses import runs
from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError
from tcpverify.ir.expr import Expr
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, Schedule, System
from tcpverify.ir.ways import Way
from tcpverify.isolate import Failure, run_isolated
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import Instance
from tcpverify.lang.elaborate import Model, Request, elaborate
from tcpverify.lang.resolve import Program
from tcpverify.lang.saying import Unsayable, say, sayable
from tcpverify.limits import Limits
from tcpverify.pipeline import plan as planning
from tcpverify.pipeline.condition_proofs import ProvedCondition, certified, found_again, rows_of
from tcpverify.pipeline.lemmas import lemmas as lemmas_of
from tcpverify.pipeline.load import Spec, load, load_with_lemmas, read
from tcpverify.pipeline.portfolio import GRACE_SECONDS, MEGABYTES, SECONDS, Question, proof_or_run
from tcpverify.pipeline.save import slug, write_all
from tcpverify.pipeline.scene import scene
from tcpverify.pipeline.traces import shown_params
from tcpverify.pipeline.unproved import Unproved, explained
from tcpverify.records import record
from tcpverify.trace import replay

if TYPE_CHECKING:
    from tcpverify.smt.unbounded import Found, NotFound

MOST_BYTES = 64 << 20
"""A certificate with larger files is not read."""


@record
class Proved:
    """A certificate that both solvers agree to, not yet written."""

    theorem: Theorem
    certificate: Certificate
    files: dict[str, str]


# --- Proving -----------------------------------------------------------------------------------------


@record
class Attempt:
    """A property of an instance, and its certificate or why there is none. `labels`: what tells it from
    other attempts at the same property."""

    prop: str
    instance: str
    labels: tuple[str, ...]
    found: Proved | ProvedCondition | Unproved


def prove_all(
    path: Path, root: Path, asked: planning.Request, lemmas: Path | None = None
) -> Iterator[Attempt]:
    """Try what a request names; without a name of a property, what is expected to hold by proof. `lemmas`: a
    file with more lemmas than those of the spec.

    Raises ModelError.
    """
    inside = _inside(path, root)
    spec = load(path, inside) if lemmas is None else load_with_lemmas(path, inside, read(lemmas), str(lemmas))
    collector = Collector()
    wrong = planning.unknown_names([spec], asked)
    planned = [] if wrong else planning.plan(spec, asked, collector)
    rows = [(p.instance, name) for p in planned
            for name in p.wanted if _is_asked(spec.program, p.instance, name, asked)]  # fmt: skip
    collector.finish()
    finds = [] if wrong or asked.params else list(rows_of(spec, asked.checks, asked.properties))
    if not rows and not finds:
        raise ModelError(wrong or [_nothing(path)])
    names = [name for _, name in rows]
    for instance, name in rows:
        labels = [instance.check.name.text, *(f"{key}-{value}" for key, value in instance.labels)]
        told = tuple(labels) if names.count(name) > 1 else ()
        about = ", ".join([instance.check.name.text, *(f"{k} = {v}" for k, v in instance.labels)])
        found = prove(path, root, spec, instance.request, name, asked.limits)
        yield Attempt(name, about, told, found)
    for p in finds:
        yield _of_condition(spec, _name_in(path, root), p, asked.limits)


def _of_condition(spec: Spec, name: str, p: planning.Planned, limits: Limits) -> Attempt:
    assert p.condition is not None
    check, labels, on = p.condition.check.name.text, p.instance.labels, ", ".join(p.condition.parameters)
    about = ", ".join([check, *(f"{k} = {v}" for k, v in labels), f"condition on {on}"])
    told = ("condition", check, on, *(f"{key}-{value}" for key, value in labels))
    found = certified(spec, name, p, limits)
    return Attempt(p.wanted[0], about, told, Unproved(found) if isinstance(found, str) else found)


def _is_asked(program: Program, instance: Instance, name: str, asked: planning.Request) -> bool:
    expected = instance.expectations.get(name)
    declared = program.properties.get(name)
    body = None if declared is None else declared.body
    reachable = isinstance(body, s.StateProperty) and body.form == "always reachable"
    if asked.properties:
        return reachable or expected is None or expected.word != "violated"
    return expected is not None and expected.word == "holds by proof"


def _nothing(path: Path) -> Diagnostic:
    hint = "name a property with --property, or expect it to hold by proof"
    return Diagnostic(Code.NOTHING_TO_CHECK, f"no check of `{path}` asks for a proof", hint=hint)


def prove(
    path: Path, root: Path, spec: Spec, request: Request, prop: str, limits: Limits
) -> Proved | Unproved:
    """A certificate of a property of an instance, or why there is none.

    `root` is the folder of specs that the certificate names the spec in. Raises ModelError; NotARun (a fault
    of ours).
    """
    theorem = Theorem(
        _name_in(path, root), request.scenario, shown_params(spec, dict(request.params)),
        request.variants, request.adversaries, prop,
    )  # fmt: skip
    model = _elaborated(spec.program, request, (prop,))
    asked = model.properties[0]
    system = model.system_of(asked)
    hints = [p for p in lemmas_of(spec.program, request, system) if p.name != prop]
    try:
        if asked.kind is PropertyKind.TRAP_FREE:
            return _decide_reach(theorem, path, root, model, [p.formula for p in hints], limits)
        growing = unbounded(system, asked)
    except Uncertifiable as problem:
        return (
            explained(str(problem), system, asked, hints) if asked.kind in KINDS else Unproved(str(problem))
        )
    question = Question(system, growing, asked, tuple(p.formula for p in hints), limits.seconds or SECONDS)
    judge = partial(_judged, theorem, path, root, question)
    found = proof_or_run(question, judge, limits.workers())
    if isinstance(found, Proved | Unproved):
        return found
    return explained(found.reason, growing, asked, hints, () if isinstance(found, Failure) else found.kept)


def _judged(
    theorem: Theorem, path: Path, root: Path, question: Question, found: Found | NotFound
) -> tuple[Proved | Unproved | NotFound, bool]:
    """What a search's answer comes to, and whether nothing else need be tried: it is certified, or what was
    asked is not true (that needs no lemma but a trace)."""
    from tcpverify.smt.unbounded import NotFound

    if isinstance(found, NotFound):
        return (Unproved(found.reason), True) if found.refuted else (found, False)
    growing, prop = question.growing, question.prop
    try:
        text = invariant_text(theorem, prop, growing, [say(e, growing) for e in found.invariant])
        made = _certified(theorem, path, root, text, integers=found.integers)
    except (Inexpressible, Unsayable, Refused) as problem:
        return Unproved(str(problem)), False
    return made, isinstance(made, Proved)


def _decide_reach(
    theorem: Theorem, path: Path, root: Path, model: Model, hints: list[Expr], limits: Limits
) -> Proved | Unproved:
    """A certificate of what should always be reachable, or that it is not. Raises Unsayable, Refused."""
    prop = model.properties[0]
    system = model.system_of(prop)
    seconds = limits.seconds or SECONDS
    found = run_isolated(_reach, (system, prop, hints, seconds), seconds + GRACE_SECONDS, MEGABYTES)
    if isinstance(found, Failure | str):
        return Unproved(found.reason if isinstance(found, Failure) else found)
    run, rest, invariant = found
    reach = rest if run is None else replay(Interpreter(system), run)
    claim = claimed(theorem, system, prop, invariant, reach)
    said = [say(e, claim.system) for e in invariant]
    text = invariant_text(theorem, prop, claim.system, said, run is not None)
    return _certified(theorem, path, root, text, reach)


def _reach(
    argument: tuple[System, Property, list[Expr], float],
) -> tuple[Schedule | None, tuple[Way, ...], tuple[Expr, ...]] | str:
    """The search for a trap or for ways itself, in a process of its own: a run or ways, and an invariant."""
    from tcpverify.smt.traps import Free, Trapped, decide

    system, prop, hints, seconds = argument
    deadline = Limits(seconds=seconds).deadline()
    match decide(system, prop, hints, deadline, partial(sayable, system=system)):
        case Trapped(run, trap):
            return run, (), trap
        case Free(ways, invariant):
            return None, ways, invariant
        case other:
            return other.reason


def _elaborated(program: Program, request: Request, properties: Sequence[str]) -> Model:
    collector = Collector()
    model = elaborate(program, request, properties, collector)
    if model is None:
        raise ModelError(collector.diagnostics)
    return model


def _certified(
    theorem: Theorem, path: Path, root: Path, text: str, reach: Reach | None = None, integers: bool = False
) -> Proved | Unproved:
    """The certificate that an invariant as it was written gives, if both solvers agree."""
    system, prop, invariant = _read_back(theorem, path, root, text)
    certificate = certificate_of(theorem, system, prop, invariant, reach, integers)
    claim = certificate.seen_in
    certificate = replace(certificate, runs=tuple(runs(claim.system, claim.prop)))
    texts = solver_files(certificate)
    wrong = unrefuted(list(texts), texts)
    if wrong:
        return Unproved(f"its proof was not certified: {wrong[0]}")
    return Proved(theorem, certificate, whole(certificate, text, versions()))


def _read_back(theorem: Theorem, path: Path, root: Path, text: str) -> tuple[System, Property, list[Expr]]:
    """The property of a theorem with its system, and the lemmas of a text, as the spec has them."""
    spec = load_with_lemmas(path, _inside(path, root), text, INVARIANT)
    lemmas = [n for n, p in spec.program.properties.items() if p.span.source.name == INVARIANT]
    if theorem.prop in lemmas:
        raise Refused(f"`{theorem.prop}` is a lemma of the certificate, no property of the spec")
    wanted = [theorem.prop, *lemmas]
    found = scene(spec, theorem.scenario, theorem.variants, theorem.params, wanted, theorem.adversaries)
    by_name = {p.name: p for p in found.model.properties}
    prop = by_name[theorem.prop]
    return found.model.system_of(prop), prop, [by_name[n].formula for n in lemmas]


def _inside(path: Path, root: Path) -> Path:
    """The folder that a spec's imports stay in: that of the specs, if the spec is in there."""
    return root if path.resolve().is_relative_to(root.resolve()) else path.parent


def _name_in(path: Path, root: Path) -> str:
    """A spec's path in the folder of specs, with `/`; its own name if it is not in there."""
    return path.resolve().relative_to(_inside(path, root).resolve()).as_posix()


def write_certificate(folder: Path, proved: Proved | ProvedCondition, more: Sequence[str] = ()) -> Path:
    """Write a certificate under a folder; one that was there is replaced as a whole. Raises ModelError."""
    theorem = proved.theorem
    target = folder / slug(theorem.spec.removesuffix(".tcpv")) / slug(theorem.prop, *more)
    for part in (folder, target.parent, target):
        if part.is_symlink():
            raise _error(f"`{part}` is a symbolic link: nothing is written through it")
    write_all(target, proved.files)
    for old in target.iterdir():
        if old.name not in proved.files and old.name.endswith((".smt2", ".itf.json", RUN)):
            old.unlink()
    return target


# --- Checking again ----------------------------------------------------------------------------------


@record
class Checked:
    """A stored certificate and what is wrong with it (nothing: it is one)."""

    folder: Path
    theorem: Theorem | None
    problems: tuple[str, ...]
    seconds: float


def recheck(proofs: Path, specs: Path, limits: Limits) -> Iterator[Checked]:
    """Check every certificate under a folder against the specs of another. Raises ModelError."""
    try:
        manifests = sorted(p for p in proofs.rglob(MANIFEST))
    except (OSError, ValueError):
        manifests = []
    if not manifests:
        raise _error(f"no certificate in `{proofs}`", Code.NOTHING_TO_CHECK)
    for manifest in manifests:
        started = limits.clock()
        theorem, wrong = _rechecked(manifest.parent, specs)
        yield Checked(manifest.parent, theorem, tuple(wrong), limits.clock() - started)


def _rechecked(folder: Path, specs: Path) -> tuple[Theorem | None, list[str]]:
    theorem = None
    try:
        files = stored(folder)
        theorem, said = read_manifest(files[MANIFEST])
        path = specs / theorem.spec
        if not path.resolve().is_relative_to(specs.resolve()):
            raise Refused(f"its spec `{theorem.spec}` is not in `{specs}`")
        if not path.exists():
            hint = "say with --specs in which folder it is, as it was said to `prove`"
            raise Refused(f"there is no `{theorem.spec}` in `{specs}`: {hint}")
        if said["format"] == CONDITION_FORMAT:
            return theorem, condition_problems(files, said, found_again(load(path, specs), said))
        system, prop, invariant = _read_back(theorem, path, specs, files.get(INVARIANT, ""))
        return theorem, problems(files, system, prop, invariant)
    except (Refused, Inexpressible) as problem:
        return theorem, [str(problem)]
    except ModelError as error:
        return theorem, [f"{d.code}: {d.message}" for d in error.diagnostics]
    except (OSError, ValueError) as problem:
        return theorem, [f"it cannot be read: {getattr(problem, 'strerror', None) or problem}"]


def stored(folder: Path) -> dict[str, str]:
    """The files of a certificate. Raises Refused for anything but plain files of text."""
    found, size = {}, 0
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file():
            raise Refused(f"`{path.name}` is no plain file")
        size += path.stat().st_size
        if size > MOST_BYTES:
            raise Refused(f"it is larger than {MOST_BYTES >> 20} MiB")
        found[path.name] = path.read_bytes().decode("utf-8")
    return found


def _error(message: str, code: Code = Code.CANNOT_WRITE) -> ModelError:
    return ModelError([Diagnostic(code, message)])
