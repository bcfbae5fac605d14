"""Solvers that judge a text: z3, and cvc5 where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import z3

from tcpverify.isolate import Failure, run_isolated

Judge = Callable[[str, float], str]
"""The answer to a text within so many seconds: `unsat`, `sat` or `unknown`."""


def ask_z3(text: str, seconds: float) -> str:
    """z3's answer, in a solver of its own."""
    solver = z3.SolverFor("ALL") if "forall" in text else z3.Solver()
    solver.set("timeout", max(1, int(seconds * 1000)))
    try:
        solver.from_string(text)
        return str(solver.check())
    except z3.Z3Exception:
        return "unknown"


def ask_cvc5(text: str, seconds: float) -> str:
    """cvc5's answer."""
    module: Any = import_module("cvc5")
    solver = module.Solver(module.TermManager())
    solver.setOption("tlimit-per", str(max(1, int(seconds * 1000))))
    parser = module.InputParser(solver)
    parser.setStringInput(module.InputLanguage.SMT_LIB_2_6, text, "obligation")
    symbols, answer = parser.getSymbolManager(), "unknown"
    try:
        while not (command := parser.nextCommand()).isNull():
            told = str(command.invoke(solver, symbols)).strip()
            answer = told or answer
    except RuntimeError:
        return "unknown"
    return answer if answer in ("sat", "unsat") else "unknown"


def judges() -> Mapping[str, Judge]:
    """The solvers that are installed, by name."""
    found: dict[str, Judge] = {"z3": ask_z3}
    return {**found, "cvc5": ask_cvc5} if find_spec("cvc5") is not None else found


def judged(texts: Sequence[str], seconds: float) -> Mapping[str, tuple[str, ...]] | Failure:
    """Every judge's answer to each text, in a process of its own."""
    return run_isolated(_judged, (tuple(texts), seconds), seconds)


def _judged(question: tuple[tuple[str, ...], float]) -> Mapping[str, tuple[str, ...]]:
    texts, seconds = question
    return {name: tuple(judge(t, seconds) for t in texts) for name, judge in judges().items()}
