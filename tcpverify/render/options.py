"""Options as a reader sees them: `none` or the value, in place of the scalar `x?` and the value's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tcpverify.ir.expr import Value

PRESENT = "?"
"""The end of the name of the scalar that tells whether an option has a value."""

Values = Mapping[str, Value]
"""The scalars of a state or of a segment, by name."""


def is_none(name: str, values: Values) -> bool:
    """Whether a scalar is, or is part of, the value of an option that has none."""
    ends = [i for i, c in enumerate(name) if c in ".["] + [len(name)]
    return any(not values.get(name[:i] + PRESENT, True) for i in ends)


def value(name: str, text: str, values: Values) -> str | None:
    """How the value of a scalar reads, `text` or `none`; None if another scalar's value says it."""
    option = name.removesuffix(PRESENT)
    if name != option:
        return None if values[name] or is_none(option, {**values, name: 1}) else "none"
    return None if is_none(name, values) else text


def change(name: str, texts: tuple[str, str], before: Values, after: Values) -> str | None:
    """How the change of a scalar reads: `3 -> 4`, `none -> 3`, `3 -> none`; None if there is none, or
    if another scalar's change says it. `texts` are its values before and after."""
    option = name.removesuffix(PRESENT)
    if name != option:
        gone = before[name] and not after[name] and option not in after
        return "-> none" if gone else None
    was, now = ("none" if is_none(name, v) else text for v, text in zip((before, after), texts, strict=True))
    if was == now or (now == "none" and name + PRESENT not in after):
        return None
    return f"{was} -> {now}"


def fields(values: Values) -> Iterator[tuple[str, str | None]]:
    """The scalars of a segment that are shown, by name; with `none` where an option has no value."""
    for name, value in values.items():
        option = name.removesuffix(PRESENT)
        if name == option and not is_none(name, values):
            yield name, None
        elif name != option and not value and not is_none(name, values):
            yield option, "none"
