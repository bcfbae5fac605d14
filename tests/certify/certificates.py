"""Shipped certificates, in a folder to be tampered with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tcpverify.limits import Limits
from tcpverify.pipeline.proofs import recheck

ROOT = Path(__file__).resolve().parents[2]
SPECS, PROOFS = ROOT / "specs", ROOT / "proofs"
SHIPPED = Path("handshake_unbounded", "no_phantom")
SPEC = "handshake_unbounded.tcpv"


class Tampered:
    """A copy of a certificate, and of its spec."""

    def __init__(self, folder: Path, shipped: Path = SHIPPED, spec: str = SPEC) -> None:
        self.proofs, self.specs = folder / "proofs", folder / "specs"
        self.at = self.proofs / shipped
        shutil.copytree(PROOFS / shipped, self.at)
        self.specs.mkdir()
        shutil.copy(SPECS / spec, self.specs / spec)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace text of a file, once."""
        path = self.at / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def manifest(self, edit: Callable[[dict[str, Any]], object]) -> None:
        """Edit the manifest."""
        path = self.at / "manifest.json"
        document = json.loads(path.read_text())
        edit(document)
        path.write_text(json.dumps(document, indent=1) + "\n")

    def sign(self) -> None:
        """Bring the manifest's digests up to date, as a forger would."""
        files = {
            p.name: sha256(p.read_bytes()).hexdigest() for p in self.at.iterdir() if p.name != "manifest.json"
        }
        self.manifest(lambda m: m.update(files=dict(sorted(files.items()))))

    def problems(self) -> list[str]:
        """What is found wrong."""
        checked = list(recheck(self.proofs, self.specs, Limits()))
        return [p for c in checked for p in c.problems]


@pytest.fixture
def tampered(tmp_path: Path) -> Tampered:
    return Tampered(tmp_path)
