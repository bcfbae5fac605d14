"""The documentation runs: examples are parsed and verified, commands executed, tables compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import articles_page
import commands_page
import proofs_page
import pytest
import rfc9293_page
from diagnostics_page import page
from doc_blocks import ROOT, WRAPPED, Block, blocks

from tcpverify.cli.main import COMMANDS as COMMANDS_TOLD
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.lang.parse import parse
from tcpverify.limits import Limits
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.result import Outcome, merged
from tcpverify.source import Source

PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
BLOCKS = [b for path in PAGES for b in blocks(path)]
SPECS = [b for b in BLOCKS if b.language == "tcpv"]
COMMANDS = [b for b in BLOCKS if b.language in ("console", "sh")]

PLACEHOLDER = re.compile(r"\s\[?[A-Z]{4,}(?:\.\.\.)?\]?(?=\s|$)")
"""What stands for an argument in a synopsis, such as FILE: the command is not run."""

COMMAND = re.compile(r"(?:\S*/)?tcpverify|(?:\S*/)?python\S* -m tcpverify")
"""The commands that are run; others (setting up, tests) are for the reader only."""

FEW = ("specs/abp.tcpv", "specs/handshake_unbounded.tcpv", "proofs/handshake_unbounded/no_phantom")
"""What commands are run with that are about all specs or proofs."""

TIME = re.compile(r"\d+\.\d+ ?s\b")


def decided(block: Block) -> Outcome:
    """What `verify` makes of a block; mistakes that stop it before are in the outcome too."""
    try:
        spec = load_text(block.spec, str(block))
    except ModelError as refusal:
        return Outcome((), errors=refusal.diagnostics)
    return verify(spec, Request(limits=Limits(seconds=30)))


def codes(diagnostics: tuple[Diagnostic, ...]) -> set[str]:
    return {str(d.code) for d in diagnostics}


def shown(outcome: Outcome) -> str:
    return "\n".join(f"{d.code} {d.span}: {d.message}" for d in (*outcome.errors, *outcome.failures))


@pytest.mark.parametrize("block", SPECS, ids=str)
def test_example(block: Block) -> None:
    """An example is accepted, or refused with the code that it names; a check meets its expectations."""
    if "parse" in block.words:
        parse(Source(str(block), block.spec))
        return
    outcome = decided(block)
    wrong, doubtful = block.after("error"), block.after("warning")
    assert codes(outcome.errors) == ({wrong} if wrong else set()), shown(outcome)
    assert not outcome.failures, shown(outcome)
    if doubtful:
        assert doubtful in codes(outcome.warnings)
    if block.verified:
        unmet = [f"{r.check}: {r}" for r in outcome.results if not r.met]
        assert outcome.results
        assert not unmet, "\n".join(text[:300] for text in unmet)


def test_one_mistake_gives_one_message() -> None:
    """No example is refused with the same message twice."""
    repeated = []
    for block in SPECS:
        if block.after("error"):
            told = [(str(d.code), str(d.span), d.message) for d in merged([decided(block)]).errors]
            repeated += [key for key in dict.fromkeys(told) if told.count(key) > 1]
    assert not repeated, f"{len(repeated)} messages come more than once, such as {repeated[:3]}"


@pytest.mark.parametrize("block", SPECS, ids=str)
def test_fence_words(block: Block) -> None:
    """No misspelt word after a fence makes an example less tested than it looks."""
    known = WRAPPED | {"tcpv", "check", "parse", "error", "warning"} | {str(c) for c in Code}
    assert all(w in known or w.startswith("file=") for w in block.words)


# --- Commands ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to run commands in, with a copy of the specs."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    return tmp_path


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder to run in what is about all specs or proofs; on all of them the gate of CI runs it."""
    for name in FEW:
        there = tmp_path / "few" / name
        there.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, there)
    return tmp_path / "few"


