"""Segments and channels in Murphi: their types, and what is done to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tcpverify.export.segments import Column, Layout


def types(layout: Layout, sizes: Iterable[int]) -> list[str]:
    """The type of segments, and one of channels for every size."""
    lines = ["  segment: record"]
    lines += [f"    {c.name}: {value_type(c)};" for c in layout.columns]
    lines.append("  endrecord;")
    for size in sorted(set(sizes)):
        lines += [
            f"  channel_{size}: record",
            f"    length: 0..{size};",
            f"    at: array [0..{size - 1}] of segment;",
            "  endrecord;",
        ]
    return lines


def value_type(column: Column) -> str:
    """The type of what a column holds."""
    return "boolean" if column.boolean else f"{column.lo}..{column.hi}"


def procedures(layout: Layout, used: Iterable[tuple[str, int]]) -> Iterator[str]:
    """The procedures and functions that are called, by name and size of the channel (0: of segments)."""
    wanted = set(used) | {("wipe", 0)}
    if any(name == "insert" for name, _ in wanted):
        wanted.add(("precedes", 0))
    if any(name == "contains" for name, _ in wanted):
        wanted.add(("equal", 0))
    for name, size in sorted(wanted, key=lambda w: (w[1], w[0])):
        yield ""
        yield from _SEGMENTS[name](layout) if size == 0 else _CHANNELS[name](size)


def _wipe(layout: Layout) -> list[str]:
    values = [f"  s.{c.name} := {'false' if c.boolean else 0};" for c in layout.columns]
    return ["procedure wipe(var s: segment);", "begin", *values, "endprocedure;"]


def _equal(layout: Layout) -> list[str]:
    same = " & ".join(f"a.{c.name} = b.{c.name}" for c in layout.columns)
    return ["function equal(a: segment; b: segment): boolean;", "begin", f"  return {same};", "endfunction;"]


def _precedes(layout: Layout) -> list[str]:
    lines = [
        "-- the order of segments in a bag",
        "function precedes(a: segment; b: segment): boolean;",
        "begin",
    ]
    for c in layout.columns:
        less = f"!a.{c.name} & b.{c.name}" if c.boolean else f"a.{c.name} < b.{c.name}"
        lines.append(f"  if a.{c.name} != b.{c.name} then return {less}; endif;")
    return [*lines, "  return false;", "endfunction;"]


def _add(size: int) -> list[str]:
    return [
        f"procedure add_{size}(var c: channel_{size}; s: segment);",
        "begin",
        "  c.at[c.length] := s;",
        "  c.length := c.length + 1;",
        "endprocedure;",
    ]


def _insert(size: int) -> list[str]:
    return [
        f"procedure insert_{size}(var c: channel_{size}; s: segment);",
        f"var i: 0..{size};",
        "begin",
        "  i := c.length;",
        "  while i > 0 & precedes(s, c.at[i - 1]) do",
        "    c.at[i] := c.at[i - 1];",
        "    i := i - 1;",
        "  endwhile;",
        "  c.at[i] := s;",
        "  c.length := c.length + 1;",
        "endprocedure;",
    ]


def _copy(size: int) -> list[str]:
    return [
        f"procedure copy_{size}(var c: channel_{size}; p: 0..{size - 1});",
        f"var i: 0..{size};",
        "begin",
        "  i := c.length;",
        "  while i > p do",
        "    c.at[i] := c.at[i - 1];",
        "    i := i - 1;",
        "  endwhile;",
        "  c.length := c.length + 1;",
        "endprocedure;",
    ]


def _remove(size: int) -> list[str]:
    return [
        f"procedure remove_{size}(var c: channel_{size}; p: 0..{size - 1});",
        f"var i: 0..{size};",
        "begin",
        "  i := p;",
        "  while i + 1 < c.length do",
        "    c.at[i] := c.at[i + 1];",
        "    i := i + 1;",
        "  endwhile;",
        "  c.length := c.length - 1;",
        "  wipe(c.at[c.length]);",
        "endprocedure;",
    ]


def _age(size: int) -> list[str]:
    return [
        f"procedure age_{size}(var c: channel_{size});",
        "begin",
        f"  for i: 0..{size - 1} do",
        "    if c.at[i].life > 0 then c.at[i].life := c.at[i].life - 1; endif;",
        "  endfor;",
        "endprocedure;",
    ]


def _contains(size: int) -> list[str]:
    return [
        f"function contains_{size}(c: channel_{size}; s: segment): boolean;",
        "begin",
        f"  return exists i: 0..{size - 1} do i < c.length & equal(c.at[i], s) endexists;",
        "endfunction;",
    ]


_SEGMENTS = {"wipe": _wipe, "equal": _equal, "precedes": _precedes}
_CHANNELS = {
    "add": _add, "insert": _insert, "copy": _copy, "remove": _remove, "age": _age, "contains": _contains,
}  # fmt: skip
