"""What is told of a verdict besides its trace: until when it could be avoided, which changes make it
another."""

from __future__ import annotations

from tcpverify.analysis.avoidable import Avoidable
from tcpverify.records import record
from tcpverify.result import Result

FARTHEST = 3
"""A parameter or budget is changed by so much at most."""


@record
class Change:
    """One parameter or budget, changed: its name, what it is and what it becomes, by how much (1 of what
    has no order), and the verdict then."""

    name: str
    old: str
    new: str
    distance: int
    verdict: str


@record
class Flips:
    """The changes at the smallest distance at which any makes the verdict another: `tried` were decided, of
    which `undecided` have no answer; `complete`: all as near, or up to FARTHEST, were tried."""

    changes: tuple[Change, ...]
    tried: int
    undecided: int
    complete: bool


@record
class Explanation:
    """What can be said of one instance. `others`: how many more of the `instances` of the check have the
    verdict. `avoidable`: of a counterexample, where that makes sense."""

    result: Result
    others: int
    instances: int
    avoidable: Avoidable | None
    flips: Flips
