"""The site of the documentation builds without a warning, is whole, and loads nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from doc_blocks import ROOT

pytest.importorskip("material", reason="the site needs the extra docs")


def test_site(tmp_path: Path) -> None:
    """Links lead somewhere (strict), specs are pages with a place for each line, fences are code with what
    they tell as a title, and what the RFC has in angle brackets is text."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    pages = {
        p.relative_to(tmp_path).as_posix(): p.read_text(encoding="utf-8") for p in tmp_path.rglob("*.html")
    }
    assert 'id="L5"' in pages["repository/specs/handshake.tcpv/index.html"]
    assert "repository/specs/handshake.tcpv/#L" in pages["claims/index.html"]
    assert "```" not in re.sub(r"<pre.*?</pre>", "", pages["tutorial/index.html"], flags=re.DOTALL)
    titles = re.findall(r'<span class="filename">([^<]*)</span>', pages["tutorial/index.html"])
    assert {"two_way.tcpv", "exit code 1"} <= set(titles)
    assert "error TV302" in pages["language/index.html"]
    assert "&lt;SEQ=ISS&gt;" in pages["rfc9293/index.html"]
    for name, text in pages.items():
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"?(https?:[^\s\">]*)", text)
        assert not loaded, f"{name} loads {loaded}"
