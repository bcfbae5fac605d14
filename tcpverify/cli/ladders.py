"""The ladders below the verdict table, each with the command that reproduces it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Literal

from tcpverify.cli.console import Console
from tcpverify.cli.table import BOLD, Row, expectation
from tcpverify.ir.interpret import Interpreter
from tcpverify.limits import Limits
from tcpverify.pipeline.plan import Request
from tcpverify.render.terminal import ladder
from tcpverify.render.text import width, wrap
from tcpverify.render.timed import timed_run
from tcpverify.result import AnyResult, CountResult, FindResult, Result, instance_text
from tcpverify.trace import Trace
from tcpverify.verdict import Region, Violated, evidence, trace_of, word

Traces = Literal["unmet", "all", "none"]


def ladders(results: Sequence[Row], here: Console, traces: Traces, request: Request) -> str:
    """A ladder for each violation and each unmet witness, and the runs that a condition excludes; `unmet`:
    not for what was expected."""
    blocks = []
    for result in results:
        trace = trace_of(result.verdict) if isinstance(result, Result) else None
        if isinstance(result, Result) and trace is not None and _wanted(result, traces):
            blocks.append(_block(result, trace, here, request))
        elif isinstance(result, FindResult) and result.region is not None and _told(result, traces):
            blocks.append(_runs(result, result.region, here))
    return "".join(blocks)


def _wanted(result: Result, traces: Traces) -> bool:
    if result.met:
        return traces == "all" and isinstance(result.verdict, Violated)
    return traces != "none"


def _told(result: FindResult, traces: Traces) -> bool:
    return traces == "all" if result.met else traces != "none"


def _runs(result: FindResult, region: Region, here: Console) -> str:
    """The runs that break a property where a condition is not met, with their times."""
    instance = instance_text(result)
    title = f"{result.check}: {result.question}" + (f" ({instance})" if instance else "")
    lines = ["", *(here.styled(line, BOLD) for line in wrap(here.safe(title), here.width, 2))]
    for trace in region.counterexamples:
        lines += ["", *(here.safe(line) for line in timed_run(trace, here.width))]
    return "\n".join(lines) + "\n"


def _block(result: Result, trace: Trace, here: Console, request: Request) -> str:
    instance = instance_text(result)
    title = f"{result.check}: {result.prop.name}" + (f" ({instance})" if instance else "")
    expected = expectation(result)
    judged = "as expected" if result.met else f"expected {expected}" if expected else ""
    told = ", ".join(filter(None, [f"{word(result.verdict)}, {evidence(result.verdict)}", judged]))
    lines = [
        "",
        *(here.styled(line, BOLD) for line in wrap(here.safe(title), here.width, 2)),
        *wrap(here.safe(told), here.width, 2),
    ]
    drawn = ladder(trace, result.prop, Interpreter(result.system), here.width, here.unicode, here.colour)
    again = "\n".join(command_lines(reproduce(result, request), here))
    return "\n".join(lines) + f"\n\n{drawn}\nto see it again:\n{again}\n"


def reproduce(result: AnyResult, request: Request) -> list[str]:
    """The words of the command that decides just this again (a count of states: all of its check)."""
    words = ["tcpverify", "verify", file_word(result.file), "--check", result.check]
    if not isinstance(result, CountResult):
        words += ["--property", result.prop.name]
    for name, value in result.instance:
        words += ["-p", f"{name}={value}"]
    if request.engine is not None:
        words += ["--engine", request.engine]
    return words + limit_words(request.limits)


def limit_words(limits: Limits) -> list[str]:
    """The options of a command that has these limits."""
    usual, words = Limits(), list[str]()
    if limits.max_bound != usual.max_bound:
        words += ["--bound", str(limits.max_bound)]
    if limits.max_states is not None:
        words += ["--max-states", str(limits.max_states)]
    if limits.max_memory is not None:
        words += ["--max-memory", str(limits.max_memory)]
    if limits.threads is not None:
        words += ["--threads", str(limits.threads)]
    if limits.seconds is not None:
        words += ["--budget", f"{limits.seconds:g}"]
    return words


def file_word(file: str) -> str:
    """The name of a file as a word of a command: never an option."""
    return f"./{file}" if file.startswith("-") else file


def command_lines(words: Sequence[str], here: Console) -> Iterator[str]:
    """A command in lines that fit and can be pasted into a shell: those before the last end in `\\`."""
    line = "  "
    for piece, joined in _pieces([here.safe(w) for w in words], here.width - 4):
        space = "" if joined or not line.strip() else " "
        if not joined and width(line + space + piece) + 2 <= here.width:
            line += space + piece
        else:
            yield f"{line}\\" if joined else f"{line} \\"
            line = piece if joined else f"    {piece}" if width(piece) + 6 <= here.width else piece
    yield line


def _pieces(words: Sequence[str], most: int) -> Iterator[tuple[str, bool]]:
    """Quoted words, those longer than a line in several parts: whether a part belongs to the one before."""
    for text in words:
        start = 0
        while start < len(text) or start == 0:
            stop = max(start + 1, len(text))
            while stop > start + 1 and width(shlex.quote(text[start:stop])) > most:
                stop -= 1
            yield shlex.quote(text[start:stop]), start > 0
            start = stop