def run(command: str, folder: Path) -> tuple[int, str]:
    """The exit code and output of a `tcpverify` command."""
    words = shlex.split(command, comments=True)
    at = next(i for i, w in enumerate(words) if w.split("/")[-1] == "tcpverify")
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tcpverify", *words[at + 1 :]], cwd=folder, env=env, check=False,
        capture_output=True, encoding="utf-8", timeout=900, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the output shown below it (of `sh`: every line a command)."""
    found: list[tuple[str, list[str]]] = []
    if block.language == "sh":
        return [(line, []) for line in block.body.splitlines() if line.strip() and line[0] != "#"]
    for line in block.body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and line.strip() not in ("", "..."):
            found[-1][1].append(line)
    return found


def normal(line: str) -> str:
    return " ".join(TIME.sub("T", line).split())


def lacks_its_spec(command: str, folder: Path) -> bool:
    """Whether a command of README.md is about a spec that only the text shows."""
    files = [w for w in shlex.split(command, comments=True) if w.endswith(".tcpv") and w != "missing.tcpv"]
    return any(not (folder / file).exists() for file in files)


CI = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
"""What CI runs besides the tests."""


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_commands(block: Block, folder: Path, few: Path) -> None:
    """Commands end with the exit code that the fence names (else 0) and print every line shown."""
    for other in BLOCKS:
        if other.page == block.page and other.file:
            (folder / other.file).write_text(other.body, encoding="utf-8")
    wanted = int(block.after("exit") or 0)
    for command, output in commands(block):
        for part in command.split("&&"):
            if not COMMAND.match(part.strip()) or PLACEHOLDER.search(part) or lacks_its_spec(part, folder):
                continue
            if part.partition("#")[0].strip() in CI:
                continue
            about_all = not {"specs", "proofs"}.isdisjoint(shlex.split(part, comments=True))
            code, text = run(part.strip(), few if about_all else folder)
            assert code == wanted, f"{part}: exit code {code}\n{text[-2000:]}"
            printed = {normal(line) for line in text.splitlines()}
            missing = [line for line in output if normal(line) not in printed]
            assert not missing, f"{part} does not print {missing[:3]}\n{text[-3000:]}"


# --- Tables ------------------------------------------------------------------------------------------


def test_proofs_page() -> None:
    """The table of docs/proofs.md is what the manifests say; `python tests/docs/proofs_page.py` writes it."""
    assert (ROOT / "docs/proofs.md").read_text(encoding="utf-8") == proofs_page.page()


def test_articles_page() -> None:
    """docs/articles.md is what `diff` finds, and each line of an article that is said to be wrong (or right)
    shows a difference (or none); `python tests/docs/articles_page.py` writes it."""
    assert (ROOT / "docs/articles.md").read_text(encoding="utf-8") == articles_page.page()


def test_rfc9293_page() -> None:
    """docs/rfc9293.md is what the rules say and the checks reach; tests/docs/rfc9293_page.py writes it."""
    assert (ROOT / "docs/rfc9293.md").read_text(encoding="utf-8") == rfc9293_page.page()


def test_a_rule_that_is_missing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a handler without a rule, and of a rule whose states are not those of its handlers."""
    handlers = [
        rfc9293_page.Handler(1, (rule.cite,), dict.fromkeys(rule.states, "c"))
        for rule in rfc9293_page.rules()
    ]
    verdicts = {"una_stays": {"violated"}, "window_stays": {"violated"}}
    monkeypatch.setattr(rfc9293_page, "covered", lambda: rfc9293_page.Covered(handlers, set(), verdicts))
    rfc9293_page.page()
    first = handlers[0]
    for wrong in (rfc9293_page.Handler(1, ("RFC 9293 4.1",), {"CLOSED": "c"}),
                  rfc9293_page.Handler(1, first.cites, {"LISTEN": "c"})):  # fmt: skip
        handlers[0] = wrong
        with pytest.raises(AssertionError):
            rfc9293_page.page()


def test_commands_page() -> None:
    """docs/commands.md is what the commands say; `python tests/docs/commands_page.py` writes it."""
    told = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert told == commands_page.page()


def test_diagnostics_page() -> None:
    """docs/diagnostics.md is what the enum says; `python tests/docs/diagnostics_page.py` writes it."""
    assert (ROOT / "docs/diagnostics.md").read_text(encoding="utf-8") == page()


