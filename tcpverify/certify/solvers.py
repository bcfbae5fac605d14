"""z3 and cvc5 answering SMT-LIB texts, each solver in a process of its own that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tcpverify.background import Background
from tcpverify.isolate import Failure
from tcpverify.kept import run_kept
from tcpverify.records import record

if TYPE_CHECKING:
    import z3

SECONDS = 60.0
"""What a solver may take for all the texts of one certificate."""
MEGABYTES = 4096
MILLISECONDS = 5_000
"""What a solver may take for one text."""

CVC5_TRIES: tuple[tuple[str, ...], ...] = ((), ("enum-inst",), ("arrays-exp",), ("enum-inst", "arrays-exp"))
"""The options that cvc5 is given, one row after the other until it answers."""

PACKAGES = {"z3": "z3-solver", "cvc5": "cvc5"}


@record
class Answers:
    """What one solver said of each text (`sat`, `unsat` or `unknown`) up to the first that it does not
    refute, or why it said nothing."""

    solver: str
    words: tuple[str, ...]
    failure: str | None = None


def versions() -> dict[str, str]:
    """The solvers that are installed, with their versions."""
    found = {}
    for module, package in PACKAGES.items():
        if find_spec(module) is not None:
            try:
                found[module] = version(package)
            except PackageNotFoundError:
                found[module] = "unknown"
    return found


def ask_both(texts: Sequence[str], seconds: float | None = None) -> list[Answers]:
    """What z3 and cvc5 say of some texts, each asked in a process of its own, both at once."""
    return ask(texts, tuple(WORKERS), seconds)


def ask(texts: Sequence[str], solvers: Sequence[str], seconds: float | None = None) -> list[Answers]:
    """What some solvers (by name) say of some texts, as `ask_both` does."""
    limit = SECONDS if seconds is None else min(SECONDS, seconds)
    asked = [Background(lambda name=name: _ask(name, tuple(texts), limit)) for name in solvers]  # type: ignore[misc]
    return [a.result() for a in asked]


def _ask(solver: str, texts: tuple[str, ...], seconds: float) -> Answers:
    if find_spec(solver) is None:
        return Answers(solver, (), f"{solver} is not installed: pip install '{PACKAGES[solver]}'")
    if not texts:
        return Answers(solver, ())
    said = run_kept(WORKERS[solver], texts, seconds, MEGABYTES)
    if isinstance(said, Failure):
        return Answers(solver, (), said.reason)
    return Answers(solver, said)


def _z3(texts: tuple[str, ...]) -> tuple[str, ...]:
    import z3

    context = z3.Context()  # 3 ms; what a text leaves in it is gone with `(reset)`
    return _each(texts, lambda text: _z3_answer(context, text))


def _cvc5(texts: tuple[str, ...]) -> tuple[str, ...]:
    return _each(texts, _cvc5_answer)


def _each(texts: Sequence[str], answer: Callable[[str], str]) -> tuple[str, ...]:
    words: list[str] = []
    for text in texts:
        words.append(answer(text))
        if words[-1] != "unsat":
            break
    return tuple(words)


def _z3_answer(context: z3.Context, text: str) -> str:
    import z3

    limited = f"(reset)\n(set-option :timeout {MILLISECONDS})\n{text}"
    return _word(z3.Z3_eval_smtlib2_string(context.ref(), limited), text)


def _cvc5_answer(text: str) -> str:
    for options in CVC5_TRIES:
        word = _cvc5_with(text, options)
        if word != "unknown":
            return word
    return "unknown"


def _cvc5_with(text: str, options: Sequence[str]) -> str:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(MILLISECONDS))
    for option in options:
        solver.setOption(option, "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "obligation")
    said: list[str] = []
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return _word("".join(said), text)
        said.append(command.invoke(solver, parser.getSymbolManager()))


def _word(said: str, text: str) -> str:
    """The answer in what a solver printed to all questions of a text; anything else besides is an error."""
    words = said.split()
    if len(words) != text.count("(check-sat)") or not words or set(words) - {"sat", "unsat"}:
        return "unknown"
    return "sat" if "sat" in words else "unsat"


WORKERS: Mapping[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {"z3": _z3, "cvc5": _cvc5}
