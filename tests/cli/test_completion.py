"""Shell completion: commands, options and files."""

from __future__ import annotations

import pytest

from cli.conftest import process


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("tcpverify ver", ["plain,verify"]),
        ("tcpverify verify --ju", ["plain,--junit"]),
        ("tcpverify verify --traces u", ["plain,unmet"]),
        ("tcpverify verify sp", ["file,sp"]),
        ("tcpverify verify --sarif o", ["file,o"]),
    ],
)
def test_completion(typed: str, wanted: list[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    answer = process(_TCPVERIFY_COMPLETE="bash_complete", **words)
    assert answer.out.splitlines() == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_source(shell: str) -> None:
    """What a shell loads calls us."""
    answer = process(_TCPVERIFY_COMPLETE=f"{shell}_source")
    assert answer.code == 0 and f"_TCPVERIFY_COMPLETE={shell}_complete" in answer.out
