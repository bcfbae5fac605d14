"""`tcpverify trace --format`: what other tools read."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Tool
from cli.specs import MET

TRACE = "out/x-c-stays.itf.json"


def write(tool: Tool, name: str = "x.tcpv", text: str = MET) -> None:
    Path(name).write_text(text)
    tool("verify", name, "--itf", "out", "--traces", "none")


def test_diagrams(tool: Tool) -> None:
    write(tool)
    shown = tool("trace", TRACE, "--format", "mermaid")
    assert (shown.code, shown.out.split("\n")[0]) == (0, "sequenceDiagram")
    assert "Note over p0: 1. A calls go" in shown.out
    assert tool("trace", TRACE, "--format", "plantuml").out.startswith("@startuml\n")


def test_packets(tool: Tool) -> None:
    write(tool)
    script = tool("trace", TRACE, "--format", "packetdrill")
    assert "+0 > S 0:0(0) win 65535 <...>" in script.out.splitlines()
    other = tool("trace", TRACE, "--format", "packetdrill", "--endpoint", "B")
    assert all(line.startswith("//") for line in other.out.splitlines())
    assert tool("trace", TRACE, "--format", "pcap", "--output", "a.pcap").code == 0
    data = Path("a.pcap").read_bytes()
    assert data[:4] == bytes.fromhex("a1b2c3d4")
    assert len(data) == 24 + 16 + 40


def test_into_a_file(tool: Tool) -> None:
    write(tool)
    answer = tool("trace", TRACE, "--format", "mermaid", "--output", "deep/a.mmd")
    assert (answer.code, answer.out) == (0, "")
    assert Path("deep/a.mmd").read_text() == tool("trace", TRACE, "--format", "mermaid").out


def test_what_does_not_go_together(tool: Tool) -> None:
    write(tool)
    assert tool("trace", TRACE, "--format", "pcap").code == 2
    assert tool("trace", TRACE, "--format", "mermaid", "--eval", "A.n").code == 2
    assert tool("trace", TRACE, "--endpoint", "A").code == 2
    assert tool("trace", TRACE, "--output", "a.txt").code == 2
    wrong = tool("trace", TRACE, "--format", "packetdrill", "--endpoint", "C")
    assert wrong.code == 2
    assert "no endpoint is called `C`" in wrong.err


def test_segments_that_are_none_of_tcp(tool: Tool) -> None:
    write(tool, text=MET.replace("seq : 0..3", "number : 0..3").replace("seq = 1", "number = 1"))
    answer = tool("trace", TRACE, "--format", "pcap", "--output", "a.pcap")
    assert answer.code == 2
    assert "message `Segment` has no field `seq`" in answer.err
    assert not Path("a.pcap").exists()


def test_a_hostile_file_name_is_text(tool: Tool) -> None:
    name = "a\n::error::b; end.tcpv"
    write(tool, name)
    (trace,) = Path("out").glob("*stays*")
    for output_format in ("mermaid", "plantuml", "packetdrill"):
        shown = tool("trace", str(trace), "--spec", name, "--format", output_format)
        assert shown.code == 0
        assert not any(line.startswith("::") for line in shown.out.splitlines())
