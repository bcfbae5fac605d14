"""Whatever the text: a File, or a ModelError with places inside of the text."""

from __future__ import annotations

from pathlib import Path

from constructs import RIGHT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpverify.diagnostics import Diagnostic, ModelError
from tcpverify.lang import syntax, tables
from tcpverify.lang.parse import parse
from tcpverify.lang.pretty import pretty
from tcpverify.source import Source

EXAMPLE = Path(__file__).with_name("handshake.tcpv").read_text()
KNOWN = tables.load()
TOKENS = sorted([*KNOWN.reserved, *KNOWN.soft, *KNOWN.signs, "x", "S", "3", '"text"', "\n"])
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def survives(text: str) -> None:
    file, diagnostics = outcome(text)
    assert (file is None) == bool(diagnostics)
    assert file is None or parse(Source("again.tcpv", pretty(file))) == file
    for diagnostic in diagnostics:
        assert diagnostic.code[:3] == "TV1"
        for span in (diagnostic.span, *(note.span for note in diagnostic.notes)):
            assert span is not None
            assert 0 <= span.start <= span.stop <= len(text)
            assert str(span)


def outcome(text: str) -> tuple[syntax.File | None, tuple[Diagnostic, ...]]:
    try:
        return parse(Source("fuzz.tcpv", text)), ()
    except ModelError as error:
        return None, error.diagnostics


@given(st.text())
@quick
def test_any_text(text: str) -> None:
    survives(text)


@given(st.binary(max_size=300))
@quick
def test_any_bytes(data: bytes) -> None:
    survives(data.decode("latin-1"))


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map(" ".join))
@quick
def test_token_soup(text: str) -> None:
    survives(text)


@given(
    st.sampled_from([*RIGHT, EXAMPLE]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(TOKENS)), min_size=1, max_size=3),
)
@settings(quick, max_examples=400)
def test_mutated_specs(text: str, mutations: list[tuple[float, int, str]]) -> None:
    words = text.split(" ")
    for where, removed, inserted in mutations:
        i = int(where * len(words))
        words[i : i + removed] = [inserted]
    survives(" ".join(words))


@given(st.sampled_from([*RIGHT, EXAMPLE]), st.floats(0, 1), st.floats(0, 1))
@quick
def test_cut_specs(text: str, start: float, stop: float) -> None:
    survives(text[int(start * len(text)) : int(stop * len(text))])
