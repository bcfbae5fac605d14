"""Proof reports as HTML: each page one file without a network, all text of specs escaped by the templates.

The policy of a page (Content Security Policy 3, section 2.3.1) names its one style sheet and its one script
by their SHA-256, so that nothing else that might get into it can act.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpverify import __version__
from tcpverify.render.text import clean
from tcpverify.report.claims import Page

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def spec_page(page: Page) -> str:
    """The page about one spec."""
    return _made("page.html", page=page)


def index_page(pages: Sequence[Page], command: str) -> str:
    """The page that leads to the others, with every claim to search in; `command` makes it again."""
    return _made("index.html", pages=pages, command=command)


def _made(name: str, **given: Any) -> str:
    environment = _environment()
    return environment.get_template(name).render(version=__version__, **given) + "\n"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: object) -> object:
        """What is invisible in a text, or could turn its direction, is shown as an escape."""
        if isinstance(value, str) and not isinstance(value, Markup):
            return "\n".join(clean(line) for line in value.replace("\t", "    ").split("\n"))
        return value

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _text("style.css"), _text("script.js")
    made.globals["style"] = Markup(style)
    made.globals["script"] = Markup(script)
    made.globals["policy"] = (
        f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    made.filters["drawing"] = Markup
    return made


def _text(name: str) -> str:
    """A style sheet or a script as a page has it: without what only its authors read. It has no string that
    a space before or after a line break belongs to."""
    lines = (line.strip() for line in (TEMPLATES / name).read_text(encoding="utf-8").split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _allowed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
