"""What must come to pass, in Promela: a never claim about the fair runs of a system.

The model notes in `did` what the last step did of that which may not wait, and may idle, since a run may
stay in a state for ever. The claim guesses a request that stays open; from then on it waits for the duties
of fairness one after another, round and round, and accepts each time it has gone round (Choueka: Theories
of automata on omega-tapes, JCSS 8, 1974). A weakly fair duty is met where it is done or is not possible. Of
a strongly fair one the model may guess at any time that it is not possible any more; a run in which
it is after all is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tcpverify.export.comments import comment
from tcpverify.export.duties import Duty, duties
from tcpverify.export.expressions import Writer, integer
from tcpverify.export.flatten import Rule
from tcpverify.export.promela_segments import number_type
from tcpverify.export.segments import Layout
from tcpverify.ir.expr import is_false, is_true
from tcpverify.ir.system import Property, System
from tcpverify.records import record

Ways = Callable[[Rule], Iterator[tuple[str, Sequence[str]]]]
"""Of a rule when each of its ways leads to a state, and the columns of the segment that it takes."""


@record
class Claim:
    """A response with what may not wait in its runs. `numbers`: what `did` is after a step by an action, by
    index; 0: nothing. `several`: whether there are several initial states."""

    prop: Property
    duties: tuple[Duty, ...]
    numbers: Mapping[int, int]
    several: bool

    @property
    def segments(self) -> bool:
        """Whether some duties are counted by segments."""
        return any(duty.thing[3] for duty in self.duties)

    def takes(self, rule: int) -> bool:
        """Whether an action does a duty with a segment."""
        return any(duty.thing[3] and rule in duty.rules for duty in self.duties)


def claim(system: System, flat: Sequence[Rule], prop: Property, several: bool) -> Claim:
    """The claim of a response."""
    listed = duties(system, flat, prop)
    whose: dict[int, frozenset[tuple[str, ...]]] = {}
    for duty in listed:
        for rule in duty.rules:
            whose[rule] = whose.get(rule, frozenset()) | {duty.thing[:3]}
    kinds = list(dict.fromkeys(whose.values()))
    return Claim(prop, listed, {rule: 1 + kinds.index(told) for rule, told in whose.items()}, several)


def words(claim: Claim, layout: Layout) -> list[str]:
    """The names that a text with a claim uses."""
    each = (f"{word}_{n}" for n in range(1, len(claim.duties) + 1) for word in _EACH)
    return [*_WORDS, *(f"did_{c.name}" for c in layout.columns), *each]


_WORDS = ("did", "begun", "starting", "asked", "answered", "kept", "pending", "waiting", "accept_round",
          "accept_all", "CLAIM_APART")  # fmt: skip
_EACH = ("duty", "possible", "done", "given_up")


def head(claim: Claim, name: str, room: str) -> list[str]:
    """What is to be known of a text with a claim. `room`: an option of the compiler that the text needs."""
    prop = claim.prop
    return [
        f"{prop.name}: {prop.text}",
        "",
        "The never claim at the end looks for a fair run that violates it: an acceptance cycle, or an end of",
        "the claim. Without errors the property holds. States are counted with what the claim has to know:",
        "there are more than the scenario has.",
        "To run it:",
        f"  spin -o2 -a {name}.pml",
        f"  cc -O2 -DNOREDUCE -DNOFAIR{room} -o pan pan.c && ./pan -a -m1000000",
        "The same as a formula of linear temporal logic, of which SPIN makes a claim where it is short, with",
        "spin -o2 -DCLAIM_APART -F FILE -a, FILE being a single line:",
        f"  !({formula(claim)})",
    ]


def declarations(claim: Claim, layout: Layout) -> Iterator[str]:
    """The variables that the claim reads."""
    yield f"{number_type(0, max(claim.numbers.values(), default=0))} did;"
    if claim.segments:
        yield from (f"{number_type(c.lo, c.hi)} did_{c.name};" for c in layout.columns)
    if claim.prop.antecedent is None:
        yield f"bit starting = {int(not claim.several)};"
    if claim.several:
        yield "bit begun;"
    yield from (f"bit given_up_{n};" for n in _strong(claim))


def begins(claim: Claim) -> list[str]:
    """What is noted where one of several initial states is chosen."""
    return ["begun = 1", *(["starting = 1"] if claim.prop.antecedent is None else [])]


def noted(claim: Claim, layout: Layout, rule: int | None, taken: Sequence[str]) -> Iterator[str]:
    """What a step notes before it does anything; None: idling."""
    yield f"did = {claim.numbers.get(rule, 0) if rule is not None else 0};"
    if claim.segments:
        values = taken if rule is not None and claim.takes(rule) else ["0"] * len(layout.columns)
        yield from (f"did_{c.name} = {v};" for c, v in zip(layout.columns, values, strict=True))
    if claim.prop.antecedent is None:
        yield "starting = 0;"


def idling(claim: Claim, layout: Layout) -> Iterator[str]:
    """The steps in which nothing happens."""
    yield from comment(["nothing happens: a run may stay in a state for ever"], "\t/*", " */")
    nothing = " ".join(noted(claim, layout, None, ()))
    yield f"\t:: d_step {{ true -> {nothing} }}"
    for n in _strong(claim):
        told = f"{claim.duties[n - 1].text}: a guess that it is never possible again"
        yield from comment([told], "\t/*", " */")
        yield f"\t:: d_step {{ !given_up_{n} && !possible_{n} -> {nothing} given_up_{n} = 1 }}"


def _strong(claim: Claim) -> list[int]:
    return [n for n, duty in enumerate(claim.duties, 1) if duty.strong]


# --- Macros ------------------------------------------------------------------------------------------


def macros(claim: Claim, write: Writer, layout: Layout, flat: Sequence[Rule], ways: Ways) -> Iterator[str]:
    """What the claim speaks of: the request, the answer, of every duty whether it is possible and done."""
    prop = claim.prop
    asks = "starting" if prop.antecedent is None else write.write(prop.antecedent)
    yield f"#define asked ({'begun && ' if claim.several else ''}{asks})"
    yield f"#define answered ({write.write(prop.formula)})"
    yield f"#define kept ({write.write(prop.hold)})"
    for n, duty in enumerate(claim.duties, 1):
        yield from comment([duty.text], "/*", " */")
        segment = [integer(int(v)) for v in duty.thing[3]]
        places = [] if is_false(duty.also) else [write.write(duty.also)]
        for rule in duty.rules:
            for guard, columns in ways(flat[rule]):
                at = [f"{c} == {v}" for c, v in zip(columns, segment, strict=True)] if segment else []
                places.append(f"({' && '.join([*at, guard])})")
        yield f"#define possible_{n} ({' || '.join(places) or 'false'})"
        numbers = sorted({claim.numbers[rule] for rule in duty.rules})
        done = " || ".join(f"did == {number}" for number in numbers) or "false"
        same = (
            [f"did_{c.name} == {v}" for c, v in zip(layout.columns, segment, strict=True)] if segment else []
        )
        yield f"#define done_{n} ({' && '.join([f'({done})', *same])})"
    steady = (f"!(given_up_{n} && possible_{n})" for n in _strong(claim))
    yield f"#define pending ({' && '.join(['!answered', 'kept', *steady])})"


# --- The claim ---------------------------------------------------------------------------------------


def formula(claim: Claim) -> str:
    """What is claimed, as a formula of linear temporal logic over the macros."""
    fair = [
        f"([]<>possible_{n} -> []<>done_{n})" if duty.strong else f"[]<>(!possible_{n} || done_{n})"
        for n, duty in enumerate(claim.duties, 1)
    ]
    response = "[](asked -> <>answered)"
    response = f"(({' && '.join(fair)}) -> {response})" if fair else response
    early = "[](asked -> ([]kept || (kept U answered))) && "
    return response if is_true(claim.prop.hold) else early + response


def never(claim: Claim) -> Iterator[str]:
    """The claim that SPIN looks for a run of."""
    untimely = [] if is_true(claim.prop.hold) else ["\t:: {}!answered && !kept -> goto accept_all"]
    met = [
        f"{f'given_up_{n}' if d.strong else f'!possible_{n}'} || done_{n}"
        for n, d in enumerate(claim.duties, 1)
    ]
    rounds = [f"duty_{n}" for n in range(1, len(met) + 1)] + ["accept_round"]
    yield "never {"
    yield from ("waiting:", "\tif", "\t:: true -> goto waiting")
    yield f"\t:: asked && pending -> goto {rounds[0]}"
    yield from (line.format("asked && ") for line in untimely)
    yield "\tfi;"
    for n, label in enumerate(rounds):
        yield f"{label}:"
        if n == len(met) and met:
            n = 0
        yield "\tif"
        if met:
            yield f"\t:: pending && ({met[n]}) -> goto {rounds[n + 1]}"
            yield f"\t:: pending && !({met[n]}) -> goto {rounds[n]}"
        else:
            yield f"\t:: pending -> goto {label}"
        yield from (line.format("") for line in untimely)
        yield "\tfi;"
    yield from ("accept_all:", "\tskip", "}")
