"""Verdicts of earlier runs, kept in the user's own cache folder: a file for each instance of a check.

A file is found by a digest of all that its verdicts are a function of, so that nothing has to be elaborated
to find it: the declarations of the spec and of its imports, as they are written and where (all but checks,
and of properties the lemmas and those asked for); scenario, parameters, variants and adversaries; the
properties, the engine and the limits; the certificates that are tried first; and the versions of Python, of
the solvers, of llvmlite and of our own source, file by file. That is more than the elaborated system depends
on: a file may be missed though it would do, and never the other way round. What is expected is compared
anew, and is part of the digest only where it steers the engines.

Only what is final is kept: no `unknown`, no bound that time has set, nothing that a limit or the user broke
off, nothing with a fault of ours, no instance that there is something to warn of. Every trace is replayed by
the interpreter before it is told again.

Whoever can write such a file can tell any verdict, and its bytes build objects when they are read. So the
folder and its files are ours alone, as those of compiled kernels are (`explicit/native/cache.py`); it is
never in the working directory or in a repository that a spec comes from, where a change under test could
bring verdicts with it; and reading makes objects of our own types only.
"""

from __future__ import annotations

import gc
import pickle
import platform
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from itertools import chain
from os import utime
from pathlib import Path
from typing import Any, TypeAlias

import tcpverify
from tcpverify.certify.folder import INVARIANT, MANIFEST, TRAP, WAYS
from tcpverify.explicit.native import cache as files
from tcpverify.ir.interpret import Interpreter
from tcpverify.lang import syntax as s
from tcpverify.lang.checks import Instance, is_lemma
from tcpverify.lang.elaborate import Model
from tcpverify.lang.resolve import Program
from tcpverify.limits import Limits
from tcpverify.pipeline.ask import SYMBOLIC_WORDS, Answer
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.stored import certificates
from tcpverify.source import Source
from tcpverify.trace import confirm, replay
from tcpverify.verdict import Bounded, Decision, Reachable, Trap, Unknown, Violated

MOST_BYTES = 512 << 20
"""What the folder holds at most after a run; what was not used for longest goes first."""

FOLDER = "verdicts"
TOOLS = ("z3-solver", "cvc5", "llvmlite")
REPOSITORY = ".git"

Labels: TypeAlias = tuple[tuple[str, str], ...]
Rows: TypeAlias = Mapping[Labels, tuple[Model, Answer]]
"""What was decided of an instance, by its labels: the model, and the engine's answer about it. A `find
weakest network` has a row for each network that was tried."""


def folder(environment: Mapping[str, str], near: Iterable[Path]) -> Path | None:
    """Where verdicts belong; None if there is no such place, or if it lies inside the working directory or
    a repository that one of the paths `near` is in. Links are followed."""
    kernels = files.folder(environment)
    if kernels is None:
        return None
    try:
        where = (kernels.parent / FOLDER).resolve()
        here = Path.cwd()
        refused = [here, *filter(None, (_repository(p.resolve()) for p in (here, *near)))]
    except (OSError, ValueError, RuntimeError):
        return None
    return None if any(where.is_relative_to(place) for place in refused) else where


def _repository(path: Path) -> Path | None:
    """The repository that a path is in."""
    return next((place for place in (path, *path.parents) if (place / REPOSITORY).exists()), None)


# --- The digest --------------------------------------------------------------------------------------


class Keys:
    """The names of what is kept of the instances of a spec, under some limits. The spec is as it was read:
    its program is that of its texts, and no mutant of it."""

    def __init__(self, spec: Spec, limits: Limits, proofs: Path | None) -> None:
        self._spec, self._limits = spec, limits
        self._common = files.key(tools(), *_certificates(proofs, spec))

    def of(self, instance: Instance, wanted: Sequence[str], engine: str, counts: bool, weakest: bool) -> str:
        """The name for one instance. `wanted`: the properties that are decided; `counts`: whether its states
        are; `weakest`: whether it is the one of a `find weakest network`."""
        asks = asked(instance, wanted, engine, counts, weakest, self._limits)
        return files.key(self._common, *_texts(self._spec.program, wanted), *asks)


