"""Where nobody can expect an exhaustive search, the symbolic engine is asked without a warning."""

from __future__ import annotations

import pytest

from tcpverify.diagnostics import Code
from tcpverify.pipeline.check import verify
from tcpverify.pipeline.load import load_text
from tcpverify.pipeline.plan import Request
from tcpverify.result import Result

SPEC = """
message M { n : seqno mod 4294967296 }
role Left { var x : seqno mod 4294967296  step go  state S initial { on step go { x := fresh  send M (n = x) }  on receive any ignore } }
role Right { state U initial { on receive any ignore } }
network net { endpoint A : Left  endpoint B : Right  link A <-> B { LINK } }
scenario go on net { }
property stays : always A in S
check c { run go  expect stays : WORD }
"""  # noqa: E501
UNLIMITED = "capacity unlimited  loss unlimited  duplicate unlimited  reorder any"
SMALL = "capacity 1  overflow drop"


@pytest.mark.parametrize(
    ("link", "word", "warned"),
    [
        (UNLIMITED, "holds", False),
        (UNLIMITED, "holds by proof", False),
        (SMALL, "holds by proof", False),
        (SMALL, "holds", True),
    ],
)
def test_a_warning_only_where_it_is_a_surprise(link: str, word: str, warned: bool) -> None:
    text = SPEC.replace("LINK", link).replace("WORD", word)
    outcome = verify(load_text(text), Request(properties=("stays",)))
    (result,) = outcome.results
    assert isinstance(result, Result) and result.met and result.engine == "smt"
    assert [d.code for d in outcome.warnings] == [Code.TOO_MANY_CHOICES] * warned
