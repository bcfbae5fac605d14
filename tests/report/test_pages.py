"""The pages of a report, looked at as text and in a browser: what a spec says is shown and does nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cli.specs import MET

from report.browser import PROGRAM, Browser, browser
from tcpverify.pipeline import Request, load, verify
from tcpverify.pipeline.proof_report import Telling, write_report
from tcpverify.pipeline.report import draw_machines

EVIL = "</script></style></title></svg>--><script>evil()</script><img src=x onerror=evil()> {{ 'j' * 7 }}"
"""What would act if it were not shown as text."""

HOSTILE = MET.replace("protocol tiny {", f'protocol tiny {{\n  doc "{EVIL}"').replace(
    "check c {\n", f'check c cite "{EVIL}" {{\n  doc "{EVIL}"  # {EVIL}\n'
)
NAME = "\u202e<img src=x onerror=evil()>&amp;'\"`|[x](y).tcpv"


def report(folder: Path, text: str, name: str) -> Path:
    """A report of a spec of this text in a file of this name; the folder that it is in."""
    path = folder / name
    path.write_text(text)
    spec = load(path)
    outcome = verify(spec, Request())
    assert outcome.results, outcome.diagnostics
    telling = Telling(
        folder / "proofs",
        folder / "suites",
        f"tcpverify report '{EVIL}'",
        lambda r: ["verify", r.file, EVIL],
        (),
    )
    write_report(folder / "out", [spec], outcome, draw_machines([spec]), telling)
    return folder / "out"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(tmp_path_factory.mktemp("hostile"), HOSTILE, NAME)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium")
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


class _Parsed(HTMLParser):
    """The elements of a page with their attributes, and its text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._raw = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._raw = self._raw and tag not in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.words.append(data)


