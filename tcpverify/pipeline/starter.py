"""The files of a new project: a spec that holds, a workflow and hooks that keep it so."""

from __future__ import annotations

import os
from pathlib import Path

from tcpverify import __version__
from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.pipeline.save import write_files

SPEC = """\
# A three-way handshake, while a SYN of an earlier connection is still under way. Each check below says
# which verdict it expects: the file is its own test. `tcpverify verify specs` runs it.

protocol handshake cite "RFC 9293 section 3.5" {
  doc "Sequence numbers mod 8. One connection, and one SYN of an earlier one. Nothing is lost."

  message Segment {
    flags    : flags { SYN, ACK, RST }
    seq, ack : seqno mod 8
  }

  role Client {
    var iss, irs : seqno mod 8
    call open
    state CLOSED initial {
      on call open { iss := fresh  send SYN (seq = iss)  goto SYN_SENT }
      on receive any as s { send RST (seq = s.ack) }
    }
    state SYN_SENT {
      on receive SYN + ACK as s when s.ack == iss + 1 {
        irs := s.seq
        send ACK (seq = iss + 1, ack = irs + 1)
        goto ESTABLISHED
      }
      on receive SYN + ACK as s { send RST (seq = s.ack) }
    }
    state ESTABLISHED { }
  }

  role Server {
    var iss, irs : seqno mod 8
    state LISTEN initial {
      on receive SYN + !ACK as s {
        irs := s.seq
        iss := fresh
        send SYN + ACK (seq = iss, ack = irs + 1)
        goto SYN_RECEIVED
      }
    }
    state SYN_RECEIVED {
      on receive ACK + !SYN as s when s.ack == iss + 1 -> ESTABLISHED
      on receive RST as s when s.seq == irs + 1 -> LISTEN
      on receive RST ignore
      on receive SYN + !ACK as s { irs := s.seq  send SYN + ACK (seq = iss, ack = irs + 1) }
    }
    state ESTABLISHED { on receive any ignore }
  }

  variant two_way {
    replace LISTEN on receive SYN + !ACK as s {
      irs := s.seq
      iss := fresh
      send SYN + ACK (seq = iss, ack = irs + 1)
      goto ESTABLISHED
    }
  }
}

network internet {
  endpoint A : Client
  endpoint B : Server
  # With `loss at most 1` it can get stuck: then both sides need a timer.
  link A <-> B { capacity 3 }
}

scenario old_duplicate on internet {
  preload A -> B : SYN (seq = 5)
  fresh A.iss in { 0 }
  fresh B.iss in { 3 }
  A calls open at most 1
}

property same_connection : always B in ESTABLISHED => B.irs == A.iss
property can_open        : always reachable A in ESTABLISHED and B in ESTABLISHED
property never_stuck     : deadlock_free except A in ESTABLISHED and B in ESTABLISHED

check three_way {
  run old_duplicate
  expect same_connection, can_open, never_stuck : holds
}

# What the third segment is for: a server that does not wait for it believes the old SYN.
check two_way {
  run old_duplicate with variant two_way
  expect same_connection : violated in 1
  expect never_stuck : violated
}
"""

WORKFLOW = """\
# Every push and every pull request decides the specs. What fails is annotated at its line; the summary of the
# job shows the ladder.
name: specs
on: [push, pull_request]
permissions:
  contents: read
jobs:
  verify:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install "tcpverify[native]=={version}"
      - run: tcpverify fmt --check specs
      - run: >-
          tcpverify verify specs --strict --no-cache --github
          --junit tcpverify-reports/junit.xml --sarif tcpverify-reports/tcpverify.sarif
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: tcpverify-reports
          path: tcpverify-reports
"""

HOOKS = """\
# `pre-commit install` once; then a commit that touches a spec lays it out and decides all specs.
repos:
  - repo: local
    hooks:
      - id: tcpverify-fmt
        name: tcpverify fmt
        entry: tcpverify fmt
        language: python
        additional_dependencies: &tcpverify ["tcpverify[native]=={version}"]
        files: \\.tcpv$
      - id: tcpverify-verify
        name: tcpverify verify
        entry: tcpverify verify specs
        language: python
        additional_dependencies: *tcpverify
        files: \\.tcpv$
        pass_filenames: false
        require_serial: true
"""

FILES = {
    "specs/handshake.tcpv": SPEC,
    ".github/workflows/specs.yml": WORKFLOW.replace("{version}", __version__),
    ".pre-commit-config.yaml": HOOKS.replace("{version}", __version__),
}
"""What is written, by its path in the project."""


def begin(folder: Path) -> list[Path]:
    """Write the files of a new project into a folder, made if it is not there: all of them or none.

    Nothing is overwritten, and no link below the folder is followed. Raises ModelError with all that is in
    the way.
    """
    wrong = [problem for name in FILES if (problem := _in_the_way(folder, name)) is not None]
    if wrong:
        raise ModelError(list({d.message: d for d in wrong}.values()))
    return write_files({folder / name: text for name, text in FILES.items()}, folder)


def _in_the_way(folder: Path, name: str) -> Diagnostic | None:
    """What keeps a file from being written, if anything does."""
    path = folder
    for part in Path(name).parts:
        path = path / part
        last = path == folder / name
        if path.is_symlink():
            return Diagnostic(Code.CANNOT_WRITE, f"`{path}` is a link, and none is followed")
        if os.path.lexists(path) and (last or not path.is_dir()):
            hint = "nothing is overwritten: name another folder, or move it away"
            return Diagnostic(Code.CANNOT_WRITE, f"`{path}` is there already", hint=hint)
    return None
