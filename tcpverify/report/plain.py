"""Proof reports as Markdown: the same claims as on the pages, runs as lists of steps. Text of specs is
escaped or indented as code: it is shown, never interpreted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tcpverify import __version__
from tcpverify.render.text import clean
from tcpverify.report.claims import Case, Certified, Checked, Claim, Ladder, Page
from tcpverify.report.markdown import escaped


def index_text(pages: Sequence[Page], command: str) -> str:
    """The list of all specs with their verdicts."""
    unmet = sum(page.unmet for page in pages)
    told = f"**Not as expected, or not decided: {unmet}.**" if unmet else "Every expectation is met."
    lines = ["# Proof report", "", told, "", "| spec | verdicts | not as expected |", "|---|---|---|"]
    lines += [f"| [{escaped(p.file)}]({p.slug}.md) | {_counts(p.counts)} | {p.unmet} |" for p in pages]
    lines += ["", f"Made by tcpverify {__version__}, and made again by:", "", *_code(command)]
    return "\n".join(lines) + "\n"


def page_text(page: Page) -> str:
    """All that is said of one spec."""
    met = (f"**Not as expected, or not decided: {page.unmet}.**" if page.unmet
           else "Every verdict that the spec expects is met.")  # fmt: skip
    lines = [f"# {escaped(page.file)}", "", f"{_counts(page.counts)}. {met}"]
    if page.quiet:
        lines.append(f"{page.quiet} automatic properties hold besides.")
    for d in page.docs:
        lines += ["", f"{escaped(d.name)}: {escaped(d.doc)}"] if d.doc else []
    lines += ["", "## Claims"]
    for check in page.checks:
        lines += _check(check, page)
    if page.others:
        lines += ["", "### Certificates that no check above asks for", "",
                  "Only `tcpverify recheck` compares them with the spec."]  # fmt: skip
    for one in page.others:
        lines += ["", *_certificate(one)]
    lines += ["", "## What is not claimed", "", *(f"- {escaped(text)}" for text in page.limits)]
    if page.params:
        lines += ["", "Parameters and their ranges:", "", *_code("\n".join(page.params))]
    if page.warnings:
        lines += ["", "Warnings about the spec:", "", *(f"- {escaped(text)}" for text in page.warnings)]
    lines += ["", *_coverage(page), "", *_again(page)]
    return "\n".join(lines) + "\n"


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{n} {escaped(word)}" for word, n in counts)


def _code(text: str) -> list[str]:
    """A block that nothing in it can end."""
    return [f"    {clean(line)}".rstrip() for line in text.split("\n")]


def _check(check: Checked, page: Page) -> Iterator[str]:
    d = check.declared
    yield from ("", f"### {escaped(d.name)}")
    yield from ("", escaped(d.doc)) if d.doc else ()
    yield from ("", _cited(d.cites)) if d.cites else ()
    yield from ("", *_code(d.text))
    for claim in check.claims:
        yield from ("", *_claim(claim, page))
    if check.quiet:
        yield from ("", f"{check.quiet} automatic properties hold besides.")


def _cited(cites: Sequence[str]) -> str:
    return f"Cites {escaped('; '.join(cites))}."


def _claim(claim: Claim, page: Page) -> Iterator[str]:
    judged = f" ({claim.judged})" if claim.judged else ""
    yield f"#### {escaped(claim.name)}: {_counts(claim.verdicts)}{judged}"
    yield from ("", *_code(claim.text)) if claim.text else ()
    yield from ("", _cited(claim.cites)) if claim.cites else ()
    for case in claim.cases:
        yield from ("", *_case(case, page))
    yield from ("", "Decided again by:", "", *_code(claim.command))
    for table in claim.tables:
        yield from ("", *([escaped(table.heading), ""] if table.heading else []), _row(table.heads))
        yield "|---" * len(table.heads) + "|"
        yield from map(_row, table.rows)
    for run in claim.runs:
        yield from ("", "A run that breaks it where the condition is not met:", "", *_code(run))
    if claim.obligations:
        yield from ("", "Refuted by solvers is the contrary of:", "")
        yield from (f"- {escaped(text)}" for text in claim.obligations)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def _case(case: Case, page: Page) -> Iterator[str]:
    where = f"{escaped(case.instance)}: " if case.instance else ""
    expected = f"expected: {escaped(case.expected)}" if case.expected else "nothing expected"
    judged = f", **{case.judged}**" if case.judged not in ("", "as expected") else ""
    yield (f"{where}**{escaped(case.verdict)}**, {escaped(case.evidence)} ({case.engine} engine; "
           f"{expected}{judged})")  # fmt: skip
    if case.shows:
        yield from ("", *_code("\n".join(case.shows)))
    if case.ladder is not None:
        yield from ("", *_run(case, page.ladders[case.ladder], f"{page.slug}.html#ladder-{case.ladder}"))
    if case.formulas:
        yield from ("", "The invariant:", "", *_code("\n".join(case.formulas)))
    for one in case.certificates:
        yield from ("", *_certificate(one))


def _run(case: Case, ladder: Ladder, link: str) -> Iterator[str]:
    """The steps of a run, or which claim above has the same; the picture is on the page."""
    if not case.drawn:
        yield f"It is [the run]({link}) of {escaped(ladder.title)}."
        return
    steps = ladder.steps
    yield f"[The run]({link}):"
    yield ""
    for row in steps.rows[1:]:
        again = "again and again: " if row.number == steps.opens else ""
        yield f"{row.number}. {again}{escaped(row.event)}"
    if steps.ending:
        yield from ("", f"{escaped(steps.ending)}.")


def _certificate(one: Certified) -> Iterator[str]:
    yield f"Certificate {escaped(one.folder)} about {escaped(one.about)}: {escaped(one.says)}"
    if one.wrong:
        yield f"**It is no evidence here: {escaped(one.wrong)}.**"
    yield f"Its manifest has the SHA-256 {one.digest} and names {one.files} files with theirs."
    yield "Checked again by:"
    yield from ("", *_code(one.command))


def _coverage(page: Page) -> Iterator[str]:
    yield from ("## Coverage", "", escaped(f"{page.coverage_note} {page.mutants_note}"))
    for c in page.coverage:
        yield from (
            "",
            f"{c.reached} of {c.total} {c.what} {c.done}." + (f" Not {c.done}:" if c.missed else ""),
        )
        yield from _places(c.missed)
        if c.unknown:
            yield from ("", f"Not known whether {c.done}:", *_places(c.unknown))


def _places(found: Sequence[tuple[str, str]]) -> Iterator[str]:
    if found:
        yield ""
        yield from (f"- {escaped(text)}" + (f" ({escaped(place)})" if place else "") for text, place in found)


def _again(page: Page) -> Iterator[str]:
    yield from ("## How to reproduce", "", *_code(page.command), "")
    yield from ("| file | SHA-256 |", "|---|---|", *(_row(row) for row in page.digests), "")
    yield from ("| version | |", "|---|---|", *(_row(row) for row in page.versions))
