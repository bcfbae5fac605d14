"""Findings as GitLab's code-quality report: an array of objects after Code Climate's issue format."""

from __future__ import annotations

import json

from tcpverify.report.gate import Finding, Gate
from tcpverify.report.json import Json, encodable

SEVERITIES = {"error": "major", "warning": "minor"}


def gitlab(gate: Gate) -> str:
    """A JSON array with a line end."""
    return json.dumps([encodable(_issue(f)) for f in gate.findings], indent=2, ensure_ascii=True) + "\n"


def _issue(found: Finding) -> Json:
    """A finding; one without a place is shown at the root, for GitLab takes none without."""
    place = found.place
    return {
        "description": found.message,
        "check_name": found.rule,
        "fingerprint": found.fingerprint,
        "severity": SEVERITIES[found.level],
        "location": {
            "path": "." if place is None else place.path,
            "lines": {"begin": 1 if place is None else place.line},
        },
    }
