"""Verdicts of earlier runs: the same output, nothing that is not ours, and nothing that was not decided."""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import PROJECT, Tool
from cli.specs import MET, MODEL, PROPERTIES, SLOW, UNMET, spec
from tcpverify.diagnostics import Code
from tcpverify.explicit.native import cache as files
from tcpverify.limits import Limits
from tcpverify.pipeline import remembered
from tcpverify.pipeline.check import verify
from tcpverify.pipeline.load import load
from tcpverify.pipeline.plan import Request
from tcpverify.result import Outcome, Result
from tcpverify.trace import Trace
from tcpverify.verdict import Violated, evidence, trace_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no owners to check")

ASKING = """
check least { run long  find least limit in 2..4 such that far violated }
check weakest { run loses  find weakest network such that gets_lost violated }
check counted { run once  expect stays : violated  expect no_deadlock : violated  expect states 3 }
"""
LOSING = """network lossy {
  endpoint A, B : Endpoint
  link A <-> B { loss at most 2  duplicate at most 1 }
}
scenario loses on lossy {
  A calls go at most 1
  A calls work at most 0
  B calls go at most 0
  B calls work at most 0
}
property gets_lost : deadlock_free except A in IDLE
"""


@pytest.fixture(autouse=True)
def where(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of the test's own, outside of the working directory."""
    home = tmp_path_factory.mktemp("cache").resolve()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.delenv("TCPVERIFY_NO_CACHE")
    return home / "tcpverify" / "verdicts"


def written(text: str) -> str:
    Path("a.tcpv").write_text(text)
    return "a.tcpv"


def cached(answer: Any) -> list[bool]:
    return [r["cached"] for r in json.loads(answer.out)["results"]]


def as_json(tool: Tool, *arguments: str) -> list[bool]:
    return cached(tool("verify", *arguments, "--format", "json"))


def decided(where: Path, **more: Any) -> Outcome:
    return verify(load(Path("a.tcpv")), Request(cache=where, **more))


# --- The same output ---------------------------------------------------------------------------------


def plain(text: str) -> str:
    """A text without times and the mark of what was cached."""
    text = re.sub(r'"(seconds|cached)": [^,\n]*', "", text)
    text = re.sub(r"(, \d+ cached)?, \d+\.\d\d s$", "", text, flags=re.MULTILINE)
    return re.sub(r", (\d+\.\d\d s|cached)\)", ")", re.sub(r"\s+", " ", text))


ASKED = MODEL + "".join(f"property {n} : {p}\n" for n, p in PROPERTIES.items()) + LOSING + ASKING


@pytest.mark.parametrize("name", ["abp", "go_back_n", "asked"])
def test_same_but_for_times_and_the_mark(tool: Tool, name: str) -> None:
    """Not cached, decided and kept, told again: one and the same, in every format."""
    path = written(ASKED) if name == "asked" else str(PROJECT / "specs" / f"{name}.tcpv")
    folder = () if name == "go_back_n" else ("--output", "out")
    gates = ("--progress", "none", "--junit", "j.xml", "--sarif", "s.json", "--github")
    seen = []
    for more in (["--no-cache"], [], []):
        text = tool("verify", path, *more, *folder, *gates)
        document = tool("verify", path, *more, "--format", "json", "--progress", "none")
        reports = [Path(p).read_bytes() for p in ("j.xml", "s.json")]
        pictures = {p.name: p.read_bytes() for p in Path("out").glob("*")}
        told = (text.code, plain(text.out), text.err, plain(document.out), document.err)
        seen.append((told, reports, pictures, cached(document), text.out))
    assert seen[0][:3] == seen[1][:3] == seen[2][:3]
    assert not any(seen[0][3])
    assert all(seen[2][3])
    assert "cached" not in seen[0][4]
    assert f"{len(seen[2][3])} cached" in seen[2][4]


def test_coverage_is_told_again(where: Path) -> None:
    """What was never reached is warned of, cached or not."""
    written(MET)
    first, again = decided(where), decided(where)
    assert [r.cached for r in first.results] == [False] * len(first.results)
    assert all(r.cached for r in again.results)
    assert first.coverage == again.coverage
    assert first.coverage[0].handlers
    assert list(map(str, first.warnings)) == list(map(str, again.warnings))
    assert first.warnings


# --- What is decided anew ----------------------------------------------------------------------------


def test_expectations_are_compared_anew(tool: Tool) -> None:
    assert tool("verify", written(MET)).code == 0
    changed = MET.replace("stays : violated in 1", "stays : holds")
    answer = tool("verify", written(changed), "--format", "json")
    assert answer.code == 1
    assert all(cached(answer))


def _another_property(text: str) -> str:
    return text.replace("never A in DONE\n", "never A in DONE and B in DONE\n")


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (_another_property, ()),
        (lambda text: text.replace("n := n + 1", "n := n + 2"), ()),
        (lambda text: text.replace("capacity 1", "capacity 2"), ()),
        (lambda text: "// moved\n" + text, ()),
        (lambda text: text, ("-p", "limit=2")),
        (lambda text: text, ("--max-states", "999")),
        (lambda text: text, ("--engine", "smt")),
        (lambda text: text, ("--property", "stays")),
        (lambda text: text, ("--budget", "50")),
    ],
)
def test_what_changed_is_decided_anew(tool: Tool, change: Any, more: tuple[str, ...]) -> None:
    as_json(tool, written(MET))
    assert not any(as_json(tool, written(change(MET)), *more))
    assert all(as_json(tool, written(MET)))


