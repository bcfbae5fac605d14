"""The fenced blocks of a Markdown file, and the specs that are made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^```(?P<info>[^`\n]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)

BASE = """
param kind : { two_way, three_way } = three_way
param limit : 0..7 = 2
const HALF = 4
enum Mode { ACTIVE, PASSIVE }
type Window = 0..7
record Block { left, right : seqno mod 8 }
message Segment {
  flags : flags { SYN, ACK, FIN, RST }
  seq, ack : seqno mod 8
  window : Window
  data : bool
  sack : Block
  ghost incarnation : 0..3
}
role Endpoint {
  var iss, irs, snd_una, snd_nxt, rcv_nxt : seqno mod 8
  var snd_wnd : Window
  var count : 0..3
  var mode : Mode
  var acked : bool
  var block : Block
  ghost var life : 0..3
  timer rtx { retries 2 }
  timer time_wait
  call active_open, passive_open, close
  call write(size : 1..3)
  step flush
  def acceptable(n : seqno mod 8) : bool = n in [snd_una, snd_nxt]
  procedure reply(n : seqno mod 8) { send ACK (seq = n, ack = rcv_nxt) }
%(role)s
  state CLOSED initial {
%(handler)s
  }
  state LISTEN { }
  state SYN_SENT { }
  state SYN_RECEIVED { }
  state ESTABLISHED { }
  state TIME_WAIT { }
  in any {
    on receive any ignore
    on timeout rtx ignore
    on exhausted rtx ignore
    on timeout time_wait ignore
  }
}
network pair {
  endpoint A, B : Endpoint
  link A <-> B { %(link)s }
}
scenario open_ended on pair {
%(scenario)s
}
scenario idle on pair { A calls nothing  B calls nothing }
property never_both : never A in SYN_SENT and B in SYN_SENT
%(declaration)s
"""
"""What a fragment is put into; language.md shows it as the setting of its examples."""

WRAPPED = frozenset(
    ("handler", "statement", "expression", "type", "role", "link", "scenario", "declaration", "variant",
     "property", "expect")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence (`tcpv`, `check` ...), its text and place."""

    page: str
    line: int
    words: tuple[str, ...]
    body: str

    @property
    def language(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def kind(self) -> str:
        """What the block is a part of: one of WRAPPED, or "" for a whole spec."""
        return self.words[1] if len(self.words) > 1 and self.words[1] in WRAPPED else ""

    @property
    def verified(self) -> bool:
        return "check" in self.words[1:]

    def after(self, word: str) -> str | None:
        """The word behind a word: `error TV301` gives TV301."""
        words = self.words
        return words[words.index(word) + 1] if word in words[:-1] else None

    @property
    def file(self) -> str | None:
        return next((w.removeprefix("file=") for w in self.words if w.startswith("file=")), None)

    @property
    def spec(self) -> str:
        """The text of a spec that contains the block."""
        return wrapped(self.kind, self.body) if self.kind else self.body

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a page, in order; none if there is no such page."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return [
        Block(path.name, text.count("\n", 0, m.start()) + 1, tuple(m["info"].split()), m["body"])
        for m in FENCE.finditer(text)
    ]


def by_hand(page: Path, mark: str) -> str:
    """What of a page that is made in part stands before the mark, and the mark."""
    return page.read_text(encoding="utf-8").partition(mark)[0] + mark


def wrapped(kind: str, body: str) -> str:
    """A spec around a fragment."""
    parts = dict.fromkeys(("role", "handler", "link", "scenario", "declaration"), "")
    lines = [line for line in body.splitlines() if line.split("#")[0].strip()]
    match kind:
        case "statement":
            parts["handler"] = f"on receive ACK as s {{\n{body}\n}}"
        case "expression":
            parts["handler"] = "\n".join(f"on receive ACK as s {{ let value = {x}\n}}" for x in lines)
        case "type":
            parts["role"] = "\n".join(f"var probe_{i} : {x}" for i, x in enumerate(lines))
        case "variant":
            parts["declaration"] = f"variant example {{\n{body}\n}}"
        case "expect":
            parts["declaration"] = f"check example {{ run idle\n{body}\n}}"
        case "property":
            parts["declaration"] = body
        case _:
            parts[kind] = body
    return BASE % parts