def pages(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.html"))
    assert len(found) == 2
    return found


def test_hostile_texts_are_text(hostile: Path) -> None:
    """No element, attribute or address comes from a spec; what it says is there to be read."""
    for path in pages(hostile):
        parsed = _Parsed(path.read_text())
        tags = [tag for tag, _ in parsed.elements]
        assert tags.count("script") == tags.count("style") == 1
        assert "img" not in tags
        for tag, attributes in parsed.elements:
            assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")], tag
            address = attributes.get("href") or ""
            assert re.fullmatch(r"#[\w-]*|[\w-]+\.(html|md)(#[\w-]+)?|data:,|", address), address
        text = "".join(parsed.words)
        assert "\u202e" not in text
        assert "jjjjjjj" not in text
    spec = _Parsed(next(p for p in pages(hostile) if p.name != "index.html").read_text())
    assert "".join(spec.words).count("<script>evil()</script><img src=x onerror=evil()> {{ 'j' * 7 }}") >= 4


def test_hostile_markdown(hostile: Path) -> None:
    """No line of a spec's text begins a tag or a link outside of code."""
    for path in hostile.glob("*.md"):
        for line in path.read_text().splitlines():
            if not line.startswith("    "):
                assert not re.search(r"(?<!\\)<", line), line
                assert "](y)" not in line.replace("\\", "\\\\").replace("\\\\]", ""), line


def test_one_file_name_for_one_spec(hostile: Path) -> None:
    assert all(re.fullmatch(r"[\w-]+(\.[a-z]+)+", p.name) for p in hostile.iterdir())


def test_no_duplicate_ids(hostile: Path) -> None:
    for path in pages(hostile):
        ids = [a["id"] for _, a in _Parsed(path.read_text()).elements if "id" in a]
        assert len(ids) == len(set(ids))


# --- In a browser ------------------------------------------------------------------------------------


def test_nothing_acts_and_nothing_is_loaded(chromium: Browser, hostile: Path) -> None:
    """The policy lets our own script and style pass and is told of nothing else."""
    chromium.problems.clear()
    for path in pages(hostile):
        chromium.requests.clear()
        chromium.open(path)
        assert chromium.run("getComputedStyle(document.querySelector('.claim')).borderRadius") == "8px"
        assert chromium.run("typeof evil") == "undefined"
        assert {r for r in chromium.requests if not r.startswith("data:")} == {path.resolve().as_uri()}
        assert chromium.problems == []


def test_an_injected_script_would_not_run(chromium: Browser, hostile: Path, tmp_path: Path) -> None:
    """The other way round: with a script that is not ours in the page, the policy refuses it."""
    path = next(p for p in pages(hostile) if p.name != "index.html")
    other = tmp_path / "injected.html"
    other.write_text(path.read_text().replace("<main", "<script>window.ran = 1</script><main"))
    chromium.open(other)
    assert chromium.run("typeof ran") == "undefined"
    chromium.problems.clear()


@pytest.fixture
def page(chromium: Browser, hostile: Path) -> Browser:
    chromium.open(next(p for p in pages(hostile) if p.name != "index.html"))
    return chromium


WHERE = "document.querySelector('.where').textContent"
STATE = "[...document.querySelectorAll('.now > div')].map(d => d.querySelector('dd')?.textContent)"


def test_stepping(page: Browser) -> None:
    """Buttons and arrow keys go through the ladder; each endpoint's state is that of the step."""
    page.run("document.querySelector('details.ladder > summary').click()")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert page.run(WHERE).startswith("Start")
    assert page.run(STATE)[:2] == ["IDLE", "IDLE"]
    veiled = "+document.querySelector('.veil').getAttribute('height')"
    assert page.run(veiled) > 0
    page.run("document.querySelector('[data-go=next]').click()")
    assert page.run(WHERE) == "Step 1 of 1: A calls go"
    assert page.run(STATE)[:2] == ["DONE", "IDLE"]
    assert page.run("[...document.querySelectorAll('.now mark')].map(m => m.textContent)")[0] == "DONE"
    assert page.run(veiled) == 0
    page.run("document.querySelector('details.ladder figure').focus()")
    page.press("ArrowLeft")
    assert page.run(WHERE).startswith("Start")
    page.press("End")
    assert page.run(WHERE).startswith("Step 1")
    page.press("Home")
    page.press("ArrowRight")
    assert page.run(WHERE).startswith("Step 1")


SHOWN = "[...document.querySelectorAll('.claim')].filter(c => !c.hidden).length"


def choose(page: Browser, name: str, value: str) -> int:
    """Set a filter; how many claims are shown then."""
    page.run(f"(() => {{ const e = document.forms[0].elements.{name}; e.value = {value!r};"
             "e.dispatchEvent(new Event('input', {bubbles: true})); })()")  # fmt: skip
    return int(page.run(SHOWN))


def test_filtering(page: Browser) -> None:
    every = page.run(SHOWN)
    assert every == 5
    assert choose(page, "verdict", "violated") == 2
    assert choose(page, "text", "no_dead") == 1
    assert page.run("document.querySelector('.filters output').textContent") == "1 of 5 claims"
    assert choose(page, "verdict", "holds") == 0
    assert page.run("document.querySelector('.check').hidden")
    choose(page, "text", "")
    assert choose(page, "verdict", "") == every


def test_filtering_the_index(chromium: Browser, hostile: Path) -> None:
    """By spec too, whatever its name is."""
    chromium.open(hostile / "index.html")
    name = chromium.run("document.forms[0].elements.spec.options[1].value")
    assert "onerror" in name
    opened = "[...document.querySelectorAll('.group')].filter(g => g.open && !g.hidden).length"
    assert chromium.run(opened) == 0
    chromium.run("document.forms[0].elements.spec.selectedIndex = 1")
    assert choose(chromium, "verdict", "reachable") == 1
    assert chromium.run(opened) == 1


CONTRAST = """(() => {
  const light = (c) => c.map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  let worst = [99, ""];
  document.querySelectorAll("details").forEach((d) => { d.open = true; });
  for (const e of document.querySelectorAll("body *:not(svg *):not(script)")) {
    if (e.disabled || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const own = numbers(getComputedStyle(e).color).slice(0, 3);
    const [a, b] = [light(own), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 200)];
  }
  return worst;
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_contrast_and_width(chromium: Browser, hostile: Path, width: int, dark: bool) -> None:
    """All text has the contrast of WCAG 2.2, 1.4.3 (4.5 to 1), and no page is wider than the screen."""
    for path in pages(hostile):
        chromium.open(path, width, 844, dark)
        ratio, where = chromium.run(CONTRAST)
        assert ratio >= 4.5, where
        chromium.run("new Promise(done => setTimeout(done, 100))")
        assert chromium.run("document.documentElement.scrollWidth") <= width
