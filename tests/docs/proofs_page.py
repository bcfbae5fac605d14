"""The table of docs/proofs.md, made from the manifests: `python tests/docs/proofs_page.py` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from doc_blocks import ROOT, by_hand

PAGE = ROOT / "docs/proofs.md"
MARK = "<!-- theorems -->\n"


def manifests() -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Every certificate: its name, and its manifest."""
    for path in sorted((ROOT / "proofs").rglob("manifest.json")):
        name = path.parent.relative_to(ROOT / "proofs").as_posix()
        yield name, path, json.loads(path.read_text(encoding="utf-8"))


def contents() -> Iterator[str]:
    """A table of all theorems."""
    yield "| certificate | |\n|---|---|"
    for name, _, manifest in manifests():
        said = f"`{manifest['says']}`".replace("|", "\\|")
        refuted = "refuted: " if manifest.get("shows") == "violated" else ""
        yield f"| [{name}](#{name.lower().replace('/', '')}) | {refuted}{said} |"


def theorems() -> Iterator[str]:
    """A section for every certificate."""
    for heading, path, manifest in manifests():
        settings = "".join(f", {name} = {value}" for name, value in manifest["params"].items())
        rows = [
            ("refuted" if manifest.get("shows") == "violated" else "theorem", f"`{manifest['says']}`"),
            ("of", f"`{manifest['spec']}`, scenario `{manifest['scenario']}`{settings}"),
            *([("the spec says", manifest["model"])] if manifest.get("model") else []),
            ("network", manifest["network"]),
            *(("assumes", one) for one in manifest["assumes"]),
            ("system", f"`{manifest['system']}`"),
            ("manifest", f"`{sha256(path.read_bytes()).hexdigest()}`"),
        ]
        lines = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in rows]
        yield "\n".join([f"### {heading}", "", "| | |", "|---|---|", *lines]) + "\n"


def page() -> str:
    """The text of the page."""
    return by_hand(PAGE, MARK) + "\n" + "\n".join([*contents(), "", *theorems()])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
