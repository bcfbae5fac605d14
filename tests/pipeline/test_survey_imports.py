"""What no check uses is read, but of imported files only where they are verified themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tcpverify.pipeline import Request, verify
from tcpverify.pipeline.load import load

LIBRARY = """
message Segment { flags : flags { SYN } }
role Endpoint { state OPEN initial { on receive any ignore } }
network path { endpoint A, B : Endpoint  link A -> B }
scenario good on path { preload A -> B : SYN }
scenario wrong on path { A starts in NOWHERE }
variant wrong_too { replace OPEN on receive SYN ignore }
property open : always A in OPEN
"""
USE = 'import "library.tcpv"\ncheck c { run SCENARIO  expect open : holds  expect no_deadlock : violated }\n'


@pytest.mark.parametrize(
    ("run", "errors"), [("good", 0), ("wrong", 1), ("good with variant wrong_too", 1), (None, 2)]
)
def test_an_import_is_read_as_far_as_it_is_used(tmp_path: Path, run: str | None, errors: int) -> None:
    """The mistakes of a library are told by itself, and to those who use what is wrong."""
    (tmp_path / "library.tcpv").write_text(LIBRARY)
    (tmp_path / "use.tcpv").write_text(USE.replace("SCENARIO", run or "good"))
    found = verify(load(tmp_path / ("library.tcpv" if run is None else "use.tcpv")), Request())
    assert len({(d.code, d.span) for d in found.errors}) == errors, found.errors
