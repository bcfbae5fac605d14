"""`sweep`: a table on terminals of all kinds, a heat map, and the exit codes of `verify`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Tool
from tcpverify.cli.console import Console
from tcpverify.cli.grids import text
from tcpverify.pipeline import Request, load_text, verify
from tcpverify.render.grid import Table, property_table, tables, told
from tcpverify.render.heatmap import heatmap
from tcpverify.render.text import clean, width
from tcpverify.result import Result

SPEC = """
param n : 0..4 = 2
param m : 1..3 = 1
param name : { first, second } = first
role R { var x : 0..20  step up  state S initial { on step up when x < n * m { x := x + 1 } } }
network one { endpoint A : R }
scenario alone on one { }
property four : reachable A.x == 4
property below : always A.x < 6
check c {
  for m in 1..3
  for n in 0..4
  run alone
  expect four : reachable in 4 when n * m >= 4
  expect four : unreachable    when n * m < 4
  expect no_deadlock : violated
  expect below : holds when n == 2
  find least m in 1..3 such that below violated when n == 9
}
"""
FIND = "  find least m in 1..3 such that below violated when n == 9\n"
PLAIN = SPEC.replace(FIND, "")
FINDS = SPEC.replace("  for m in 1..3\n", "").replace("when n == 9", ": 2 when n >= 3")
UNMET = PLAIN.replace("expect below : holds when n == 2", "expect below : holds")


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "x.tcpv"
    file.write_text(PLAIN)
    return file


def table(source: str, prop: str, **params: str) -> Table:
    request = Request(("c",), (prop,), params=params, unasked=True)
    rows = [r for r in verify(load_text(source), request).results if isinstance(r, Result)]
    return property_table(rows)


def words(found: Table) -> list[list[str]]:
    (grid,) = found.grids
    return [[told(grid.cells.get((r, c)), found.judged) for c in grid.columns] for r in grid.rows]


def test_rows_and_columns_are_the_parameters() -> None:
    found = table(PLAIN, "four")
    (grid,) = found.grids
    assert (grid.down, grid.across, grid.rows, grid.columns) == ("m", "n", ("1", "2", "3"), tuple("01234"))
    no, yes = "unreachable", "reachable in 4"
    assert words(found) == [[no] * 4 + [yes], [no, no, yes, yes, yes], [no, no, yes, yes, yes]]


def test_other_parameters_have_tables_of_their_own() -> None:
    found = table(PLAIN, "four", name="first..second")
    assert [g.heading for g in found.grids] == ["m = 1", "m = 2", "m = 3"]
    assert all((g.down, g.across, g.columns) == ("n", "name", ("first", "second")) for g in found.grids)


def test_one_parameter_goes_across() -> None:
    (grid,) = table(PLAIN, "four", m="2").grids
    assert (grid.down, grid.across, grid.rows, grid.columns) == ("", "n", ("",), tuple("01234"))


def test_what_is_not_as_expected_says_so() -> None:
    found = table(UNMET, "below")
    assert words(found)[2] == ["holds", "holds", *["violated in 6 (not as expected)"] * 3]
    missed = words(table(PLAIN, "below"))[2]
    assert missed == ["holds", "holds", "violated in 6 (not as expected)", "violated in 6", "violated in 6"]


@pytest.mark.parametrize("size", [20, 40, 60, 80, 250])
@pytest.mark.parametrize("colour", [False, True])
def test_it_fits_any_terminal(size: int, colour: bool) -> None:
    for prop in ("four", "below"):
        drawn = text(table(PLAIN, prop, name="first..second"), Console(size, False, colour))
        plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn)
        assert all(width(line) <= size for line in plain.splitlines())
        assert plain.count("reachable" if prop == "four" else "holds") + plain.count("violated") >= 30


def test_the_heat_map_says_everything_in_words() -> None:
    hostile = PLAIN.replace("below", "b").replace("first, second", "a_b, c_d").replace("first", "a_b")
    for found in (table(PLAIN, "below"), table(hostile, "b", name="a_b..c_d")):
        svg = heatmap(found)
        root = ElementTree.fromstring(svg)
        space = "{http://www.w3.org/2000/svg}"
        fields = list(root.iter(f"{space}rect"))
        cells = [told(g.cells[r, c], True) for g in found.grids for r in g.rows for c in g.columns]
        assert len(fields) == len(cells) + 1
        shown = [e.text for e in root.iter(f"{space}text")]
        assert sorted(t for t in shown if t in set(cells)) == sorted(cells)  # type: ignore[type-var]
        description = root.findtext(f"{space}desc") or ""
        assert all(description.count(cell) >= cells.count(cell) for cell in set(cells))
        right = float(root.attrib["width"])
        assert all(float(e.attrib["x"]) + float(e.attrib["width"]) <= right for e in fields[1:])
        assert svg.count('stroke-dasharray="5 3"') == sum("not as expected" in c for c in cells)
        assert "<script" not in svg


def test_names_are_escaped() -> None:
    found = table(PLAIN, "four")
    odd = Table("<x>", "a & <b>", "\x1b[31m\u202e<script>", True, found.grids)
    svg = heatmap(odd)
    assert ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}title") == odd.title
    assert clean(odd.title) == odd.title
    assert "<script" not in svg


def test_reports_have_the_tables_of_finds_and_of_sweeps() -> None:
    found = tables(verify(load_text(PLAIN), Request()))
    assert [(t.question, t.two_vary) for t in found] == [("four", True), ("no_deadlock", True)]
    found = tables(verify(load_text(FINDS), Request()))
    assert [(t.question, t.two_vary) for t in found] == [("least m such that below violated", True)]
    (grid,) = found[0].grids
    assert (grid.down, grid.rows, grid.across, grid.columns) == ("n", ("3", "4"), "m", ("1", "2", "3"))
    one = FINDS.replace("when n >= 3", "when n == 3")
    assert [t.two_vary for t in tables(verify(load_text(one), Request()))] == [False]


# --- The command -------------------------------------------------------------------------------------


def test_exit_codes(tool: Tool, spec: Path) -> None:
    words_ = ("sweep", str(spec), "--check", "c")
    assert tool(*words_, "--property", "four").code == 0
    assert tool(*words_, "--property", "below").code == 1
    assert tool(*words_, "--property", "nothing").code == 2
    assert tool(*words_, "--property", "four", "-p", "m=9").code == 2
    assert tool("sweep", str(spec), "--check", "d", "--property", "four").code == 2
    assert tool("sweep", str(spec), "--property", "four").code == 2
    assert tool("sweep", str(spec.parent / "none.tcpv"), "--check", "c", "--property", "four").code == 2
    assert tool(*words_, "--property", "four", "--max-states", "2").code == 3


def test_a_property_without_expectation_is_told(tool: Tool, spec: Path) -> None:
    spec.write_text(spec.read_text().replace("expect below : holds when n == 2", ""))
    found = tool("sweep", str(spec), "--check", "c", "--property", "below", "-p", "n=3")
    assert found.code == 0
    assert re.search(r"holds +violated in 6 +violated in 6", found.out)


def test_json_is_that_of_verify(tool: Tool, spec: Path) -> None:
    words_ = ("sweep", str(spec), "--check", "c", "--property", "four", "-p", "m=1..2", "--format", "json")
    document = json.loads(tool(*words_).out)
    assert len(document["results"]) == 10
    assert {r["property"] for r in document["results"]} == {"four"}


def test_the_heat_map_is_written(tool: Tool, spec: Path) -> None:
    file = spec.parent / "map.svg"
    words_ = ("sweep", str(spec), "--check", "c", "--property", "four")
    assert tool(*words_, "--output", str(file)).code == 0
    assert ElementTree.parse(file).getroot().attrib["role"] == "img"
    folder = spec.parent / "folder.svg"
    folder.mkdir()
    assert tool(*words_, "--output", str(folder)).code == 2


def test_answers_are_in_every_report(tool: Tool, tmp_path: Path) -> None:
    file = tmp_path / "y.tcpv"
    file.write_text(FINDS)
    out = tmp_path / "out"
    found = tool("verify", str(file), "--check", "c", "--output", str(out), "--traces", "none")
    assert re.search(r"ok least m +2 +below holds at 1, violated at 2\.\.3 +2", found.out)
    summary = (out / "summary.md").read_text()
    assert "least m such that below violated" in summary
    assert "| 3 | holds | violated in 6 | violated in 6 |" in summary
    (picture,) = re.findall(r"!\[Heat map of .*\]\((.*)\)", summary)
    assert (out / picture).read_text().count("violated in 6</text>") == 4
    document = json.loads(tool("verify", str(file), "--check", "c", "--format", "json").out)
    answer, other = (r for r in document["results"] if "find" in r)
    assert (other["instance"], other["met"]) == ({"n": "4"}, True)
    assert (answer["property"], answer["verdict"], answer["find"]["found"]) == ("least m", "holds", 2)
    assert [(c["instance"], c["sought"]) for c in answer["find"]["table"]] == [
        ({"n": "3", "m": "1"}, False),
        ({"n": "3", "m": "2"}, True),
        ({"n": "3", "m": "3"}, True),
    ]
