"""The table of languages: what each is called, how its text is made, and what it cannot take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.export import murphi, promela, tla
from tcpverify.export.duties import too_many
from tcpverify.export.extents import refusal
from tcpverify.export.flatten import Rule, rules
from tcpverify.export.heading import About
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.system import Property, System
from tcpverify.records import record

Text: TypeAlias = Callable[[About, System, Sequence[Property]], str]

MOST_OPTIONS = 20_000
"""The transitions that a Promela text may write out."""


@record
class Language:
    """`title`: for readers; `largest`: the greatest number it has (None: no limit); `unrolled`: whether
    positions and choices are written out one by one."""

    title: str
    text: Text
    largest: int | None
    unrolled: bool = False


LANGUAGES: Mapping[str, Language] = {
    "promela": Language("Promela", promela.text, promela.LARGEST, unrolled=True),
    "murphi": Language("Murphi", murphi.text, murphi.LARGEST),
    "tla": Language("TLA+", tla.text, None),
}


def export(name: str, about: About, system: System, properties: Sequence[Property]) -> str:
    """The text of a system and properties of it in one of the LANGUAGES; without properties, for counting.

    Raises ModelError if the language cannot take the system.
    """
    language, flat = LANGUAGES[name], rules(system)
    refused = refusal(system, flat, properties, language.largest, language.title) or _too_many(
        language, system, flat, properties
    )
    if refused is None and not any(True for _ in Interpreter(system).initial()):
        refused = "there is no initial state that satisfies the assumptions", "weaken the assumptions"
    if refused is not None:
        message, hint = refused
        raise ModelError([Diagnostic(Code.NOT_SUPPORTED, f"not exported: {message}", hint=hint)])
    return language.text(about, system, properties)


def _too_many(
    language: Language, system: System, flat: Sequence[Rule], properties: Sequence[Property]
) -> tuple[str, str] | None:
    if not language.unrolled:
        return None
    response = promela.response_alone(properties)
    refused = None if response is None else too_many(system, flat, response)
    options = promela.options(system, flat, properties)
    if refused is not None or options <= MOST_OPTIONS:
        return refused
    message = f"{language.title} would need {options:,} options, more than {MOST_OPTIONS:,}"
    return message, "narrow choices in the scenario, or export to murphi"
