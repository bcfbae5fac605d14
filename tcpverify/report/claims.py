"""What a proof report says of one spec, as plain records: pages and Markdown are made of these.

All texts are as the spec has them; whoever shows them escapes them.
"""

from __future__ import annotations

from tcpverify.records import record
from tcpverify.report.stepping import Stepping


@record
class Certified:
    """A stored certificate: what it is `about` (property and instance), its `folder`, the SHA-256 of its
    manifest, which has those of its `files` other files, what it `says` and takes for granted, and the
    `command` that checks it again. `wrong`: why it is none of this claim ("": nothing is known against
    it)."""

    about: str
    folder: str
    digest: str
    files: int
    says: str
    network: str
    assumes: tuple[str, ...]
    command: str
    wrong: str = ""


@record
class Case:
    """A claim in one instance. `verdict` is a word, `judged` says how it stands to what was `expected`
    ("as expected", "not as expected", "not decided", "" if nobody expected anything). `ladder`: the place
    of its run among the ladders of the page, `drawn`: it is the first claim that has this run. `shows`:
    what the run shows of the property, in lines. `formulas`: the invariant that it rests on, in the words
    of the language."""

    instance: str
    verdict: str
    judged: str
    expected: str
    evidence: str
    engine: str
    ladder: int | None
    drawn: bool
    shows: tuple[str, ...]
    certificates: tuple[Certified, ...] = ()
    formulas: tuple[str, ...] = ()


@record
class Table:
    """What was decided to answer a question: `heads` name the columns, the first that of the rows."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@record
class Claim:
    """What is claimed of one property by one check: `name`, its `text` as the spec has it, its citations,
    a case for every instance, and the `command` that decides them again. `obligations`: of a condition what
    solvers refuted, and `runs` those that it excludes, each in lines."""

    name: str
    text: str
    cites: tuple[str, ...]
    cases: tuple[Case, ...]
    command: str
    tables: tuple[Table, ...] = ()
    obligations: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[tuple[str, int], ...]:
        """Each verdict and how many cases have it."""
        words = [case.verdict for case in self.cases]
        return tuple((word, words.count(word)) for word in dict.fromkeys(words))

    @property
    def alike(self) -> bool:
        """Whether all cases were decided alike: what is said of each is then said once."""
        told = {(c.engine, c.expected, c.judged) for c in self.cases}
        return len(told) == 1

    @property
    def judged(self) -> str:
        """The worst of what the cases say."""
        found = [case.judged for case in self.cases]
        order = ("not as expected", "not decided", "as expected")
        return next((word for word in order if word in found), "")


@record
class Declared:
    """A declaration as it stands in the spec: what it is called, its citations, doc and text."""

    name: str
    doc: str
    text: str
    cites: tuple[str, ...] = ()


@record
class Checked:
    """A check: what it says of itself, what it runs, the scenario and the network of that as they are
    written, and its claims. `quiet`: how many automatic properties hold besides."""

    declared: Declared
    scenario: Declared | None
    network: Declared | None
    claims: tuple[Claim, ...]
    quiet: int


@record
class Ladder:
    """A run to step through: whose it is first, its picture as SVG (`render/inline.py`), and `marks`, the
    height that each row takes in it."""

    title: str
    svg: str
    marks: tuple[tuple[int, int, int], ...]
    steps: Stepping


@record
class Drawn:
    """The state machine of a role as SVG, or why it is not drawn."""

    role: str
    svg: str
    reason: str = ""


@record
class Reached:
    """How many of `total` states, handlers or clauses were reached, branches taken or mutants killed (`done`
    is the word), those that were not, with their places, and those of which it is not known."""

    what: str
    reached: int
    total: int
    missed: tuple[tuple[str, str], ...]
    done: str = "reached"
    unknown: tuple[tuple[str, str], ...] = ()


@record
class Page:
    """All that is said of one spec. `others`: certificates of it that are of no claim here. `digests`: its
    files with the SHA-256 of their texts; `limits`: what is not claimed, in sentences; `versions` of what it
    was decided with."""

    slug: str
    file: str
    docs: tuple[Declared, ...]
    params: tuple[str, ...]
    checks: tuple[Checked, ...]
    ladders: tuple[Ladder, ...]
    machines: tuple[Drawn, ...]
    others: tuple[Certified, ...]
    coverage: tuple[Reached, ...]
    coverage_note: str
    mutants_note: str
    limits: tuple[str, ...]
    warnings: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    command: str

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of all its checks."""
        return tuple(claim for check in self.checks for claim in check.claims)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Each verdict and how many cases of the page have it."""
        words = [case.verdict for claim in self.claims for case in claim.cases]
        return tuple((word, words.count(word)) for word in sorted(set(words)))

    @property
    def unmet(self) -> int:
        """How many cases are not as expected, or not decided."""
        return sum(case.judged not in ("", "as expected") for claim in self.claims for case in claim.cases)

    @property
    def quiet(self) -> int:
        """How many automatic properties hold besides."""
        return sum(check.quiet for check in self.checks)