def asked(
    instance: Instance, wanted: Sequence[str], engine: str, counts: bool, weakest: bool, limits: Limits
) -> Iterator[str]:
    """What is asked of an instance, and what it may cost; of what is expected only that which steers."""
    request = instance.request
    steering = [
        (name, e.word if weakest or e.word in SYMBOLIC_WORDS else "",
         e.exact if weakest or e.word in SYMBOLIC_WORDS else None, e.within if weakest else None)
        for name, e in instance.expectations.items()
    ]  # fmt: skip
    parts = (
        instance.labels, request.scenario,
        sorted(request.params.items()), request.variants, request.adversaries, request.symbolic,
        tuple(wanted), engine, counts, weakest, steering, instance.seconds,
        limits.max_states, limits.max_bound, limits.seconds, limits.max_memory, limits.proofs,
        limits.growth,
    )  # fmt: skip
    return map(repr, parts)


def _texts(program: Program, wanted: Sequence[str]) -> Iterator[str]:
    """The declarations that an instance may depend on, each with its place; and what it is not warned of
    (`lang/elaborate/liveness.py`): of what must come to pass, that which some check expects to fail."""
    sources = {id(source): str(n) for n, source in enumerate(_sources(program))}
    for declared in program.declarations():
        if isinstance(declared, s.Property) and not (declared.name.text in wanted or is_lemma(declared.body)):
            continue
        span = declared.span
        yield f"{sources[id(span.source)]} {span.start} {span.stop}"
        yield span.text
    expected = [
        str(name)
        for check in program.checks.values()
        for item in check.items
        if isinstance(item, s.Expect) and item.verdict.word == "violated"
        for name in item.properties
    ]
    bodies = {name: program.properties[name].body for name in wanted if name in program.properties}
    yield " ".join(n for n in expected if isinstance(bodies.get(n), s.LeadsTo | s.Eventually | s.Until))


def _sources(program: Program) -> list[Source]:
    """The texts that a program is made of, each once."""
    return list({id(source): source for source in program.sources()}.values())


def _certificates(proofs: Path | None, spec: Spec) -> Iterator[str]:
    """What is read of the certificates that are tried of a spec."""
    for one in certificates(proofs, spec):
        for name in (MANIFEST, INVARIANT, TRAP, WAYS):
            try:
                yield f"{name} {one.file(name)}"
            except Exception as problem:  # it is no certificate then, until that changes
                yield f"{name} {problem!r}"


