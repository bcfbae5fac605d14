"""The pytest plugin: what is collected under which names, what failures show, and what collecting loads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from cli.specs import MET, SLOW, spec

from tcpverify.pipeline import Request, verify
from tcpverify.pipeline.load import load

PROJECT = Path(__file__).parents[2]
PLUGIN = "tcpverify.pytest_plugin"

UNMET = spec("stays : violated in 1", "both : reachable", "no_deadlock : violated", "states 3",
             head="for limit in 1..2")  # fmt: skip
COUNTED = spec("stays : violated", "states 4", "no_deadlock : violated")
UNHANDLED = MET.replace("on receive any ignore", "").replace("in any {  }", "")


def run(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code and output of pytest in a process of its own, with the plugin loaded once."""
    installed = any(e.value == PLUGIN for e in entry_points(group="pytest11"))
    loaded = [] if installed else ["-p", PLUGIN]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *loaded, "-p", "no:cacheprovider", *words], cwd=folder, check=False,
        env={**env, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1", "COLUMNS": "120"}, capture_output=True,
        encoding="utf-8", timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "specs/unmet.tcpv").write_text(UNMET)
    (tmp_path / "specs/met.tcpv").write_text(MET)
    return tmp_path


def test_ids(folder: Path) -> None:
    """An item for each expectation of each instance, and one an instance for what nobody asked for."""
    code, text = run(folder, "--collect-only", "-q", "specs")
    assert code == 0, text
    names = ["stays", "both", "no_deadlock", "states", "automatic"]
    wanted = [f"specs/unmet.tcpv::c::{name}[limit={n}]" for n in (1, 2) for name in names]
    assert [line for line in text.splitlines() if line.startswith("specs/unmet")] == wanted
    assert "specs/met.tcpv::c::stays\n" in text


def test_ids_of_the_documentation() -> None:
    """docs/gates.md shows ids that there are."""
    page = (PROJECT / "docs/gates.md").read_text("utf-8")
    shown = re.findall(r"^specs/handshake\.tcpv::\S+$", page, re.MULTILINE)
    code, text = run(PROJECT, "-o", "addopts=", "--collect-only", "-q", "specs/handshake.tcpv")
    assert code == 0 and len(shown) == 2
    assert set(shown) <= set(text.splitlines())


def test_failures(folder: Path) -> None:
    """A failure shows what was expected, the ladder and the command; the others pass."""
    (folder / "specs/unmet.tcpv").write_text(UNMET.replace("stays : violated in 1", "stays : holds"))
    code, text = run(folder, "specs")
    assert code == 1
    assert "4 failed, 12 passed" in text, text
    assert "A calls go" in text and "stays is violated after step 1" in text
    assert "tcpverify verify specs/unmet.tcpv --check c --property stays -p limit=1" in text
    assert "Traceback" not in text and "runtest" not in text


def test_selection(folder: Path) -> None:
    """Items can be picked by their ids and by `-k`."""
    code, text = run(folder, "specs/unmet.tcpv::c::stays[limit=2]")
    assert code == 0 and "1 passed" in text
    code, text = run(folder, "specs", "-k", "both and limit")
    assert code == 1 and "2 failed" in text


@pytest.mark.parametrize("how", ["load", "loadfile", "worksteal"])
def test_xdist(folder: Path, how: str) -> None:
    """Shared out among workers, the same items come to the same."""
    code, text = run(folder, "specs", "-n", "2", "--dist", how)
    assert code == 1 and "2 failed, 14 passed" in text, text
    assert "both[limit=1]" in text


def test_what_collecting_loads(folder: Path) -> None:
    """Collecting imports no engine."""
    (folder / "specs/slow.tcpv").write_text(SLOW)
    (folder / "conftest.py").write_text(
        "import sys\n"
        "def pytest_collection_finish(session):\n"
        "    heavy = {'z3', 'llvmlite', 'wasmtime', 'graphviz', 'cvc5'} & set(sys.modules)\n"
        "    print('LOADED', len(session.items), sorted(heavy))\n"
    )
    code, text = run(folder, "--collect-only", "-q", "-s", "specs")
    assert code == 0
    assert re.search(r"LOADED 2\d \[\]", text), text


def test_no_spec_loads_nothing(tmp_path: Path) -> None:
    """Where there is no spec the plugin loads nothing of ours."""
    (tmp_path / "test_x.py").write_text(
        "import sys\ndef test_x():\n    ours = [m for m in sys.modules if m.startswith('tcpverify.')]\n"
        f"    assert set(ours) <= {{'{PLUGIN}'}}\n"
    )
    code, text = run(tmp_path, "-q")
    assert code == 0, text


def test_broken(folder: Path) -> None:
    """A broken spec is an error of the collection, with the place and the reason."""
    (folder / "specs/bad.tcpv").write_text("check x { run nowhere }\n")
    code, text = run(folder, "specs")
    assert code == 2
    assert "unknown scenario `nowhere`" in text and "specs/bad.tcpv:1:15" in text
    assert "Traceback" not in text


def test_states_and_automatic(folder: Path) -> None:
    """A wrong count fails its item, an unhandled segment the one of what nobody asked for."""
    (folder / "specs/count.tcpv").write_text(COUNTED)
    (folder / "specs/unhandled.tcpv").write_text(UNHANDLED)
    _, text = run(folder, "specs/count.tcpv", "specs/unhandled.tcpv")
    assert "states: 3, expected 4" in text
    assert re.search(r"FAILED specs/unhandled.tcpv::c::automatic", text), text
    assert "no_unhandled: violated" in text


def test_finds_and_conditions(tmp_path: Path) -> None:
    """Each `find` is an item; those fail whose answer is not the expected one, as many as for `verify`."""
    finds, conditions = ((PROJECT / f"tests/models/{n}.tcpv").read_text() for n in ("finds", "conditions"))
    (tmp_path / "finds.tcpv").write_text(finds)
    (tmp_path / "conditions.tcpv").write_text(conditions.partition("check wrong")[0])
    found = [verify(load(path), Request()) for path in tmp_path.iterdir()]
    unmet = [sum(not r.met for r in outcome.results) for outcome in found]
    assert all(unmet)
    code, text = run(tmp_path, "-v", "finds.tcpv", "conditions.tcpv")
    assert code == 1 and f"{sum(unmet)} failed, " in text, text
    assert all(f"::{name}" in text for name in ("least_", "weakest_network", "condition_on_")), text


def test_patterns(folder: Path) -> None:
    """`tcpverify_files` leaves specs out, unless they are named."""
    (folder / "pytest.ini").write_text("[pytest]\ntcpverify_files = specs/m*.tcpv\n")
    _, text = run(folder, "--collect-only", "-q")
    assert "met.tcpv::" in text and "unmet.tcpv::" not in text
    _, text = run(folder, "--collect-only", "-q", "specs/unmet.tcpv")
    assert "unmet.tcpv::" in text


def test_entry_point() -> None:
    """An installed package has the plugin under the name that `-p no:tcpverify` leaves out."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"tcpverify": PLUGIN}


def test_our_own_tests_are_left_alone() -> None:
    """The specs below tests/ are not collected with the tests."""
    _, text = run(
        PROJECT, "-o", "addopts=", "--collect-only", "-q", "tests/models", "tests/lang/test_words.py"
    )
    assert ".tcpv::" not in text and "test_words.py::" in text
