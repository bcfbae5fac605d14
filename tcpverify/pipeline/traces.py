"""Trace files: written for every trace of a run, opened again with their spec, and asked questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from tcpverify.diagnostics import Code, Collector, Diagnostic, ModelError
from tcpverify.ir.expr import Value, show_value
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.show import digest
from tcpverify.ir.system import Property, PropertyKind
from tcpverify.itf import MAX_CHARACTERS, Origin, Recorded, itf_text, read_itf, restored
from tcpverify.lang.elaborate.constants import Constants, param_sort
from tcpverify.lang.elaborate.scope import World
from tcpverify.pipeline.load import SUFFIX, Spec, load
from tcpverify.pipeline.save import Names, write_all
from tcpverify.pipeline.scene import Scene, scene
from tcpverify.records import record
from tcpverify.result import Outcome, Result
from tcpverify.trace import Trace, shows
from tcpverify.verdict import trace_of

ITF = "itf.json"


@record
class Opened:
    """A trace of a file, replayed; `prop` is the property that it decides, if it names one and does.
    `notes`: what a reader should know of the file."""

    recorded: Recorded
    scene: Scene
    trace: Trace
    prop: Property | None
    notes: tuple[str, ...]

    @property
    def interpreter(self) -> Interpreter:
        """The interpreter of its system."""
        return Interpreter(self.trace.system)


# --- Writing -----------------------------------------------------------------------------------------


def file_digest(spec: Spec) -> str:
    """The SHA-256 of a spec's own text."""
    text = spec.program.main.span.source.text
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def write_traces(folder: Path, specs: Sequence[Spec], outcome: Outcome) -> list[Path]:
    """Write an ITF file for every trace of an outcome. Raises ModelError."""
    return write_all(folder, dict(trace_files(specs, outcome, Names()).values()))


def trace_files(specs: Sequence[Spec], outcome: Outcome, names: Names) -> dict[int, tuple[str, str]]:
    """The name and the text of the ITF file of every trace of an outcome, by position of the result."""
    by_name = {spec.name: spec for spec in specs}
    files: dict[int, tuple[str, str]] = {}
    digests: dict[int, str] = {}
    for i, result in enumerate(outcome.results):
        trace = trace_of(result.verdict) if isinstance(result, Result) else None
        if isinstance(result, Result) and trace is not None:
            values = [f"{name}-{value}" for name, value in result.instance]
            stem = Path(result.file).stem
            name = names.free(
                ITF, stem, result.check, result.prop.name, *values, *result.variants, *result.adversaries
            )
            key = id(trace.system)
            if key not in digests:
                digests[key] = digest(trace.system)
            files[i] = name, itf_text(trace, _origin(by_name[result.file], result), digests[key])
    return files


def _origin(spec: Spec, result: Result) -> Origin:
    return Origin(
        file=spec.name,
        file_digest=file_digest(spec),
        scenario=_scenario(result),
        params=shown_params(spec, dict(result.params)),
        variants=result.variants,
        adversaries=result.adversaries,
        prop=result.prop.name,
    )


def _scenario(result: Result) -> str:
    """The scenario that a result is about."""
    return result.system.name


def result_scene(spec: Spec, result: Result) -> Scene:
    """The scene that a result is about. Raises ModelError."""
    own = [result.prop.name] if result.prop.name in spec.program.properties else []
    params = shown_params(spec, dict(result.params))
    return scene(spec, _scenario(result), result.variants, params, own, result.adversaries)


def shown_params(spec: Spec, params: Mapping[str, Value]) -> dict[str, str]:
    """Parameters as the spec writes their values."""
    world = World(spec.program, Collector())
    world.constants = Constants(world, {})
    return {name: show_value(value, param_sort(name, world)) for name, value in params.items()}


def scene_origin(found: Scene, prop: str | None = None) -> Origin:
    """Whose traces are those of a scene."""
    return Origin(
        found.spec.name,
        file_digest(found.spec),
        found.request.scenario,
        found.params,
        found.request.variants,
        found.request.adversaries,
        prop,
    )


# --- Opening -----------------------------------------------------------------------------------------


def open_trace(path: Path, spec: Path | None = None) -> Opened:
    """Read a trace file, load its spec (or the one given) and replay it. Raises ModelError."""
    recorded = read_itf(_text(path), str(path))
    origin = recorded.origin
    found = load(_spec_of(path, origin.file) if spec is None else spec)
    own = [origin.prop] if origin.prop in found.program.properties else []
    try:
        wanted = [p for p in own if p]
        scenery = scene(found, origin.scenario, origin.variants, origin.params, wanted, origin.adversaries)
    except ModelError as error:
        first = error.diagnostics[0]
        _refuse(path, f"its scenario cannot be built ({first.code}: {first.message})")
    prop = next(iter(scenery.model.properties), None)
    model = scenery.model
    interpreter = Interpreter(model.system if prop is None else model.system_of(prop))
    trace = restored(recorded, interpreter, str(path))
    decided = prop if prop is not None and _ends(prop, trace) and shows(interpreter, prop, trace) else None
    notes = []
    if origin.file_digest != file_digest(found):
        notes.append("the spec's text has changed since, its meaning for this scenario has not")
    return Opened(recorded, scenery, trace, decided, tuple(notes))


def _ends(prop: Property, trace: Trace) -> bool:
    """Whether looking at all that can follow a trace, where that is asked, comes to an end."""
    endless = any(c.capacity is None for c in trace.system.channels)
    return prop.kind is not PropertyKind.TRAP_FREE or not endless


def _spec_of(path: Path, name: str) -> Path:
    """The spec that a trace file names: found from here, or from the file's own folder."""
    candidate = Path(name)
    if candidate.suffix != SUFFIX or "\0" in name:
        _refuse(path, f"it names no {SUFFIX} file", "name its spec with --spec")
    beside = path.parent / candidate
    return candidate if candidate.exists() or not beside.exists() else beside


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            _unread(path, "is a folder" if path.is_dir() else "does not exist or is not a plain file")
        with path.open("rb") as stream:
            data = stream.read(MAX_CHARACTERS + 1)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError([Diagnostic(Code.BAD_TRACE, f"`{path}` is not UTF-8 text")]) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "this is no file name"
        _unread(path, f"cannot be read: {reason}")


def _unread(path: Path, why: str) -> NoReturn:
    raise ModelError([Diagnostic(Code.FILE_NOT_FOUND, f"`{path}` {why}")])


def _refuse(path: Path, why: str, hint: str | None = None) -> NoReturn:
    message = f"`{path}` does not fit the spec: {why}"
    raise ModelError([Diagnostic(Code.TRACE_REFUSED, message, hint=hint)])
