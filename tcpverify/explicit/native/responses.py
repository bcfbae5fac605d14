"""What must come to pass, decided on a finished search: the same questions as in `explicit/liveness.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tcpverify.explicit.graph import Look, Stopped
from tcpverify.explicit.liveness import Answer
from tcpverify.explicit.native.evidence import Finder
from tcpverify.explicit.native.lassos import Demands, early_end, lasso
from tcpverify.explicit.native.opened import Opened
from tcpverify.explicit.native.slots import BROKEN
from tcpverify.ir.system import Property, PropertyKind, Schedule

OUT_OF_MEMORY = "too little memory is left for the part of the graph in which a request is open"


@dataclass(slots=True)
class Responses:
    """By the position of its property: the schedule that shows that a response fails, and why it could not be
    decided; `happened`: those whose antecedent ever does; `interrupted`: the user ended it."""

    found: dict[int, Schedule] = field(default_factory=dict)
    undecided: dict[int, str] = field(default_factory=dict)
    happened: set[int] = field(default_factory=set)
    interrupted: bool = False


def look_at_responses(finder: Finder, properties: Sequence[Property], look: Look, so_far: str) -> Responses:
    """Decide every response. The search must be complete, and its rules tell labels. `look` raises Stopped
    when it is to end; `so_far`: how far the search came."""
    answers = Responses()
    reason: str | None = None
    for position, prop in enumerate(properties):
        if prop.kind is not PropertyKind.RESPONSE:
            continue
        if reason is None:
            reason = _look_at(finder, position, prop, look, so_far, answers)
        if reason is not None:
            answers.undecided.setdefault(position, reason)
    return answers


def _look_at(
    finder: Finder, position: int, prop: Property, look: Look, so_far: str, answers: Responses
) -> str | None:
    """Decide one response; why no more can be decided, if so."""
    try:
        answer = _decide(finder, prop, look)
    except MemoryError:
        answers.undecided[position] = OUT_OF_MEMORY
        return None
    except Stopped as stop:
        return str(stop)
    except KeyboardInterrupt:
        answers.interrupted = True
        return f"interrupted: {so_far}"
    if answer.found is not None:
        answers.found[position] = answer.found
    if answer.happened:
        answers.happened.add(position)
    return None


def _decide(finder: Finder, prop: Property, look: Look) -> Answer:
    """A finite counterexample if there is one, else a fair lasso."""
    part = Opened(finder.space, finder.interpreter.system, finder.packing, prop, look)
    try:
        happened = prop.antecedent is None or part.happened
        if not part.begins:
            return Answer(None, happened)
        if part.any_flag(BROKEN):
            return Answer(early_end(finder, part), happened)
        demands = Demands(finder, prop, part)
        stays, components = part.stay(), part.find_components()
        if not stays and not components:
            return Answer(None, happened)
        return Answer(lasso(finder, part, demands), happened)
    finally:
        part.close()
