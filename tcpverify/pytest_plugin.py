"""The pytest plugin: specs are collected like tests, an item for each expectation of each instance.

`pytest` loads this at its start, in any project, so nothing of ours is imported before a spec is found, and
no engine before an item runs.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tcpverify.diagnostics import Diagnostic
    from tcpverify.pipeline.load import Spec
    from tcpverify.pipeline.plan import Planned, Request
    from tcpverify.result import AnyResult, Outcome
    from tcpverify.source import Span

SUFFIX = ".tcpv"
FILES = "tcpverify_files"
AUTOMATIC = "automatic"
"""The item for all that nobody asked for."""

Labels = tuple[tuple[str, str], ...]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which specs are collected where no file is named."""
    told = "patterns (of pathlib) of the specs to collect; files named on the command line always are"
    parser.addini(FILES, told, type="args", default=[f"*{SUFFIX}"])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """A spec, unless the patterns leave it out."""
    if file_path.suffix != SUFFIX:
        return None
    wanted = any(file_path.match(pattern) for pattern in parent.config.getini(FILES))
    if not (wanted or parent.session.isinitpath(file_path)):
        return None
    return SpecFile.from_parent(parent, path=file_path)  # type: ignore[no-any-return, unused-ignore]


class SpecFile(pytest.File):
    """A spec: a node for each of its checks."""

    def collect(self) -> Iterator[CheckNode]:
        """Raises CollectError with all that is wrong in the spec."""
        from tcpverify.diagnostics import Collector, ModelError
        from tcpverify.limits import silent
        from tcpverify.pipeline.jobs import Jobs
        from tcpverify.pipeline.load import load
        from tcpverify.pipeline.plan import Request

        root = self.config.rootpath
        path = Path(os.path.relpath(self.path))
        collector = Collector()
        try:
            spec = load(path, root if self.path.is_relative_to(root) else None)
            with Jobs([spec], Request(), silent) as jobs:
                planned = jobs.planned(0)
            collector.add(planned.problems)
            collector.finish()
        except ModelError as error:
            raise self.CollectError(in_words(error.diagnostics)) from None
        for name in spec.program.checks:
            rows = [p for p in planned.rows if p.instance.check.name.text == name]
            yield CheckNode.from_parent(self, name=name, spec=spec, rows=rows)


class CheckNode(pytest.Collector):
    """A check: an item for each expectation of each instance, and one an instance for all that is decided
    besides. An instance is decided once, by the first of its items that runs in this process."""

    def __init__(self, *, spec: Spec, rows: list[Planned], name: str, parent: SpecFile) -> None:
        super().__init__(name, parent)
        self.path = parent.path
        self.spec = spec
        self.rows = rows
        self._decided: dict[Labels, Outcome] = {}

    def collect(self) -> Iterator[ExpectationItem]:
        """The items, their names all different."""
        seen: Counter[str] = Counter()
        for labels, subject, place in _asked(self.rows):
            instance = ",".join(f"{n}={v}" for n, v in labels)
            name = subject.replace(" ", "_") + (f"[{instance}]" if instance else "")
            seen[name] += 1
            number = seen[name]
            full = name if number == 1 else f"{name}#{number}"
            yield ExpectationItem.from_parent(self, name=full, labels=labels, subject=subject, place=place)

    @property
    def spoken(self) -> set[str]:
        """What the items of the check are about."""
        return {subject for _, subject, _ in _asked(self.rows)} - {AUTOMATIC}

    def request(self, labels: Labels) -> Request:
        """The request for one instance; beside other workers it has one thread."""
        from tcpverify.limits import Limits
        from tcpverify.pipeline.plan import Request

        threads = 1 if "PYTEST_XDIST_WORKER" in os.environ else None
        return Request((self.name,), params=dict(labels), limits=Limits(threads=threads))

    def outcome(self, labels: Labels) -> Outcome:
        """Everything about an instance."""
        from tcpverify.pipeline.check import verify

        if labels not in self._decided:
            self._decided[labels] = verify(self.spec, self.request(labels))
        return self._decided[labels]


class ExpectationItem(pytest.Item):
    """One expectation of one instance."""

    def __init__(
        self, *, labels: Labels, subject: str, place: Span | None, name: str, parent: CheckNode
    ) -> None:
        super().__init__(name, parent)
        self.path = parent.path
        self.check, self.labels, self.subject, self.place = parent, labels, subject, place

    def runtest(self) -> None:
        """Raises NotMetError if the expectation is not met, or if it cannot be told."""
        outcome = self.check.outcome(self.labels)
        wrong = (*outcome.failures, *outcome.errors)
        if wrong:
            raise NotMetError(in_words(wrong))
        mine = list(self._mine(outcome))
        if outcome.interrupted:
            raise KeyboardInterrupt
        if not (mine or self.subject == AUTOMATIC):
            raise NotMetError(f"{self.subject} was not decided")
        unmet = [result for result in mine if not result.met]
        if unmet:
            raise NotMetError("\n".join(map(self._told, unmet)))

    def _mine(self, outcome: Outcome) -> Iterable[AnyResult]:
        """The results that this item is about."""
        from tcpverify.report.gate import subject

        if self.subject != AUTOMATIC:
            return (r for r in outcome.results if subject(r) == self.subject and r.place == self.place)
        return (r for r in outcome.results if subject(r) not in self.check.spoken)

    def _told(self, result: AnyResult) -> str:
        from tcpverify.cli.ladders import reproduce
        from tcpverify.report.gate import unmet

        request = self.check.request(())
        found = unmet(result, lambda r: shlex.join(reproduce(r, request)), self.config.rootpath)
        return f"{found.message}\n\n{found.details}".rstrip() + "\n"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *style: Any, **styles: Any) -> str:
        """What is not met, with its ladder and the command that shows it again."""
        if isinstance(excinfo.value, NotMetError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, *style, **styles))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file, the line of the `expect` from 0, the name."""
        line = None if self.place is None else self.place.line - 1
        return self.path, line, f"{self.check.name}: {self.name}"


class NotMetError(Exception):
    """An expectation is not met; the message is what is shown."""


def _asked(rows: Iterable[Planned]) -> Iterator[tuple[Labels, str, Span | None]]:
    """Of each instance what is expected, in the order of the text, and that there is more that is decided
    (not of a `find condition`, which decides nothing else)."""
    told: set[tuple[Labels, object]] = set()
    order: dict[Labels, list[tuple[str, Span | None]]] = {}
    more: set[Labels] = set()
    for p in rows:
        find = p.find
        labels = p.instance.labels if find is None else find.labels
        asked = order.setdefault(labels, [])
        if p.condition is not None:
            asked.append((f"condition on {', '.join(p.condition.parameters)}", p.condition.item.span))
            continue
        more.add(labels)
        if find is not None:
            if (labels, id(find)) not in told:
                asked.append((find.name, find.item.span))
            told.add((labels, id(find)))
        else:
            places = p.instance.places
            asked += [(name, places.get(name)) for name in p.instance.properties]
            if p.instance.states is not None:
                asked.append(("states", p.instance.states_at))
    for labels, asked in order.items():
        yield from ((labels, subject, place) for subject, place in asked)
        if labels in more:
            yield labels, AUTOMATIC, None


def in_words(diagnostics: Iterable[Diagnostic]) -> str:
    """Diagnostics as text without colours."""
    from tcpverify.render.diagnostic import diagnostic

    return "\n".join(diagnostic(d, False) for d in diagnostics)
