"""Is a stored certificate one of the spec at hand? Every file is made anew from the spec and compared; then
both solvers answer the files as they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tcpverify.certify.folder import (
    INTEGERS,
    INVARIANT,
    MANIFEST,
    NUMBERS,
    Certificate,
    Refused,
    Theorem,
    digest_of,
    heading,
    manifest,
    names_of_runs,
    origin,
    read_manifest,
    solver_files,
)
from tcpverify.certify.network import Uncertifiable, unbounded
from tcpverify.certify.obligations import Claim, Inexpressible
from tcpverify.certify.reach import Reach, followed, reach_claim, reach_files, stored_reach
from tcpverify.certify.solvers import Answers, ask_both
from tcpverify.certify.witnesses import runs, seen
from tcpverify.diagnostics import ModelError
from tcpverify.ir.expr import Apply, Expr, Scope, Var
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.show import digest
from tcpverify.ir.system import Property, PropertyKind, System
from tcpverify.itf import read_itf, restored
from tcpverify.trace import Trace


def claimed(
    theorem: Theorem,
    system: System,
    prop: Property,
    invariant: Sequence[Expr],
    reach: Reach | None = None,
    integers: bool = False,
) -> Claim:
    """The claim that formulas are an invariant which proves a property of a system, or with a run or ways
    decides what should always be reachable; `integers`: over these.

    Raises:
        Refused: they cannot be, or read what the system does not have.
    """
    try:
        about = heading(theorem, prop)
        claim = (Claim(about, unbounded(system, prop), prop, tuple(invariant), integers) if reach is None
                 else reach_claim(about, system, prop, reach, invariant))  # fmt: skip
    except Uncertifiable as problem:
        raise Refused(str(problem)) from None
    known = {(v.name, v.sort) for v in claim.system.variables}
    for formula in invariant:
        for read in _read(formula):
            if (read.name, read.sort) not in known:
                raise Refused(f"the invariant reads `{read.name}`, which the property's system has not")
    return claim


def _read(formula: Expr) -> Iterator[Var]:
    """The variables of states that a formula reads."""
    seen = set[int]()
    stack: list[Expr] = [formula]
    while stack:
        e = stack.pop()
        if isinstance(e, Var) and e.scope in (Scope.STATE, Scope.NEXT):
            yield e
        elif isinstance(e, Apply) and id(e) not in seen:
            seen.add(id(e))
            stack.extend(e.args)


def problems(
    stored: Mapping[str, str], system: System, prop: Property, invariant: Sequence[Expr]
) -> list[str]:
    """What is wrong with a stored certificate, given the property, its system and the lemmas of the stored
    invariant as the spec now has them; nothing: it is one."""
    try:
        theorem, said = read_manifest(stored.get(MANIFEST, ""))
        if said.get("system") != digest(system):
            raise Refused("it was made of another system: the spec has changed since")
        reach = stored_reach(stored, theorem, system) if prop.kind is PropertyKind.TRAP_FREE else None
        certificate = certificate_of(theorem, system, prop, invariant, reach, said.get(NUMBERS) == INTEGERS)
        runs = tuple(_stored_runs(stored, theorem, certificate.seen_in.system))
        certificate = replace(certificate, runs=runs)
        obligations = solver_files(certificate)
        given = [INVARIANT, *names_of_runs(stored)]
        as_given = {name: stored.get(name, "") for name in given}
        expected = {**obligations, **dict(certificate.reach), **as_given}
        compare(stored, expected)
        compare_manifest(said, manifest(certificate, expected))
        _look_again(certificate)
        if isinstance(reach, tuple):
            states = [s for run in runs for s in run.states]
            _refuse_any(followed(system, prop, reach, states))
    except (Refused, Inexpressible) as problem:
        return [str(problem)]
    except ModelError as problem:
        return [d.message for d in problem.diagnostics]
    return unrefuted(list(obligations), stored)


def certificate_of(
    theorem: Theorem,
    system: System,
    prop: Property,
    invariant: Sequence[Expr],
    reach: Reach | None,
    integers: bool = False,
) -> Certificate:
    """A certificate, but for its runs. Raises Refused."""
    claim = claimed(theorem, system, prop, invariant, reach, integers)
    files = {} if reach is None else reach_files(theorem, system, reach)
    return Certificate(theorem, system, claim, (), tuple(files.items()))


def _refuse_any(wrong: Iterator[str]) -> None:
    for one in wrong:
        raise Refused(one)


def _stored_runs(stored: Mapping[str, str], theorem: Theorem, system: System) -> Iterator[Trace]:
    """The runs of a certificate, replayed by the interpreter. Raises ModelError, Refused."""
    interpreter, whose = Interpreter(system), origin(theorem, system)
    for name in names_of_runs(stored):
        recorded = read_itf(stored[name], name)
        if recorded.origin != whose:
            raise Refused(f"`{name}` is a run of something else")
        yield restored(recorded, interpreter, name)


def compare(stored: Mapping[str, str], expected: Mapping[str, str]) -> None:
    """Every file that should be there is, as it should be, and no other. Raises Refused."""
    missing, extra = set(expected) - set(stored), set(stored) - set(expected) - {MANIFEST}
    if missing:
        raise Refused(f"`{min(missing)}` is missing")
    if extra:
        raise Refused(f"`{min(extra)}` is no part of it")
    for name, text in expected.items():
        if stored[name] != text:
            raise Refused(f"`{name}` is not what the spec and the invariant give")


def compare_manifest(said: Mapping[str, object], follows: Mapping[str, object]) -> None:
    """A manifest says what follows. Raises Refused."""
    for key in sorted({*said, *follows}):
        if said.get(key) != follows.get(key):
            raise Refused(f"{MANIFEST}: `{key}` is not what follows from the spec and the files")


def _look_again(certificate: Certificate) -> None:
    """What no run shows is looked for once more."""
    claim = certificate.seen_in
    interpreter = Interpreter(claim.system)
    shown = seen(interpreter, claim.prop, certificate.runs)
    more = seen(interpreter, claim.prop, runs(claim.system, claim.prop)) - shown
    if more:
        raise Refused(f"no run shows `{min(more)}`, though it is not hard to find")


def unrefuted(names: Sequence[str], texts: Mapping[str, str], seconds: float | None = None) -> list[str]:
    """What a solver did not answer with `unsat`, in words: of each the first such text."""
    return not_refuted(names, ask_both([texts[n] for n in names], seconds))


def not_refuted(names: Sequence[str], told: Sequence[Answers]) -> list[str]:
    """The same, from what solvers told of texts with these names, and perhaps of others after them."""
    found = []
    for answers in told:
        words = dict(zip(names, answers.words, strict=False))
        wrong = next((n for n in names if words.get(n) != "unsat"), None)
        if answers.failure is not None:
            found.append(f"{answers.solver}: {answers.failure}")
        elif wrong is not None:
            found.append(f"{answers.solver} answers `{wrong}` with {words.get(wrong, 'nothing')}")
    return found


__all__ = [
    "Refused",
    "claimed",
    "compare",
    "compare_manifest",
    "digest_of",
    "not_refuted",
    "problems",
    "unrefuted",
]
