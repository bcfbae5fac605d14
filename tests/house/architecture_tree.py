"""The tree of ARCHITECTURE.md from the files and their docstrings; run it to write the tree anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tcpverify"
PAGE = ROOT / "ARCHITECTURE.md"
BLOCK = re.compile(r"(?<=```tree\n).*?(?=```)", re.DOTALL)

UNTOLD = ("__init__.py", "py.typed")
WIDEST = 108

DATA = {
    "grammar.lark": "the grammar, readable from top to bottom",
    "grammar.json": "its parse tables, generated",
}


def files() -> list[str]:
    """The files that the tree names, relative to the root."""
    return sorted(
        f.relative_to(ROOT).as_posix()
        for f in PACKAGE.rglob("*")
        if f.is_file()
        and f.name not in UNTOLD
        and not any(part == "__pycache__" or part.startswith(".") for part in f.relative_to(ROOT).parts)
    )


def purpose(path: Path) -> str:
    """What a file is for: the first sentence of its docstring, shortened at a comma or the like."""
    if path.suffix != ".py":
        return DATA.get(path.name, "")
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    text = re.split(r"\.(?: |$)", text, maxsplit=1)[0]
    for signs in (";", ":", ","):
        while len(text) > WIDEST and f"{signs} " in text:
            text = text.rpartition(f"{signs} ")[0]
    return text


def tree() -> str:
    """The block between the fences."""

    def lines(folder: Path, depth: int) -> Iterator[str]:
        here = [ROOT / f for f in files() if (ROOT / f).is_relative_to(folder)]
        for file in sorted(f for f in here if f.parent == folder):
            name = file.stem if file.suffix == ".py" else file.name
            yield f"{'  ' * depth}{name:<{24 - 2 * depth}}  {purpose(file)}".rstrip()
        for sub in sorted({folder / f.relative_to(folder).parts[0] for f in here if f.parent != folder}):
            yield f"{'  ' * depth}{sub.name}/"
            yield from lines(sub, depth + 1)

    return "\n".join([f"{PACKAGE.name}/", *lines(PACKAGE, 1)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(BLOCK.sub(lambda _: tree(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
