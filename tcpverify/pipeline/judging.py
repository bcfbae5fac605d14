"""What of a claim is worth asking a solver about, where nothing is stored: the rest is known."""

from __future__ import annotations

from collections.abc import Mapping

from tcpverify.certify.obligations import Claim, obligations

FALSE = "(assert false)"


def to_ask(claim: Claim) -> dict[str, str]:
    """The obligations of a claim that take a solver, by their names: none that asserts `false`, and of an
    empty invariant, which is `true`, none that it is kept. Raises Inexpressible."""
    empty = not (claim.invariant or claim.integers)
    return {
        o.name: o.text
        for o in obligations(claim)
        if FALSE not in o.text.splitlines() and not (empty and o.name.startswith(("init", "step-")))
    }


def distinct(texts: Mapping[str, str]) -> dict[str, str]:
    """Of texts that differ in nothing but their comments the first."""
    first: dict[str, str] = {}
    for name, text in texts.items():
        first.setdefault("\n".join(line for line in text.splitlines() if not line.startswith(";")), name)
    return {name: texts[name] for name in first.values()}
