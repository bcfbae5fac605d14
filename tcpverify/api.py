"""The Python API: specs, outcomes, results and traces that show themselves in a notebook.

Thin on purpose: everything is done by `pipeline`, and `to_json` is what the command line prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, cast

from tcpverify import itf, result
from tcpverify import trace as traces
from tcpverify.analysis.differences import Apart
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property
from tcpverify.limits import Limits
from tcpverify.pipeline.apart import Side, Wish, apart
from tcpverify.pipeline.check import verify
from tcpverify.pipeline.load import Spec as Loaded
from tcpverify.pipeline.load import load as load_file
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.plan import Request, unknown_names
from tcpverify.pipeline.probe import probe
from tcpverify.pipeline.react import Asked, Event, Reaction, Reactor, Setting
from tcpverify.pipeline.scene import Scene, scene
from tcpverify.pipeline.stored import FOLDER
from tcpverify.pipeline.traces import open_trace as open_file
from tcpverify.pipeline.traces import result_scene, scene_origin
from tcpverify.records import record
from tcpverify.render.svg import ladder_svg
from tcpverify.render.terminal import ladder
from tcpverify.report import json as documents
from tcpverify.report.differing import diff_document
from tcpverify.report.html import results_table
from tcpverify.verdict import Statistics, trace_of, word

Names = str | Sequence[str]
Params = Mapping[str, object]
AnyPath = str | PathLike[str]


def load(path: AnyPath) -> Spec:
    """Read a spec file and what it imports. Raises ModelError with everything that is wrong in it."""
    return Spec(load_file(Path(path)))


def loads(text: str, name: str = "<text>") -> Spec:
    """A spec given as text. Raises ModelError."""
    return Spec(load_text(text, name))


def open_trace(path: AnyPath, spec: AnyPath | None = None) -> Trace:
    """The trace of an ITF file, replayed with its spec. Raises ModelError if it does not fit."""
    opened = open_file(Path(path), None if spec is None else Path(spec))
    return Trace(opened.trace, opened.prop, opened.scene)


def diff(
    old: AnyPath,
    new: AnyPath,
    role: str | None = None,
    scenario: str | None = None,
    endpoint: str | None = None,
    alias: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    ignore: Names = (),
    states: bool = False,
    depth: int = 8,
    variants: Names = (),
    old_variants: Names = (),
    params: Params | None = None,
    seconds: float | None = None,
) -> Diff:
    """What two versions of a role, or of an endpoint of a scenario, do differently when they are fed the
    same inputs: runs of at most `depth`. `alias` maps names of the old version to those of the new one;
    `values` has fields as `"0..3"` or `"1,4"`. Raises ModelError."""
    given, limits = _texts(params), Limits(seconds=seconds)
    wish = Wish(alias or {}, values or {}, _names(ignore), states, depth, limits)
    before = Side(Path(old), role, scenario, endpoint, _names(old_variants), given)
    after = Side(Path(new), role, scenario, endpoint, _names(variants), given)
    return Diff(apart(before, after, wish))


@record
class Diff:
    """What tells two versions of a role apart, the shortest runs first."""

    found: Apart

    @property
    def same(self) -> bool:
        """Whether no difference was found: in the runs that were looked at."""
        return self.found.same

    @property
    def exhausted(self) -> bool:
        """Whether these inputs lead nowhere that was not looked at."""
        return self.found.comparison.exhausted

    def to_json(self) -> dict[str, Any]:
        """What `tcpverify diff --role NAME --format json` prints."""
        return diff_document(self.found, ())

    def __len__(self) -> int:
        return len(self.found.comparison.differences)

    def __bool__(self) -> bool:
        """A comparison is one, whatever it found: ask `same`."""
        return True

    def __repr__(self) -> str:
        from tcpverify.cli.console import Console
        from tcpverify.cli.differing import text

        return text(self.found, Console(100, True, False), True).rstrip("\n")


class Spec:
    """A spec that was read."""

    def __init__(self, spec: Loaded) -> None:
        self._spec = spec
        self._reactors: dict[Setting, Reactor] = {}

    @property
    def name(self) -> str:
        """The file, as it was named."""
        return self._spec.name

    @property
    def checks(self) -> tuple[str, ...]:
        """The names of its checks."""
        return tuple(self._spec.program.checks)

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of its properties."""
        return tuple(self._spec.program.properties)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The names of its scenarios."""
        return tuple(self._spec.program.scenarios)

    def verify(
        self,
        check: Names = (),
        property: Names = (),
        params: Params | None = None,
        engine: Literal["auto", "explicit", "smt", "both"] | None = None,
        seconds: float | None = None,
        max_states: int | None = None,
        max_memory: int | None = None,
        threads: int | None = None,
        proofs: AnyPath = FOLDER,
        jobs: int = 1,
    ) -> Outcome:
        """Decide its checks: those named, or all. `params` are values, or ranges as `"1..4"`; `max_memory`
        is in bytes; `jobs`: so many instances are decided at once, each in a process. `proofs`: a folder
        with certificates, tried before anything is searched for and never trusted; nothing if it is not
        there.

        Raises ModelError if the spec or a name is wrong; faults of tcpverify are raised too.
        """
        limits = Limits(max_states, seconds=seconds, max_memory=max_memory, threads=threads)
        request = Request(
            _names(check), _names(property), engine, _texts(params), limits, jobs=jobs, proofs=Path(proofs)
        )
        unknown = unknown_names([self._spec], request)
        if unknown:
            raise ModelError(unknown)
        return self._verified(request)

    def _verified(self, request: Request) -> Outcome:
        found = verify(self._spec, request)
        if found.errors or found.failures:
            raise ModelError([*found.failures, *found.errors])
        return Outcome(self._spec, found)

    def report(self, folder: str | PathLike[str], proofs: str | PathLike[str] = "proofs") -> Outcome:
        """Decide all its checks and write what `tcpverify report` writes into a folder; `proofs`: the folder
        with certificates to name as evidence.

        Raises ModelError if the spec is wrong or the folder has files that are not of a report; faults of
        tcpverify are raised too.
        """
        from tcpverify.cli.report import telling
        from tcpverify.pipeline.proof_report import write_report
        from tcpverify.pipeline.report import draw_machines

        outcome = self._verified(Request(proofs=Path(FOLDER), branches="counted"))
        told = telling(Request(), [self.name], Path(proofs))
        drawn = draw_machines([self._spec], everywhere=True)
        write_report(Path(folder), [self._spec], outcome._outcome, drawn, told)
        return outcome

    def explore(
        self,
        scenario: str | None = None,
        params: Params | None = None,
        variants: Names = (),
        adversaries: Names = (),
        seconds: float | None = None,
        max_states: int | None = None,
        max_memory: int | None = None,
        threads: int | None = None,
        why: bool = False,
    ) -> Statistics:
        """Count the reachable states of a scenario. `max_memory` is in bytes; `why`: tell what makes the
        states many (`growth`) even if nothing stopped it. Raises ModelError."""
        from tcpverify.engines import ENGINES

        given, at_work = _texts(params), _names(adversaries)
        found = scene(self._spec, scenario, _names(variants), given, adversaries=at_work)
        limits = Limits(max_states, seconds=seconds, max_memory=max_memory, threads=threads, growth=why)
        seen = ENGINES["explicit"].run(found.model.system, (), limits, lambda _: None).statistics
        if seen is None:
            message = "the scenario has too many choices to be enumerated"
            raise ModelError([Diagnostic(Code.TOO_MANY_CHOICES, message)])
        return seen

    def react(
        self,
        network: str,
        endpoint: str,
        state: str,
        variables: Params | None = None,
        *,
        receive: str | None = None,
        call: str | None = None,
        timeout: str | None = None,
        exhausted: str | None = None,
        step: str | None = None,
        running: Names = (),
        fresh: Params | None = None,
        sender: str | None = None,
        params: Params | None = None,
        variants: Names = (),
    ) -> tuple[Reaction, ...]:
        """What an endpoint of a network may do in a state with one segment (`receive`), call, firing timer or
        internal step: every outcome of one step of the reference interpreter.

        `variables` are the values of its variables (the others have their first values), `running` its
        running timers; `fresh` narrows what a `fresh` may pick; `sender` says whose segment it is, where
        several send to the endpoint. Texts are text of the spec language. Raises ModelError.
        """
        kinds = {"receive": receive, "call": call, "timeout": timeout, "exhausted": exhausted, "step": step}
        events = [(kind, text) for kind, text in kinds.items() if text is not None]
        if len(events) != 1:
            message = f"one of {', '.join(kinds)} is needed, and {len(events)} are given"
            raise ModelError([Diagnostic(Code.BAD_OPTION, message)])
        setting = Setting(network, endpoint, _items(fresh), _items(params), _names(variants))
        if setting not in self._reactors:
            self._reactors[setting] = Reactor(self._spec, setting)
        asked = Asked(state, _texts(variables), _names(running), sender)
        return self._reactors[setting].react(asked, cast("Event", events[0]))

    def __repr__(self) -> str:
        return f"<Spec {self.name}: {len(self.checks)} checks, {len(self.properties)} properties>"


class Outcome:
    """What `verify` found: a sequence of results, and a table of them."""

    def __init__(self, spec: Loaded, outcome: result.Outcome) -> None:
        self._spec = spec
        self._outcome = outcome

    @property
    def met(self) -> bool:
        """Whether every expectation is met (and there was one)."""
        return bool(self._outcome.results) and all(r.met for r in self._outcome.results)

    @property
    def exit_code(self) -> int:
        """What the command line would end with."""
        return int(result.exit_code(self._outcome))

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is doubtful in the spec."""
        return self._outcome.warnings

    def __iter__(self) -> Iterator[Result]:
        return (Result(self._spec, r) for r in self._outcome.results)

    def __len__(self) -> int:
        return len(self._outcome.results)

    def __bool__(self) -> bool:
        """An outcome is one, whatever it found: ask `met`."""
        return True

    def __getitem__(self, key: tuple[str, str] | tuple[str, str, Params]) -> Result:
        """The result of a check and property; of several instances the one with these parameters.

        Raises KeyError if there is none, or not only one.
        """
        name, prop, *rest = key
        found = self.select(name, prop, **dict(rest[0] if rest else {}))
        if len(found) != 1:
            some = "; ".join(r.instance_text or "no parameters" for r in found[:8])
            raise KeyError(f"{len(found)} results fit {key!r}" + (f": {some}" if found else ""))
        return found[0]

    def select(self, check: str | None = None, property: str | None = None, **params: object) -> list[Result]:
        """The results of a check, of a property, of an instance."""
        wanted = _texts(params)
        return [
            r
            for r in self
            if check in (None, r.check)
            and property in (None, r.property)
            and all(r.instance.get(n) == v for n, v in wanted.items())
        ]

    def to_json(self) -> dict[str, Any]:
        """What `tcpverify verify --format json` prints."""
        return documents.verify_document(self._outcome)

    def __repr__(self) -> str:
        from tcpverify.cli.console import Console
        from tcpverify.cli.table import closing, table

        here = Console(100, True, False)
        if not self._outcome.results:
            return "nothing was decided"
        return (table(self._outcome.results, here) + closing(self._outcome, here, False)).strip("\n")

    def _repr_html_(self) -> str:
        return results_table(self._outcome)


