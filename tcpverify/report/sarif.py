"""Findings as SARIF 2.1.0 (OASIS Standard, 27 March 2020): rules, places, counterexamples as code flows."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from tcpverify import __version__
from tcpverify.report.gate import RULES, Finding, Gate, Place, Stop, meanings
from tcpverify.report.json import Json, dumps

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
"""What paths are relative to; where that is, is for the reader to say (section 3.14.14)."""


def sarif(gate: Gate) -> str:
    """A log of one run, with a line end."""
    codes = sorted({f.rule for f in gate.findings} - RULES.keys())
    rules = {name: i for i, name in enumerate([*RULES, *codes])}
    run: Json = {
        "tool": {"driver": {"name": "tcpverify", "version": __version__, "rules": list(map(_rule, rules))}},
        "invocations": [{"executionSuccessful": gate.whole, "exitCode": gate.exit}],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the project."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, rules[f.rule]) for f in gate.findings],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(name: str) -> Json:
    meaning = meanings()[name]
    return {"id": name, "shortDescription": {"text": meaning}, "fullDescription": {"text": meaning},
            "help": {"text": "docs/gates.md and `tcpverify codes` say more."}}  # fmt: skip


def _result(found: Finding, rule: int) -> Json:
    text = found.message + (f"\nTo see it again: {found.again}" if found.again else "")
    result: Json = {
        "ruleId": found.rule,
        "ruleIndex": rule,
        "level": found.level,
        "message": {"text": text},
        "locations": [] if found.place is None else [_location(found.place)],
        "partialFingerprints": {
            "tcpverifyFinding/v1": found.fingerprint,
            "primaryLocationLineHash": f"{found.fingerprint[:16]}:1",
        },
    }
    if found.stops:
        flow = {"message": {"text": "The counterexample."}, "threadFlows": list(_threads(found))}
        result["codeFlows"] = [flow]
    if found.related:
        result["relatedLocations"] = [
            {"id": i, **_location(place), "message": {"text": text}}
            for i, (text, place) in enumerate(found.related)
        ]
    return result


def _threads(found: Finding) -> Iterable[Json]:
    """A thread for each endpoint that acts, and one for the network; the steps keep their numbers."""
    for who in dict.fromkeys(stop.who for stop in found.stops):
        stops = [stop for stop in found.stops if stop.who == who]
        yield {"id": who, "locations": [_step(stop, found.place) for stop in stops]}


def _step(stop: Stop, otherwise: Place | None) -> Json:
    """A step at its handler; at the expectation, if it has none."""
    place = stop.place or otherwise
    location = {} if place is None else _location(place)
    return {
        "location": {**location, "message": {"text": f"{stop.number}. {stop.text}"}},
        "executionOrder": stop.number,
        "importance": "essential",
    }


def _location(place: Place) -> Json:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"physicalLocation": {"artifactLocation": _artifact(place), "region": region}}


def _artifact(place: Place) -> Json:
    """A relative URI (RFC 3986): every byte but letters, digits, `_.-~/` is percent-encoded."""
    uri = quote(place.path.encode("utf-8", "surrogateescape"), safe="/")
    return {"uri": uri, "uriBaseId": ROOT} if place.inside else {"uri": uri}
