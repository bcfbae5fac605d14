"""What became of a spec's mutants, kept for its reports: `tcpverify mutate --output FILE` writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tcpverify.records import record
from tcpverify.report.claims import Reached

MOST_BYTES = 16 << 20


@record
class Mutants:
    """What is kept of a spec's mutants: how many were killed and which were not; None if nothing fits. `note`
    says what was measured, or why there is nothing to tell."""

    killed: Reached | None
    note: str


def kept_text(document: Mapping[str, Any], checks: Sequence[str], digests: Sequence[tuple[str, str]]) -> str:
    """The file to keep: the document of `suite_document` with the names of the checks that were asked for
    (empty: all) and the SHA-256 of the texts that it is about; how much of it was known is no part of it."""
    document = {name: value for name, value in document.items() if name != "known"}
    return json.dumps({**document, "checks": list(checks), "digests": dict(digests)}, indent=1) + "\n"


def mutants(folder: Path, slug: str, digests: Sequence[tuple[str, str]]) -> Mutants:
    """What is kept of a spec under a folder, as far as it is about these very texts."""
    path = folder / f"{slug}.json"
    if not path.is_file() or path.is_symlink() or path.stat().st_size > MOST_BYTES:
        return Mutants(None, "How many mutants its checks notice was not measured.")
    try:
        return _mutants(json.loads(path.read_text(encoding="utf-8")), [text for _, text in digests])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Mutants(None, "What is kept of its mutants cannot be read.")


def _mutants(said: Any, texts: Sequence[str]) -> Mutants:
    """Raises ValueError, KeyError, TypeError, AttributeError."""
    if sorted(said["digests"].values()) != sorted(texts):
        return Mutants(None, "What is kept of its mutants is about another text of this spec.")
    if not said["complete"] or said["not_tried"]:
        return Mutants(None, "What is kept of its mutants is not about all of them.")
    tried = [m for m in said["mutants"] if m["fate"] in ("killed", "survived", "undecided")]
    alive = [m for m in tried if m["fate"] != "killed"]
    missed = tuple((f"{m['operator']} ({m['where']}): {m['what']}", str(m["place"])) for m in alive)
    killed = Reached("mutants", len(tried) - len(alive), len(tried), missed, "killed")
    asked = f", of the checks {', '.join(said['checks'])} only" if said["checks"] else ""
    counts = said["counts"]
    note = (
        f"Mutants were put to {int(said['instances'])} instances{asked}, and {len(said['left_out'])} were "
        f"left out; no check gets to {int(counts['unreached'])} more mutants, which are not counted."
    )
    return Mutants(killed, note)