class Result:
    """One verdict, on one `property` of one instance of one `check`."""

    def __init__(self, spec: Loaded, found: result.AnyResult) -> None:
        self._spec = spec
        self._result = found
        self.check = found.check
        match found:
            case result.Result():
                self.property = found.prop.name
            case result.FindResult():
                self.property = found.name
            case _:
                self.property = "states"

    @property
    def instance(self) -> dict[str, str]:
        """The swept parameters."""
        return dict(self._result.instance)

    @property
    def instance_text(self) -> str:
        """The swept parameters, variants, adversaries and assumptions in a line."""
        return result.instance_text(self._result)

    @property
    def verdict(self) -> str:
        """`holds`, `violated`, `reachable` ... as an `expect` line has it."""
        return str(self.to_json()["verdict"])

    @property
    def evidence(self) -> str:
        """The evidence in words."""
        return str(self.to_json()["evidence"])

    @property
    def expected(self) -> str | None:
        """What the check expects, as it is written there."""
        text = self.to_json()["expected"]
        return None if text is None else str(text)

    @property
    def met(self) -> bool:
        """Whether the verdict is what was expected."""
        return self._result.met

    @property
    def trace(self) -> Trace | None:
        """The counterexample or witness, if there is one."""
        if not isinstance(self._result, result.Result):
            return None
        found = trace_of(self._result.verdict)
        if found is None:
            return None
        return Trace(found, self._result.prop, result_scene(self._spec, self._result))

    def to_json(self) -> dict[str, Any]:
        """The member of `results` that the command line prints."""
        return documents.result_record(self._result)

    def __repr__(self) -> str:
        what = word(self._result.verdict) if isinstance(self._result, result.Result) else self.verdict
        where = f" ({self.instance_text})" if self.instance_text else ""
        return f"<{self.check}: {self.property}{where} {what}, {self.evidence}>"


