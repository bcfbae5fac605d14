"""What mkdocs does with the pages of docs/ that a code host shows as they are.

README.md becomes the first page. Files outside docs/ that a page links to (specs, sources) become pages
themselves, so that the site is whole without a code host. Links to anything else there keep their text only.
What a fence says of its example for the tests (its file, its diagnostic, its exit code) becomes the title.
"""

from __future__ import annotations

import posixpath
import re
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent
FENCE = re.compile(r"^(```\w+) ([^\n]*)$", re.MULTILINE)
TOLD = re.compile(r"(?:file=(\S+)|((?:error|warning) TV\d+)|exit (\d+))")
SHORT = re.compile(r"<code>([^<>\s]{1,24})</code>")
FENCED = re.compile(r"(^```.*?^```[ \t]*$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\(([^()\s#:]+)(#[^()\s]*)?\)")
HOME = "README.md"
SHOWN = {".md", ".tcpv", ".py", ".yml", ".toml", ".lark", ".json"}
"""The kinds of files that become pages."""


def target(page: str, link: str) -> str:
    """The path that a link of a page leads to; both paths are relative to the repository."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def place(path: str) -> str:
    """Where a file of the repository stands in the site, relative to docs/."""
    if path == HOME:
        return "index.md"
    return path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path}.md"


def outside(text: str) -> set[str]:
    """The files outside docs/ that a page of docs/ links to."""
    paths = {target("docs/x", m[2]) for part in FENCED.split(text)[::2] for m in LINK.finditer(part)}
    return {
        p for p in paths if not p.startswith("docs/") and (ROOT / p).suffix in SHOWN and (ROOT / p).is_file()
    }


def linked(text: str, page: str, known: set[str]) -> str:
    """The text of a page of the repository with its links as the site has them."""

    def moved(match: re.Match[str]) -> str:
        words, link, anchor = match[1], match[2], match[3] or ""
        path = target(page, link)
        if place(path) not in known:
            return words
        return f"[{words}]({posixpath.relpath(place(path), posixpath.dirname(place(page)) or '.')}{anchor})"

    parts = FENCED.split(text)
    parts[::2] = [LINK.sub(moved, part) for part in parts[::2]]
    return FENCE.sub(titled, "".join(parts))


def titled(match: re.Match[str]) -> str:
    """The opening of a fence with what a reader wants to know of its words as the title."""
    told = [file or diagnostic or f"exit code {code}" for file, diagnostic, code in TOLD.findall(match[2])]
    return f'{match[1]} title="{", ".join(told)}"' if told else match[1]


def shown(path: str) -> str:
    """A file of the repository as the text of a page."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    lines = "".join(f'<span id="L{i}">{escape(x)}\n</span>' for i, x in enumerate(text.splitlines(), 1))
    head = f"---\nsearch:\n  exclude: true\nhide:\n  - toc\n---\n# {posixpath.basename(path)}\n\n`{path}`\n\n"
    return f'{head}<pre class="lines"><code>{lines}</code></pre>\n'


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that are made of files outside docs/."""
    more = {HOME}
    for file in files.documentation_pages():
        more |= outside(Path(file.abs_src_path or "").read_text(encoding="utf-8"))
    for path in sorted(more):
        files.append(File.generated(config, place(path), content=shown(path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links of the site, and fences with nothing but their language."""
    del config
    uri = page.file.src_uri
    path = HOME if uri == "index.md" else f"docs/{uri}"
    if uri.startswith("repository/"):
        path = uri.removeprefix("repository/").removesuffix(".md")
        if not path.endswith(".md"):
            return markdown
    return linked(markdown, path, {file.src_uri for file in files})


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Short words of code, such as options, are not broken at their hyphens."""
    del page, config, files
    return SHORT.sub(r'<code class="short">\1</code>', html)