def test_only_what_asks_for_a_property_depends_on_it(tool: Tool) -> None:
    more = "property later : reachable A in DONE\ncheck d { run once  expect later : reachable }\n"
    as_json(tool, written(UNMET + more))
    found = as_json(tool, written(UNMET + more.replace("reachable A in DONE", "reachable A in IDLE")))
    assert True in found
    assert False in found


def test_other_tools_other_verdicts(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    as_json(tool, written(MET))
    monkeypatch.setattr(remembered, "tools", lambda: "another z3")
    assert not any(as_json(tool, written(MET)))


def test_certificates_that_are_tried_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another invariant in the folder of proofs, another name."""
    found = load(PROJECT / "specs" / "handshake_unbounded.tcpv")
    monkeypatch.chdir(PROJECT)
    with_proofs = next(iter(remembered._certificates(Path("proofs"), found)), "")
    assert "MANIFEST" in with_proofs.upper()
    assert not list(remembered._certificates(tmp_path, found))


def test_an_unfinished_search_is_not_kept(tool: Tool, where: Path) -> None:
    few = ("--max-states", "50", "-p", "limit=9999", "--property", "no_overflow")
    assert tool("verify", written(SLOW), *few).code == 3
    assert not any(as_json(tool, "a.tcpv", *few))
    assert not list(where.glob("*"))


def test_what_there_is_to_warn_of_is_not_kept(where: Path) -> None:
    """An instance with a warning is elaborated each time, and warns each time."""
    written(MET.replace("in any { on", "in any { on receive SYN ignore on receive SYN ignore on"))
    first, again = decided(where), decided(where)
    assert any(d.code is Code.OVERLAPPING_HANDLER for d in first.warnings)
    assert list(map(str, first.warnings)) == list(map(str, again.warnings))
    assert not any(r.cached for r in again.results)


def test_no_cache(tool: Tool, where: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_json(tool, written(MET), "--no-cache")
    assert not where.exists()
    as_json(tool, "a.tcpv")
    assert not any(as_json(tool, "a.tcpv", "--no-cache"))
    monkeypatch.setenv("TCPVERIFY_NO_CACHE", "1")
    assert not any(as_json(tool, "a.tcpv"))


# --- Nothing that is not ours ------------------------------------------------------------------------


def kept(where: Path) -> Iterator[Path]:
    return iter(sorted(where.iterdir()))


def test_the_folder_is_ours_alone(tool: Tool, where: Path) -> None:
    as_json(tool, written(MET))
    assert where.stat().st_mode & 0o777 == 0o700
    where.chmod(0o777)
    assert not any(as_json(tool, "a.tcpv"))
    where.chmod(0o700)
    assert all(as_json(tool, "a.tcpv"))
    next(kept(where)).chmod(0o666)
    assert not any(as_json(tool, "a.tcpv"))


def test_never_in_the_working_directory(tool: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for _ in range(2):
        assert not any(as_json(tool, written(MET)))
    assert not list(tmp_path.glob("**/verdicts"))


def test_never_in_a_repository_of_a_spec(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: Path
) -> None:
    """Neither by its name nor by a link that leads there."""
    del where
    repository = tmp_path / "repository"
    for name in (".git", "specs", "cache", "elsewhere"):
        (repository / name).mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (repository / "specs" / "a.tcpv").write_text(MET)
    (tmp_path / "link").symlink_to(repository / "cache")
    monkeypatch.chdir(tmp_path / "elsewhere")
    for home in (repository / "cache", tmp_path / "link"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(home))
        for _ in range(2):
            assert not any(as_json(tool, str(repository / "specs")))
    assert not list(tmp_path.glob("**/verdicts"))


@pytest.mark.parametrize("damage", [b"", b"damaged", pickle.dumps({}), pickle.dumps([1, 2])])
def test_what_is_damaged_is_decided_anew(tool: Tool, where: Path, damage: bytes) -> None:
    """Cut short, or whole and without any sense."""
    as_json(tool, written(MET))
    entry = next(kept(where))
    entry.write_bytes(damage)
    assert not any(as_json(tool, "a.tcpv"))
    assert files.keep(where, entry.name, remembered.zlib.compress(damage))
    assert not any(as_json(tool, "a.tcpv"))
    assert all(as_json(tool, "a.tcpv"))


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, ("made",)


def test_nothing_runs_that_an_entry_names(tool: Tool, where: Path) -> None:
    as_json(tool, written(MET))
    entry = next(kept(where))
    files.keep(where, entry.name, remembered.zlib.compress(pickle.dumps({(): Evil()})))
    assert not any(as_json(tool, "a.tcpv"))
    assert not Path("made").exists()


def test_a_trace_that_is_no_run_is_not_told(where: Path) -> None:
    """A verdict in the cache is replayed; if it cannot be, the instance is decided."""
    written(MET)
    decided(where)
    found = load(Path("a.tcpv"))
    entry = next(kept(where))
    rows = remembered.fetch(where, entry.name, found)
    assert rows
    ((labels, (model, answer)),) = rows.items()
    verdict = answer.decision.verdicts["stays"]
    trace = trace_of(verdict)
    assert isinstance(trace, Trace)
    forged = Violated(replace(trace, steps=()))
    decision = replace(answer.decision, verdicts={**answer.decision.verdicts, "stays": forged})
    remembered.keep(where, entry.name, found, {labels: (model, replace(answer, decision=decision))})
    assert remembered.fetch(where, entry.name, found) is None
    again = decided(where)
    told = next(r.verdict for r in again.results if isinstance(r, Result) and r.prop.name == "stays")
    assert str(trace_of(told)) != str(forged.trace)
    assert evidence(told) == evidence(verdict)
    assert not any(r.cached for r in again.results)


def test_the_folder_does_not_grow_for_ever(tmp_path: Path) -> None:
    """What was not used for longest goes first."""
    for n in range(4):
        (tmp_path / str(n)).write_bytes(b"x" * 100)
        os.utime(tmp_path / str(n), (n, n))
    os.utime(tmp_path / "0", (9, 9))
    remembered.tidy(tmp_path, 250)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0", "3"]


def test_several_processes(where: Path) -> None:
    """What workers decide is kept too."""
    text = spec("far : violated", "no_deadlock : violated", head="for limit in 3..40", run="long")
    written(text)
    limits = Limits(threads=2)
    first = decided(where, jobs=2, limits=limits)
    again = decided(where, jobs=2, limits=limits)
    told = [[evidence(r.verdict) for r in o.results if isinstance(r, Result)] for o in (first, again)]
    assert told[0] == told[1]
    assert all(r.cached for r in again.results)
