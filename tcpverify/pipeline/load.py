"""Spec files: found, read within limits, parsed with their imports, resolved."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tcpverify.diagnostics import Code, Diagnostic, ModelError, Note
from tcpverify.lang import syntax as s
from tcpverify.lang.parse import parse
from tcpverify.lang.resolve import Program, resolve
from tcpverify.records import record
from tcpverify.source import Source, Span

MAX_BYTES = 1 << 20
MAX_FILES = 200
SUFFIX = ".tcpv"


@record
class Spec:
    """A file with its imports, resolved: `name` is how it is shown, `warnings` what was noticed, `files` the
    names of all of them, its own first."""

    name: str
    program: Program
    warnings: tuple[Diagnostic, ...]
    files: tuple[str, ...] = ()


def find(path: Path) -> list[tuple[Path, Path]]:
    """The spec files of a file or folder, sorted, each with the folder that it may not leave.

    A link that leads out of the folder, or nowhere, is no spec in it. Raises ModelError if there is no
    such file, or no spec in the folder.
    """
    try:
        if not path.is_dir():
            return [(path, path.parent)]
        files = sorted(p for p in path.rglob(f"*{SUFFIX}") if p.is_file() and _inside(p, path))
    except (OSError, ValueError) as problem:
        raise _unreadable(path, problem) from None
    if not files:
        raise _error(Code.NOTHING_TO_CHECK, f"no {SUFFIX} file in `{path}`")
    return [(file, path) for file in files]


def load(path: Path, root: Path | None = None) -> Spec:
    """Read, parse and resolve a spec and what it imports.

    Imports stay inside `root` (default: the file's folder). Raises ModelError.
    """
    try:
        root = (path.parent if root is None else root).resolve()
    except (OSError, ValueError, RuntimeError) as problem:
        raise _unreadable(path, problem) from None
    return _resolved(str(path), _files(path, root))


def load_with_lemmas(path: Path, root: Path | None, text: str, name: str) -> Spec:
    """A spec with lemmas that stand in another file of that name and text, and nothing else does.

    Raises ModelError.
    """
    root = (path.parent if root is None else root).resolve()
    lemmas_in(text, name)
    return _resolved(str(path), [*_files(path, root), parse(Source(name, text))])


def lemmas_in(text: str, name: str) -> list[s.Property]:
    """The lemmas of a text of that name, in which nothing else may stand. Raises ModelError."""
    lemmas: list[s.Property] = []
    for declaration in parse(Source(name, text)).declarations:
        match declaration:
            case s.Property(body=s.StateProperty("lemma")):
                lemmas.append(declaration)
            case other:
                raise _error(Code.CERTIFICATE_REFUSED, "only lemmas can stand here", other.span)
    return lemmas


def load_with(path: Path, text: str, name: str) -> Spec:
    """A spec with declarations of ours beside its own, under a name of their own. Raises ModelError."""
    return _resolved(str(path), [*_files(path, path.parent.resolve()), parse(Source(name, text))])


def _files(path: Path, root: Path) -> list[s.File]:
    """A file and all that it imports."""
    files: list[s.File] = []
    _load(path, None, root, [], {}, files)
    return files


def load_text(text: str, name: str = "<text>") -> Spec:
    """Parse and resolve a spec given as text; it cannot import. Raises ModelError."""
    file = parse(Source(name, text))
    for declaration in file.declarations:
        if isinstance(declaration, s.Import):
            raise _error(Code.IMPORT_OUTSIDE, "text that is not a file cannot import", declaration.span)
    return _resolved(name, [file])


def _resolved(name: str, files: list[s.File]) -> Spec:
    program, collector = resolve(files)
    return Spec(name, program, collector.warnings, tuple(f.span.source.name for f in files))


def _load(
    path: Path, at: Span | None, root: Path, open_: list[Path], done: dict[Path, None], files: list[s.File]
) -> None:
    """Add a file and its imports, the importing file first; every file once."""
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError) as problem:
        raise _unreadable(path, problem, at) from None
    if real in open_:
        circle = " -> ".join(p.name for p in [*open_[open_.index(real) :], real])
        raise _error(Code.IMPORT_CYCLE, f"these files import each other: {circle}", at)
    if real in done:
        return
    if len(done) >= MAX_FILES:
        raise _error(Code.FILE_TOO_LARGE, f"more than {MAX_FILES} imported files", at)
    done[real] = None
    file = _parsed(str(path), read(path, at))
    files.append(file)
    for declaration in file.declarations:
        if isinstance(declaration, s.Import):
            target = _import_target(path, declaration, root)
            _load(target, declaration.span, root, [*open_, real], done, files)


@lru_cache(maxsize=MAX_FILES)
def _parsed(name: str, text: str) -> s.File:
    """The tree of a file; the same one for all specs that import it. Raises ModelError."""
    return parse(Source(name, text))


def _import_target(path: Path, declaration: s.Import, root: Path) -> Path:
    try:
        target = path.parent / declaration.path
        inside = target.resolve().is_relative_to(root)
    except (ValueError, OSError, RuntimeError):
        raise _error(Code.FILE_NOT_FOUND, "this is no file name", declaration.span) from None
    if not inside:
        hint = "imports stay inside the folder that the command was given, links followed"
        raise _error(Code.IMPORT_OUTSIDE, "this import leaves the folder", declaration.span, hint=hint)
    return target


def read(path: Path, at: Span | None = None) -> str:
    """The text of a spec file. Raises ModelError if it cannot be read, is too large or not UTF-8."""
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist or is not a plain file"
            raise _error(Code.FILE_NOT_FOUND, f"`{path}` {what}", at)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise _unreadable(path, problem, at) from None
    if len(data) > MAX_BYTES:
        raise _error(Code.FILE_TOO_LARGE, f"`{path}` is larger than 1 MiB", at)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        message = f"`{path}` is not UTF-8 text (line {line}, byte {problem.start + 1})"
        raise _error(Code.NOT_TEXT, message, at) from None


def _inside(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


def _unreadable(path: Path, problem: Exception, at: Span | None = None) -> ModelError:
    reason = getattr(problem, "strerror", None) or "this is no file name"
    return _error(Code.FILE_NOT_FOUND, f"cannot read `{path}`: {reason}", at)


def _error(
    code: Code, message: str, span: Span | None = None, *notes: Note, hint: str | None = None
) -> ModelError:
    return ModelError([Diagnostic(code, message, span, notes, hint)])
