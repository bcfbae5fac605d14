"""What the reference does and does not in time, as SMT-LIB: that a condition's files speak of the system.

Each rule that a run takes should be seen in a step that satisfies it in the files. With another next value
the same step should not; and at another time just if `ir/timed_run.py` allows it then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice

from tcpverify.certify.timed_runs import Moment, TimedRun, replayed, stepped
from tcpverify.ir.expr import values_of
from tcpverify.ir.parametric import Parametric
from tcpverify.ir.system import VariableKind
from tcpverify.ir.timed_run import Clockwork, Impossible
from tcpverify.records import record
from tcpverify.smtlib.numbers import number
from tcpverify.smtlib.text import call, comment, conjunction, disjunction, let, negation
from tcpverify.smtlib.timed import DELAY, Rule, Timed

OTHER_TIMES = (Fraction(-1, 2), Fraction(1, 2), Fraction(20))
"""How much earlier or later a step is tried again."""


@record
class _Taken:
    """A step of a run with the moments before and after it."""

    parameters: tuple[Fraction, ...]
    before: Moment
    rule: int
    choices: tuple[int, ...]
    after: Moment


def step_files(
    about: Sequence[str], system: Parametric, text: Timed, runs: Sequence[TimedRun]
) -> dict[str, str]:
    """Two texts to be refuted: that a start or a step of the runs, one for every rule, is none of the files;
    and that a step that the reference does not take is one. Raises Refused."""
    writer = _Writer(system, text)
    taken: dict[int, _Taken] = {}
    starts = []
    for run in runs:
        moments = replayed(system, text, run)
        starts.append(writer.start(run.parameters, moments[0]))
        for (_, rule, choices), before, after in zip(run.steps, moments, moments[1:], strict=False):
            taken.setdefault(rule, _Taken(run.parameters, before, rule, choices, after))
    known, wrong = zip(*map(writer.told, taken.values()), strict=True) if taken else ((), ())
    says = "what the reference does is what the rules say", "what it does not do is not"
    return {
        "steps.smt2": writer.text(about, says[0], negation(conjunction([*starts, *known]))),
        "other-steps.smt2": writer.text(about, says[1], disjunction(wrong)),
    }


class _Writer:
    """Writes moments as values of the constants."""

    def __init__(self, system: Parametric, text: Timed) -> None:
        self._system, self._text = system, text

    def start(self, parameters: Sequence[Fraction], moment: Moment) -> str:
        """That a run may begin so."""
        where = conjunction([self._text.allowed, self._text.initial, self._text.assumed])
        return let(self._values(parameters, moment), where)

    def told(self, taken: _Taken) -> tuple[str, str]:
        """All that the reference says is possible by a rule from a moment, and any that it says is not."""
        known, wrong = [self._leads(taken, self._constants(taken.after))], list(self._changed(taken))
        for possible, term in self._at_other_times(taken):
            (known if possible else wrong).append(term)
        values = self._values(taken.parameters, taken.before)
        return let(values, conjunction(known)), let(values, disjunction(wrong))

    def _changed(self, taken: _Taken) -> Iterator[str]:
        """The step with another value of one constant afterwards, and of one time."""
        after = self._constants(taken.after)
        name, sort = self._text.plain[taken.rule % len(self._text.plain)]
        others = (self._text.numbers.value(v, sort) for v in values_of(sort))
        for other in islice((o for o in others if o != after[name]), 1):
            yield self._leads(taken, {name: other})
        time = self._text.times[taken.rule % len(self._text.times)]
        yield self._leads(taken, {time: call("+", after[time], "1.0")})

    def _at_other_times(self, taken: _Taken) -> Iterator[tuple[bool, str]]:
        """Whether the reference takes the step at another time, and that the rule does."""
        rule, clockwork = self._text.rules[taken.rule], Clockwork(self._system, taken.parameters)
        for more in OTHER_TIMES:
            at = taken.after.now + more
            try:
                stepped(clockwork, rule, taken.before, at, taken.choices)
            except Impossible:
                yield False, self._at(taken, rule, at, "true")
            else:
                yield True, self._at(taken, rule, at, "true")

    def text(self, about: Sequence[str], says: str, wrong: str) -> str:
        """A file that asserts what is wrong."""
        lines = [*map(comment, (*about, says, "expected: unsat")), "(set-logic ALL)"]
        lines += [*self._text.declarations, f"(assert {wrong})", "(check-sat)"]
        return "\n".join(lines) + "\n"

    def _leads(self, taken: _Taken, after: dict[str, str]) -> str:
        same = conjunction(call("=", name, value) for name, value in after.items())
        return self._at(taken, self._text.rules[taken.rule], taken.after.now, same)

    def _at(self, taken: _Taken, rule: Rule, at: Fraction, after: str) -> str:
        """That a rule is possible at a time, to a state of which a formula is true."""
        choices = self._system.system.actions[rule.action].choices
        picked = zip(rule.inputs, choices, taken.choices, strict=True)
        inputs = {name: self._text.numbers.value(v, choice.sort) for (name, _), choice, v in picked}
        delay = {DELAY: _real(at - taken.before.now)}
        return let({**inputs, **delay}, self._text.step(rule, after))

    def _values(self, parameters: Sequence[Fraction], moment: Moment) -> dict[str, str]:
        values = zip(self._text.parameters, map(_real, parameters), strict=True)
        return {**dict(values), **self._constants(moment)}

    def _constants(self, moment: Moment) -> dict[str, str]:
        """The constants of a state."""
        variables = self._system.system.variables
        kept = [
            x for x, v in zip(moment.state.values, variables, strict=True) if v.kind is not VariableKind.CLOCK
        ]
        there = [int(m in moment.state.contents[c]) for c, m in self._text.contents]
        plain = {
            name: self._text.numbers.value(value, sort)
            for (name, sort), value in zip(self._text.plain, [*kept, *there], strict=True)
        }
        began = [moment.timing.began[w.timer] for w in self._system.timers]
        last = [moment.timing.sent.get(content, Fraction(0)) for content in self._text.contents]
        times = zip(self._text.times, map(_real, [moment.now, *began, *last]), strict=True)
        return {**plain, **dict(times)}


def _real(value: Fraction) -> str:
    """A number of sort Real."""
    whole = number(value.numerator)
    top = whole.replace(")", ".0)") if value < 0 else f"{whole}.0"
    return top if value.denominator == 1 else call("/", top, f"{value.denominator}.0")
