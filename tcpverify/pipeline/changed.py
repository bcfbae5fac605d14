"""Which specs changed since a revision of the repository that they are in: by their own text or an import."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tcpverify.diagnostics import Code, Diagnostic, ModelError
from tcpverify.pipeline.load import Spec

SECONDS = 60.0
"""What one call of git may take."""

ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""What git tells its hooks of the repository that they are for: we ask for that of each spec."""


def changed_since(revision: str, specs: Sequence[Spec]) -> list[Spec]:
    """The specs of which a file is not as it was in a revision, or was not there.

    Raises ModelError if git cannot be asked, or if one of them is in no repository that has the revision.
    """
    tops: dict[Path, tuple[Path, str]] = {}
    found = []
    for spec in specs:
        folder = Path(spec.name).parent.resolve()
        if folder not in tops:
            tops[folder] = _repository(folder, revision)
        top, commit = tops[folder]
        if _differs(top, commit, [Path(name) for name in spec.files]):
            found.append(spec)
    return found


def _repository(folder: Path, revision: str) -> tuple[Path, str]:
    """The repository of a folder, and what it calls the revision."""
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise _wrong(f"`{folder}` is in no git repository that can be read")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        hint = "a shallow clone lacks older ones: fetch it, or clone with all of them (fetch-depth: 0)"
        raise _wrong(f"the repository of `{folder}` has no revision `{revision}`", hint)
    return Path(top.strip()), commit.strip()


def _differs(top: Path, commit: str, files: Sequence[Path]) -> bool:
    """Whether one of some files differs from that of a commit, is not tracked, or lies elsewhere; of a link
    both it and what it leads to count."""
    names = {Path(os.path.abspath(path)) for path in files} | {path.resolve() for path in files}
    try:
        inside = sorted(str(path.relative_to(top)) for path in names)
    except ValueError:
        return True
    tracked = _git(top, "ls-files", "-z", "--", *inside)
    changed = _git(top, "diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", commit, "--", *inside)
    if tracked is None or changed is None:
        raise _wrong(f"git cannot compare the files of `{top}`")
    return bool(changed) or set(inside) - set(tracked.split("\0")) != set()


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None if it fails. Names of files are taken as they are."""
    command = ["git", "--literal-pathspecs", "-C", str(folder), *arguments]
    around = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env=around)
    except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
        reason = getattr(problem, "strerror", None) or "it takes too long"
        raise _wrong(f"git cannot be asked: {reason}") from None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None


def _wrong(message: str, hint: str | None = None) -> ModelError:
    return ModelError([Diagnostic(Code.BAD_OPTION, f"--changed-since: {message}", hint=hint)])
