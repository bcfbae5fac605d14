"""Safe text and its width."""

from hypothesis import given
from hypothesis import strategies as st

from tcpverify.render.text import clean, clusters, fit, pad, width, wrap


def test_clean_escapes_what_controls_a_terminal() -> None:
    assert clean("a\x1b[31m\n\t\x07") == "a\\x1b[31m\\n\\t\\x07"
    assert clean("\u202eevil\u2066") == "\\u202eevil\\u2066"
    assert clean("\u200d\ufe0f\ufeff\ud800\ue000") == "\\u200d\\ufe0f\\ufeff\\ud800\\ue000"
    assert clean("服务器 é") == "服务器 é"
    assert clean("服é", ascii_only=True) == "\\u670d\\xe9"


@given(st.text())
def test_clean_text_is_printable_and_measured_additively(text: str) -> None:
    shown = clean(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert clean(text, ascii_only=True).isascii()
    assert width(shown) == sum(width(c) for c in shown)
    assert clean(shown) == shown


@given(st.text(), st.integers(0, 30))
def test_fit_and_pad(text: str, cells: int) -> None:
    shown = clean(text)
    assert width(fit(shown, cells)) <= cells
    assert width(pad(fit(shown, cells), cells)) == cells
    assert fit(shown, width(shown)) == shown


@given(st.text(), st.integers(2, 30), st.integers(0, 6), st.integers(0, 6))
def test_wrap_keeps_within_its_width_and_loses_nothing(text: str, cells: int, later: int, first: int) -> None:
    shown = clean(text)
    lines = wrap(shown, cells, later, first)
    assert lines
    assert all(width(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown.split())


@given(st.text())
def test_clusters_keep_marks_with_their_characters(text: str) -> None:
    assert all(cells in (1, 2) for _, cells in clusters(clean(text)))


def test_wide_characters_count_double_and_marks_not() -> None:
    assert width("服务器") == 6
    assert width("e\u0301") == 1
    assert fit("服务器", 4) == "服…"