@record
class Trace:
    """A path, replayed: its text is a ladder, and so is its picture."""

    trace: traces.Trace
    prop: Property | None
    scene: Scene

    def __len__(self) -> int:
        return len(self.trace)

    def __bool__(self) -> bool:
        """A trace of no steps is a trace."""
        return True

    def eval(self, expression: str) -> list[str]:
        """The value of an expression of the spec language in every state. Raises ModelError."""
        return probe(self.scene, expression).values(self.trace.states)

    def to_json(self) -> dict[str, Any]:
        """The member `trace` that the command line prints."""
        return documents.trace_record(self.trace, self.prop)

    def to_itf(self) -> dict[str, Any]:
        """The trace as ITF JSON."""
        return itf.itf_document(self.trace, scene_origin(self.scene, self.prop.name if self.prop else None))

    def __repr__(self) -> str:
        return ladder(self.trace, self.prop, Interpreter(self.trace.system), 100, True, False).rstrip("\n")

    def _repr_html_(self) -> str:
        return ladder_svg(self.trace, self.prop, Interpreter(self.trace.system))


def _names(given: Names) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _texts(params: Params | None) -> dict[str, str]:
    """Values as a spec writes them: `True` is `true`."""
    return {n: str(v).lower() if isinstance(v, bool) else str(v) for n, v in (params or {}).items()}


def _items(params: Params | None) -> tuple[tuple[str, str], ...]:
    return tuple(_texts(params).items())


__all__ = ["Diff", "Outcome", "Reaction", "Result", "Spec", "Trace", "diff", "load", "loads", "open_trace"]