@cache
def tools() -> str:
    """The versions of all that decides, our own as a digest of every file of the package."""
    root = Path(tcpverify.__file__).parent
    ours = sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    own = files.key(*chain.from_iterable((str(p.relative_to(root)), p.read_bytes().hex()) for p in ours))
    found = [
        f"tcpverify {tcpverify.__version__} {own}",
        platform.python_implementation(),
        platform.python_version(),
    ]
    return " ".join([*found, *(f"{name} {_version(name)}" for name in TOOLS)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


# --- Keeping -----------------------------------------------------------------------------------------


def keep(where: Path, name: str, spec: Spec, rows: Rows) -> bool:
    """Keep rows under a name; whether that could be done."""
    try:
        data = _dumps(rows, _sources(spec.program))
    except (RecursionError, pickle.PicklingError, AttributeError, TypeError):
        return False
    return files.keep(where, name, zlib.compress(data, 1))


def final(instance: Instance, limits: Limits, decision: Decision) -> bool:
    """Whether more time or memory could not make more of a decision."""
    bounds = [e.exact or 0 for e in instance.expectations.values() if e.word == "bounded"]
    deepest = max([limits.max_bound, *bounds])
    seen = decision.statistics
    return not (
        decision.interrupted
        or (seen is not None and (seen.stopped is not None or not seen.complete))
        or any(
            isinstance(v, Unknown) or (isinstance(v, Bounded) and v.k < deepest)
            for v in decision.verdicts.values()
        )
    )


def there(where: Path, name: str) -> bool:
    """Whether something is kept under a name, be it usable or not."""
    return (where / name).is_file()


def fetch(where: Path, name: str, spec: Spec) -> Rows | None:
    """What is kept under a name, its traces replayed; None if there is nothing of ours that can be used."""
    data = files.fetch(where, name)
    if data is None:
        return None
    try:
        rows = _loads(zlib.decompress(data), _sources(spec.program))
        found = {labels: (model, _replayed(model, answer)) for labels, (model, answer) in rows.items()}
    except Exception:  # whatever it holds, nothing is known by it
        return None
    with suppress(OSError):
        utime(where / name)
    return found


def _replayed(model: Model, answer: Answer) -> Answer:
    """An answer with each trace made anew by the interpreter. Raises NotARun."""
    verdicts = dict(answer.decision.verdicts)
    machines: dict[int, Interpreter] = {}
    for prop in model.properties:
        verdict = verdicts[prop.name]
        if not isinstance(verdict, Violated | Reachable):
            continue
        trace = verdict.trace
        system = model.system_of(prop)
        interpreter = machines.get(id(system)) or machines.setdefault(id(system), Interpreter(system))
        if isinstance(verdict, Violated) and isinstance(verdict.trap, Trap):
            again = replay(interpreter, trace.schedule)  # solvers refuted that anything leaves the trap
        else:
            again = confirm(interpreter, prop, trace.schedule)
        verdicts[prop.name] = replace(verdict, trace=again)
    return replace(answer, decision=replace(answer.decision, verdicts=verdicts))


def tidy(where: Path, most: int = MOST_BYTES) -> None:
    """Let the folder hold no more than so many bytes."""
    try:
        found = [(p, p.stat()) for p in where.iterdir()]
    except OSError:
        return
    held = sum(seen.st_size for _, seen in found)
    for path, seen in sorted(found, key=lambda row: row[1].st_mtime):
        if held <= most:
            return
        with suppress(OSError):
            path.unlink()
            held -= seen.st_size


# --- Bytes -------------------------------------------------------------------------------------------


def _dumps(rows: Rows, sources: Sequence[Source]) -> bytes:
    """Rows as bytes, texts as their numbers. Raises PicklingError where they speak of a text that is not
    the spec's, and what pickle raises."""
    numbers = {id(source): n for n, source in enumerate(sources)}

    def number(thing: object) -> int | None:
        if isinstance(thing, Source) and id(thing) not in numbers:
            raise pickle.PicklingError("a text that is not one of the spec")
        return numbers.get(id(thing))

    buffer = BytesIO()
    pickler: Any = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.persistent_id = number
    pickler.dump(rows)
    return buffer.getvalue()


def _loads(data: bytes, sources: Sequence[Source]) -> Rows:
    """What `_dumps` made bytes of. The collector rests meanwhile: it would look at every object again and
    again, most of the time that this takes."""
    collects = gc.isenabled()
    gc.disable()
    try:
        reader = _Reader(BytesIO(data))
        reader.sources = sources
        rows: Rows = reader.load()
        return rows
    finally:
        if collects:
            gc.enable()


class _Reader(pickle.Unpickler):
    """Reads records and enumerations of ours, and nothing else."""

    sources: Sequence[Source] = ()

    def persistent_load(self, number: Any) -> Source:
        found: Source = self.sources[number]
        return found

    def find_class(self, module: str, name: str) -> Any:
        """Raises UnpicklingError."""
        if (module, name) == ("builtins", "getattr"):
            return _member
        if module.partition(".")[0] == tcpverify.__name__:
            found = super().find_class(module, name)
            if isinstance(found, type) and _is_plain(found):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not kept")


def _member(of: object, name: str) -> object:
    """What some versions of Python write of a member of an enumeration."""
    if isinstance(of, type) and issubclass(of, Enum):
        return of[name]
    raise pickle.UnpicklingError(f"{of} is no enumeration")


def _is_plain(kind: type) -> bool:
    """Whether the objects of a type are nothing but their parts: a record, a named tuple, an enumeration."""
    named = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return named or hasattr(kind, "__dataclass_fields__") or issubclass(kind, Enum)