def heading_codes(text: str, heading: str) -> list[str]:
    """The first cells, without backquotes, of the table below a heading."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("The object of `verify`", []),
        ("A result", ["results", 0]),
        ("The summary", ["summary"]),
        ("A trace", ["results", 0, "trace"]),
        ("A step", ["results", 0, "trace", "steps", 0]),
    ],
)
def test_json_tables(heading: str, keys: list[str | int], folder: Path) -> None:
    """The tables of docs/cli.md name exactly the members of the JSON that is printed."""
    page_ = ROOT / "docs/cli.md"
    spec = next(b for b in blocks(page_) if b.file)
    (folder / "example.tcpv").write_text(spec.body, encoding="utf-8")
    command = "tcpverify verify example.tcpv --format json --property no_phantom"
    _, text = run(command, folder)
    node = json.JSONDecoder().raw_decode(text)[0]
    for key in keys:
        node = node[key]
    assert heading_codes(page_.read_text(encoding="utf-8"), heading) == list(node)


def test_json_of_explore(folder: Path) -> None:
    """So does the table of `explore`."""
    page_ = ROOT / "docs/cli.md"
    spec = next(b for b in blocks(page_) if b.file)
    (folder / "example.tcpv").write_text(spec.body, encoding="utf-8")
    _, text = run("tcpverify explore example.tcpv --format json", folder)
    node = json.JSONDecoder().raw_decode(text)[0]
    assert heading_codes(page_.read_text(encoding="utf-8"), "The object of `explore`") == list(node)


def test_json_of_simulate(folder: Path) -> None:
    """So do the tables of `simulate`."""
    page_ = ROOT / "docs/cli.md"
    spec = next(b for b in blocks(page_) if b.file)
    (folder / "example.tcpv").write_text(spec.body, encoding="utf-8")
    command = "tcpverify simulate example.tcpv --property no_phantom --seed 1 --format json"
    _, text = run(command, folder)
    node = json.JSONDecoder().raw_decode(text)[0]
    told = page_.read_text(encoding="utf-8")
    assert heading_codes(told, "The object of `simulate`") == list(node)
    assert heading_codes(told, "The violation") == list(node["violation"])


def test_json_of_trace(folder: Path) -> None:
    """So does the table of `trace`."""
    page_ = ROOT / "docs/cli.md"
    spec = next(b for b in blocks(page_) if b.file)
    (folder / "example.tcpv").write_text(spec.body, encoding="utf-8")
    run("tcpverify verify example.tcpv --itf traces", folder)
    _, text = run("tcpverify trace traces/example-phantom-no_phantom.itf.json --format json", folder)
    node = json.JSONDecoder().raw_decode(text)[0]
    assert heading_codes(page_.read_text(encoding="utf-8"), "The object of `trace`") == list(node)


@pytest.mark.parametrize("name", list(COMMANDS_TOLD))
def test_options(name: str, folder: Path) -> None:
    """Every option of a command is in its section of docs/cli.md, and no other."""
    _, text = run(f"tcpverify {name} --help", folder)
    options = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.MULTILINE)) - {"--help"}
    section = (ROOT / "docs/cli.md").read_text(encoding="utf-8").split(f"## `tcpverify {name}`", 1)[1]
    told = set(
        re.findall(r"^\| `(?:-\w [A-Z=]+`, `)?(--[a-z-]+)", section.split("\n## ", 1)[0], re.MULTILINE)
    )
    assert told == options


PLACES = re.compile(r"/(?:work|tmp|root|home)/|https?://(?:localhost|127\.|10\.|192\.168)")


@pytest.mark.parametrize("path", [*PAGES, ROOT / "Makefile"], ids=lambda p: p.name)
def test_no_places_of_one_machine(path: Path) -> None:
    """Nothing in the documentation is true on one machine only."""
    assert not PLACES.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_links(path: Path) -> None:
    """Links inside the project lead somewhere."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if not target.startswith(("http", "mailto:")):
            assert (path.parent / target).exists(), target
