"""reports/ is whole, and of the specs as they are; that `report` writes just its bytes, CI sees."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from doc_blocks import ROOT

REPORTS = ROOT / "reports"
NAMED = re.compile(r"^\| (specs/\S+\.tcpv) \| ([0-9a-f]{64}) \|$", re.MULTILINE)
AGAIN = "out of date: tcpverify report specs --output reports"


def digest(text: bytes) -> str:
    return sha256(text).hexdigest()


def test_the_files_are_those_of_the_manifest() -> None:
    files = json.loads((REPORTS / "manifest.json").read_text())["files"]
    kept = {name: known for name, known in files.items() if known is not None}
    assert {name: digest((REPORTS / name).read_bytes()) for name in kept} == kept
    here = {path.name for path in REPORTS.iterdir()} - {"manifest.json"}
    assert here - files.keys() == set()


def test_it_is_of_these_specs() -> None:
    """Each page names the SHA-256 of the texts that it was made of, and each spec with checks has a page."""
    pages = [page.read_text(encoding="utf-8") for page in REPORTS.glob("*.md")]
    named = {(name.replace("\\", ""), known) for page in pages for name, known in NAMED.findall(page)}
    for name, known in sorted(named):
        path = ROOT / name
        assert path.exists() and digest(path.read_bytes()) == known, f"{name}: {AGAIN}"
    specs = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "specs").rglob("*.tcpv")
        if re.search(r"^check ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert specs <= {name for name, _ in named}, AGAIN


def test_it_was_made_with_what_ci_installs() -> None:
    """The solvers that it names are those of .ci/constraints.txt."""
    page = (REPORTS / "abp.md").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / ".ci/constraints.txt").read_text(), re.MULTILINE))
    assert f"| z3 | {pinned['z3-solver']} |" in page
    assert f"| cvc5 | {pinned['cvc5']} |" in page
