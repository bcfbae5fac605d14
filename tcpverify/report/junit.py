"""JUnit XML as Jenkins, GitLab and others read it: a suite for each check, a case for each expectation.

The members are those of the schema of Jenkins' xUnit plugin (junit-10.xsd). There are no times in it: the
same verdicts give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tcpverify.report.gate import Case, Gate

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2, `Char`) has no place for, not even escaped."""


def junit(gate: Gate) -> str:
    """A document with a line end. An expectation that is not met is a `failure`, one that was not decided an
    `error`; both have the ladder and the command that shows it again as their text."""
    groups = [(key, list(cases)) for key, cases in groupby(gate.cases, key=lambda c: (c.file, c.suite))]
    root = Element("testsuites", {"name": "tcpverify", **_counts(gate.cases)})
    for number, ((file, suite), cases) in enumerate(groups):
        name = f"{file}: {suite}" if file else suite
        node = SubElement(root, "testsuite", {"name": legal(name), "id": str(number), **_counts(cases)})
        for case in cases:
            _add(node, case)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def legal(text: str) -> str:
    """The text without what XML cannot hold."""
    return _ILLEGAL.sub("", text)


def _add(suite: Element, case: Case) -> None:
    group = f"{case.file}.{case.suite}" if case.file else case.suite
    node = SubElement(suite, "testcase", name=legal(case.name), classname=legal(group))
    found = case.finding
    if found is not None:
        kind = "error" if case.inconclusive else "failure"
        body = SubElement(node, kind, type=found.rule, message=legal(found.message))
        at = f"{found.place.path}:{found.place.line}: " if found.place else ""
        body.text = legal(f"{at}{found.message}\n\n{found.details}".rstrip() + "\n")


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    failures = sum(c.finding is not None and not c.inconclusive for c in cases)
    errors = sum(c.finding is not None and c.inconclusive for c in cases)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
