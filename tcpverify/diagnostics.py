"""Diagnostics: codes, places, notes and hints, and the one exception that carries them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from tcpverify.records import record
from tcpverify.source import Span


class Code(StrEnum):
    """Every diagnostic code; the value is the code, the docstring table below explains it.

    TV1xx text, TV2xx names, TV3xx types, TV4xx model laws, TV5xx engines and limits,
    TV6xx traces and certificates, TV9xx our own fault.
    """

    SYNTAX = "TV101"
    BAD_CHARACTER = "TV102"
    TOO_DEEP = "TV103"
    NUMBER_TOO_LARGE = "TV104"
    FILE_TOO_LARGE = "TV105"
    NOT_TEXT = "TV106"
    FILE_NOT_FOUND = "TV107"
    IMPORT_OUTSIDE = "TV108"
    IMPORT_CYCLE = "TV109"
    UNKNOWN_NAME = "TV201"
    DUPLICATE_NAME = "TV202"
    AMBIGUOUS_NAME = "TV203"
    CYCLIC_DEFINITION = "TV204"
    WRONG_KIND = "TV205"
    TYPE_MISMATCH = "TV301"
    BAD_TYPE = "TV302"
    OUT_OF_TYPE = "TV303"
    WRONG_ARGUMENTS = "TV304"
    NOT_CONSTANT = "TV305"
    PRIMED_HERE = "TV306"
    DOUBLE_WRITE = "TV401"
    UNREACHABLE_STATEMENT = "TV402"
    GHOST_READ = "TV403"
    SHADOWED_HANDLER = "TV404"
    OVERLAPPING_HANDLER = "TV405"
    NO_LINK = "TV406"
    BAD_DEFER = "TV407"
    NO_INITIAL_STATE = "TV408"
    BAD_VARIANT = "TV409"
    BAD_SCENARIO = "TV410"
    BAD_LINK = "TV411"
    CONTRADICTORY_EXPECTATION = "TV412"
    BAD_CHECK = "TV413"
    NEVER_STARTED = "TV414"
    UNUSED = "TV415"
    NEVER_REACHED = "TV416"
    DEADLOCK = "TV417"
    BAD_TIMER = "TV418"
    ZENO = "TV419"
    FAIRNESS = "TV420"
    NOT_MONOTONE = "TV421"
    NOT_SUPPORTED = "TV501"
    TOO_MANY_INSTANCES = "TV502"
    TOO_MANY_CHOICES = "TV503"
    TOO_LARGE = "TV504"
    BAD_OPTION = "TV505"
    CANNOT_WRITE = "TV506"
    NOTHING_TO_CHECK = "TV507"
    NO_LAYOUT = "TV508"
    REPLAY_FAILED = "TV601"
    ENGINES_DISAGREE = "TV602"
    CERTIFICATE_REFUSED = "TV603"
    BAD_TRACE = "TV604"
    TRACE_REFUSED = "TV605"
    INTERNAL = "TV901"


EXPLANATIONS: dict[Code, str] = {
    Code.SYNTAX: "The text does not follow the grammar.",
    Code.BAD_CHARACTER: "A character that the language has no use for.",
    Code.TOO_DEEP: "Expressions or blocks are nested too deeply.",
    Code.NUMBER_TOO_LARGE: "A number is too large to be meant.",
    Code.FILE_TOO_LARGE: "A spec file is larger than 1 MiB.",
    Code.NOT_TEXT: "A spec file is not UTF-8 text.",
    Code.FILE_NOT_FOUND: "A file or folder does not exist or cannot be read.",
    Code.IMPORT_OUTSIDE: "An import leaves the folder that the command was given.",
    Code.IMPORT_CYCLE: "Files import each other in a circle.",
    Code.UNKNOWN_NAME: "A name that nothing in reach declares.",
    Code.DUPLICATE_NAME: "A name is declared twice in one scope.",
    Code.AMBIGUOUS_NAME: "A name that could mean several things here.",
    Code.CYCLIC_DEFINITION: "A definition needs itself.",
    Code.WRONG_KIND: "A name of one kind stands where another kind is needed.",
    Code.TYPE_MISMATCH: "Operands or values whose types do not fit together.",
    Code.BAD_TYPE: "A type that has no values or does not make sense.",
    Code.OUT_OF_TYPE: "A fixed value lies outside its type.",
    Code.WRONG_ARGUMENTS: "Too few, too many or unknown arguments.",
    Code.NOT_CONSTANT: "A fixed value is needed here.",
    Code.PRIMED_HERE: "Values after a step exist only in `always step`.",
    Code.DOUBLE_WRITE: "A variable is written twice on one path of a handler.",
    Code.UNREACHABLE_STATEMENT: "A statement after `goto`, `done` or `drop` can never run.",
    Code.GHOST_READ: "Ghost data is read where it could influence the protocol.",
    Code.SHADOWED_HANDLER: "A handler can never match after those before it.",
    Code.OVERLAPPING_HANDLER: "Two handlers of one block have the same event, pattern and guard.",
    Code.NO_LINK: "A send has no link to go over, or several.",
    Code.BAD_DEFER: "A timer cannot be deferred.",
    Code.NO_INITIAL_STATE: "A role needs exactly one initial state.",
    Code.BAD_VARIANT: "A variant's change fits no handler, or several.",
    Code.BAD_SCENARIO: "A scenario line that cannot be met.",
    Code.BAD_LINK: "Link options that do not fit together.",
    Code.CONTRADICTORY_EXPECTATION: "Two expectations of one instance disagree.",
    Code.BAD_CHECK: "A check that does not say what to run.",
    Code.NEVER_STARTED: "A timer that no handler starts.",
    Code.UNUSED: "A declaration that nothing uses.",
    Code.NEVER_REACHED: "A state, a handler or a branch of one that no check of the file reaches.",
    Code.DEADLOCK: "A reachable state has no successor and no property says whether it may.",
    Code.BAD_TIMER: "Options of a timer that do not fit together, or no number of ticks.",
    Code.ZENO: "A run can go round for ever without `tick`, while timers or segments have time to lose.",
    Code.FAIRNESS: "A property of what must come to pass whose fairness forces nothing, "
    "or no segment through.",
    Code.NOT_MONOTONE: "What a `find` looks for is lost again at a greater value of the parameter.",
    Code.NOT_SUPPORTED: "The grammar knows this construct, the meaning does not yet.",
    Code.TOO_MANY_INSTANCES: "A check's matrix has more instances than can be run.",
    Code.TOO_MANY_CHOICES: "A step has more choices than an engine can enumerate.",
    Code.TOO_LARGE: "A handler or expression grows too large when it is expanded.",
    Code.BAD_OPTION: "A command-line option or argument is wrong.",
    Code.CANNOT_WRITE: "An output cannot be written.",
    Code.NOTHING_TO_CHECK: "No spec, check or property was left to decide.",
    Code.NO_LAYOUT: "A diagram could not be laid out.",
    Code.REPLAY_FAILED: "An engine's trace is not a run of the model.",
    Code.ENGINES_DISAGREE: "Two engines give different verdicts.",
    Code.CERTIFICATE_REFUSED: "A proof did not pass its re-check.",
    Code.BAD_TRACE: "A file is no trace in ITF JSON as tcpverify writes it.",
    Code.TRACE_REFUSED: "A trace file does not fit the spec that it is replayed with.",
    Code.INTERNAL: "A fault of tcpverify itself.",
}


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@record
class Note:
    text: str
    span: Span | None = None


@record
class Diagnostic:
    """One mistake: what is wrong, where, what else to look at, and what to do about it."""

    code: Code
    message: str
    span: Span | None = None
    notes: tuple[Note, ...] = ()
    hint: str | None = None
    severity: Severity = Severity.ERROR


class ModelError(Exception):
    """All the diagnostics of one stage, sorted by position; raised once."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


class Broken(Exception):
    """A fault of ours where it is known what was being done; the message says what, and what went wrong."""


class Collector:
    """Gathers the diagnostics of a stage; `finish` raises them together if one is an error."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def error(
        self, code: Code, message: str, span: Span | None = None, *notes: Note, hint: str | None = None
    ) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, notes, hint))

    def warn(
        self, code: Code, message: str, span: Span | None = None, *notes: Note, hint: str | None = None
    ) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, notes, hint, Severity.WARNING))

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics.extend(diagnostics)

    @property
    def failed(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return in_order(d for d in self.diagnostics if d.severity is Severity.WARNING)

    def finish(self) -> None:
        """Raise ModelError with everything gathered if any of it is an error."""
        if self.failed:
            raise ModelError(self.diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file and position; the same message at the same place is kept once."""
    unique: dict[tuple[str, int, str, str], Diagnostic] = {}
    for d in diagnostics:
        name, start = (d.span.source.name, d.span.start) if d.span else ("", 0)
        unique.setdefault((name, start, d.code, d.message), d)
    return tuple(unique[key] for key in sorted(unique))


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint naming the closest known name, if one is close."""
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(set(known)), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None
