"""Models with tokens lost, doubled, exchanged or taken from elsewhere: `verify` never raises."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tcpverify
from tcpverify.diagnostics import ModelError
from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load_text, verify

MODELS = [
    p.read_text(encoding="utf-8")
    for p in sorted((Path(__file__).parents[1] / "models").glob("*.tcpv"))
    if "import " not in p.read_text(encoding="utf-8") and p.stat().st_size < 4_000
]
TOKEN = re.compile(r"#[^\n]*|[A-Za-z_]\w*|\d+|<=>|:=|->|<->|=>|[<>=!]=|\.\.|\S|\s+")
GRAMMAR = (Path(tcpverify.__file__).parent / "lang" / "grammar.lark").read_text(encoding="utf-8")
KEYWORDS = set(re.findall(r'"([a-z_]+)"', GRAMMAR))
TOKENS = [TOKEN.findall(text) for text in MODELS]
VALUES = ("0", "1", "7", "99999999999", "true", "none", "self", "any", "fresh")
LIMITS = Limits(max_states=100, max_bound=1, seconds=1.0)
SECONDS = 30.0


def mutate(tokens: list[str], chance: random.Random) -> str:
    """A few changes; a word most often becomes another word of the same model, so that it parses."""
    tokens = list(tokens)
    words = [i for i, t in enumerate(tokens) if t[0].isalnum() and t not in KEYWORDS]
    for _ in range(chance.choice((1, 1, 2, 3))):
        i = chance.choice(words)
        match chance.randrange(12):
            case 0:
                tokens[i] = ""
            case 1:
                tokens[i] += " " + tokens[i]
            case 2:
                j = chance.choice(words)
                tokens[i], tokens[j] = tokens[j], tokens[i]
            case 3:
                tokens[i] = chance.choice(
                    ("0", "1", "7", "99999999999", "true", "none", "self", "any", "fresh")
                )
            case 4:
                other = chance.choice(TOKENS)
                tokens[i] = chance.choice([t for t in other if t[0].isalnum()])
            case _:
                tokens[i] = tokens[chance.choice(words)]
    return "".join(tokens)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(TOKENS) - 1), st.integers(0, 2**32))
def test_mutated_models(model: int, seed: int) -> None:
    text = mutate(TOKENS[model], random.Random(seed))
    started = time.monotonic()
    try:
        outcome = verify(load_text(text), Request(limits=LIMITS, engine="explicit"))
    except ModelError:
        return
    finally:
        assert time.monotonic() - started < SECONDS
    assert not outcome.failures, outcome.failures
