"""A session of `tcpverify step`: what has been done, what can be done, and what the user says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tcpverify.cli.console import Console, complain, console, is_terminal, write
from tcpverify.cli.table import BOLD, DIM, GREEN, RED
from tcpverify.diagnostics import ModelError
from tcpverify.ir.expr import Value
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, PropertyKind, Schedule, State, System, Variable, VariableKind
from tcpverify.itf import itf_text
from tcpverify.pipeline.save import slug, write_all
from tcpverify.pipeline.scene import Scene, watching, with_claims
from tcpverify.pipeline.traces import ITF, scene_origin
from tcpverify.render import describe, options
from tcpverify.render.terminal import ladder
from tcpverify.render.text import wrap
from tcpverify.trace import Trace, TraceStep, extended, replay, shows

MOST_OPTIONS = 200
"""Of more possible steps (or initial states) the first ones are offered."""

MOST_INPUT = 10_000

HELP = """\
NUMBER    take that step
u         undo the last step
s         show the state
t [FILE]  save the trace as ITF JSON
?         show these commands
q         quit
"""


SEEN = frozenset(
    {PropertyKind.INVARIANT, PropertyKind.STEP, PropertyKind.REACHABLE, PropertyKind.DEADLOCK_FREE}
)
"""The kinds of property that a trace alone can decide; errors are told as such."""


@dataclass(slots=True)
class Session:
    """`traces`: the trace so far and those it grew from; empty until an initial state is chosen.
    `claims`: the properties to watch; `watcher`: over the system with their observers."""

    scene: Scene
    here: Console
    interpreter: Interpreter
    claims: tuple[Property, ...]
    watcher: Interpreter
    traces: list[Trace] = field(default_factory=list)

    def options(self) -> tuple[list[Trace], bool]:
        """The traces that are one choice longer, in canonical order, and whether there are more."""
        if not self.traces:
            found: Iterator[Trace] = (
                Trace(self.interpreter.system, state, ()) for state in self.interpreter.initial()
            )
        else:
            found = self._steps(self.traces[-1])
        first = list(islice(found, MOST_OPTIONS + 1))
        return first[:MOST_OPTIONS], len(first) > MOST_OPTIONS

    def _steps(self, trace: Trace) -> Iterator[Trace]:
        if trace.steps and trace.steps[-1].error is not None:
            return
        for outcome in self.interpreter.outcomes(trace.states[-1]):
            yield extended(self.interpreter, trace, outcome.step)

    def take(self, trace: Trace) -> None:
        """Go on with a trace of `options`."""
        self.traces.append(trace)

    def undo(self) -> bool:
        """Take back the last choice; False if there is none."""
        least = 0 if len(self.traces) > 1 or not self._decided else 1
        if len(self.traces) <= least:
            return False
        self.traces.pop()
        self.begin()
        return True

    @property
    def _decided(self) -> bool:
        """Whether there is only one initial state."""
        return len(list(islice(self.interpreter.initial(), 2))) == 1

    def begin(self) -> None:
        """Choose the initial state if there is but one."""
        if not self.traces and self._decided:
            self.take(Trace(self.interpreter.system, next(self.interpreter.initial()), ()))

    def decided(self) -> list[Property]:
        """The properties that the last step (or the initial state) violates or reaches, as the one
        before it did not."""
        now, *before = (self._watched(trace) for trace in reversed(self.traces[-2:]))
        return [
            p
            for p in self.claims
            if shows(self.watcher, p, now) and not any(shows(self.watcher, p, t) for t in before)
        ]

    def _watched(self, trace: Trace) -> Trace:
        """A trace in the system with observers, of which each starts in one state."""
        start, system = trace.initial, self.watcher.system
        more = tuple(first for first, *_ in system.initial.values[len(start.values) :])
        initial = State((*start.values, *more), start.contents)
        return replay(self.watcher, Schedule(initial, trace.schedule.steps))


def work(found: Scene) -> None:
    """Show and ask until the user quits or the input ends."""
    model = with_claims(found)
    claims = tuple(p for p in model.properties if p.kind in SEEN)
    watcher = Interpreter(watching(model))
    session = Session(found, console(sys.stdout), Interpreter(found.model.system), claims, watcher)
    complain(found.warnings)
    session.begin()
    _show(session)
    while True:
        write("> ")
        line = _line()
        if line is None or line in ("q", "quit"):
            return
        _obey(session, line)


def _line() -> str | None:
    """A line of input, shown where nobody typed it on a terminal; None at the end of the input."""
    raw = sys.stdin.buffer.readline(MOST_INPUT) if sys.stdin is not None else b""
    line = raw.decode("utf-8", "replace").strip()
    if not raw or not is_terminal(sys.stdin):
        write(console(sys.stdout).safe(line[:100]) + "\n")
    return line if raw else None


def _obey(session: Session, line: str) -> None:
    """Do what a line of input says, or tell that it says nothing."""
    options, _ = session.options()
    word, _, rest = line.partition(" ")
    if line.isascii() and line.isdigit() and len(line) < 10:
        number = int(line)
        if 1 <= number <= len(options):
            session.take(options[number - 1])
            _show(session)
        else:
            _tell(session, f"there is no step {number}: choose 1 to {len(options)}" if options
                  else "no step is possible here: u undoes the last one, q quits")  # fmt: skip
    elif line in ("u", "undo"):
        if session.undo():
            _show(session)
        else:
            _tell(session, "there is nothing to undo")
    elif line in ("s", "state"):
        _state(session)
    elif word in ("t", "trace"):
        _save(session, rest.strip())
    elif line in ("?", "h", "help"):
        write(HELP)
    elif line:
        _tell(session, f"{line[:40]!r} is no command: a number takes a step, ? shows the commands")


def _tell(session: Session, text: str) -> None:
    write("\n".join(wrap(session.here.safe(text), session.here.width)) + "\n")


# --- What is shown -----------------------------------------------------------------------------------


def _show(session: Session) -> None:
    """The ladder so far, and what can be done."""
    here = session.here
    options, more = session.options()
    if session.traces:
        trace = session.traces[-1]
        write(ladder(trace, None, session.interpreter, here.width, here.unicode, here.colour) + "\n")
        if trace.steps and trace.steps[-1].error is not None:
            error = trace.steps[-1].error
            text = f"error: {error.error}: {error.message}. The run ends here; u undoes the step."
            write("\n".join(here.styled(x, RED) for x in wrap(here.safe(text), here.width)) + "\n")
            return
        _show_decided(session)
    heading = "possible steps:" if session.traces else "initial states:"
    write(here.styled(heading, BOLD) + "\n" if options else "no step is possible here\n")
    width = len(str(len(options)))
    for number, option in enumerate(options, 1):
        text = _option(option)
        err = bool(option.steps) and option.steps[-1].error is not None
        lines = wrap(here.safe(text), here.width - width - 4, 2)
        lead = f"  {number:>{width}}  "
        styled = [here.styled(line, RED) if err else line for line in lines]
        write(lead + ("\n" + " " * len(lead)).join(styled) + "\n")
    if more:
        write(here.styled(f"  and more (the first {MOST_OPTIONS} are shown)", DIM) + "\n")


def _show_decided(session: Session) -> None:
    """In one line, the properties that the trace so far has just decided."""
    here, found = session.here, session.decided()
    groups = (
        ("violated", [p.name for p in found if not _is_goal(p)]),
        ("reached", [p.name for p in found if _is_goal(p)]),
    )
    text = "; ".join(f"{word} here: {', '.join(names)}" for word, names in groups if names)
    colour = GREEN if all(map(_is_goal, found)) else RED
    write("".join(here.styled(x, colour) + "\n" for x in wrap(here.safe(text), here.width, 2) if text))


def _is_goal(prop: Property) -> bool:
    return prop.kind is PropertyKind.REACHABLE


def _option(trace: Trace) -> str:
    """What a choice does, in words."""
    if not trace.steps:
        return "; ".join(describe.initial_notes(trace.system, trace.initial)) or "as declared"
    return told(trace.system, trace.steps[-1])


def told(system: System, step: TraceStep) -> str:
    """One step in a line: what happens, what is sent, what changes, or the error it ends in."""
    what = describe.event(system, step)
    if step.error is not None:
        return f"{what}  ERROR {step.error.error}: {step.error.message}"
    sent = [f"sends {describe.segment(system, m)}" for _, m, _ in step.sent]
    notes = [*sent, *map(str, describe.changes(system, step))]
    return f"{what}  [{'; '.join(notes)}]" if notes else what


def _state(session: Session) -> None:
    if not session.traces:
        _tell(session, "choose an initial state first")
        return
    state, here = session.traces[-1].states[-1], session.here
    write(
        "".join(
            "\n".join(wrap(here.safe(x), here.width, 4)) + "\n"
            for x in state_lines(session.interpreter.system, state)
        )
    )


def state_lines(system: System, state: State) -> list[str]:
    """A state, an endpoint a line, then what is in flight."""
    groups: dict[str, list[str]] = {}
    now = {v.name: value for v, value in zip(system.variables, state.values, strict=True)}
    for variable, value in zip(system.variables, state.values, strict=True):
        if (text := _variable(variable, value, now)) is not None:
            groups.setdefault(variable.endpoint or "network", []).append(text)
    lines = [f"{name}: {', '.join(texts)}" for name, texts in groups.items()]
    for channel, segments in zip(system.channels, state.contents, strict=True):
        flying = ", ".join(describe.segment(system, m) for m in segments) or "nothing"
        where = channel.name if channel.memory else f"in flight {describe.direction(channel)}"
        lines.append(f"{where}: {flying}")
    return lines


def _variable(variable: Variable, value: Value, now: options.Values) -> str | None:
    """A variable in words; None if what another one says includes it."""
    match variable.kind:
        case VariableKind.CONTROL:
            return f"in {describe.value_text(value, variable.sort)}"
        case VariableKind.TIMER:
            return f"{variable.label} {'running' if value else 'stopped'}"
        case _:
            shown = options.value(variable.name, describe.value_text(value, variable.sort), now)
            return None if shown is None else f"{variable.label.removesuffix(options.PRESENT)} = {shown}"


def _save(session: Session, name: str) -> None:
    """Save the trace; a name of ours is one that no file has."""
    if not session.traces:
        _tell(session, "choose an initial state first")
        return
    spec, request = session.scene.spec, session.scene.request
    stem, number = slug(Path(spec.name).stem, request.scenario), 1
    path = Path(name) if name else Path(f"{stem}.{ITF}")
    while not name and path.exists():
        number += 1
        path = Path(f"{stem}-{number}.{ITF}")
    try:
        write_all(path.parent, {path.name: itf_text(session.traces[-1], scene_origin(session.scene))})
    except ModelError as error:
        complain(error.diagnostics)
    else:
        _tell(session, f"saved as {path}")
