"""S-expressions: symbols, applications, and texts that name what they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def symbol(name: str) -> str:
    """A quoted symbol; the two characters that cannot stand in one are replaced."""
    return "|" + name.replace("|", "_").replace("\\", "_") + "|"


def call(function: str, *arguments: str) -> str:
    """A function applied to arguments; without any, itself."""
    return f"({function} {' '.join(arguments)})" if arguments else function


def conjunction(parts: Iterable[str]) -> str:
    """`and` without what is true."""
    kept = [p for p in parts if p != "true"]
    if "false" in kept:
        return "false"
    return "true" if not kept else kept[0] if len(kept) == 1 else call("and", *kept)


def disjunction(parts: Iterable[str]) -> str:
    """`or` without what is false."""
    kept = [p for p in parts if p != "false"]
    if "true" in kept:
        return "true"
    return "false" if not kept else kept[0] if len(kept) == 1 else call("or", *kept)


def negation(part: str) -> str:
    """`not`, of a constant the other one."""
    return {"true": "false", "false": "true"}.get(part) or call("not", part)


def comment(text: str) -> str:
    """A comment of one line."""
    return "; " + " ".join(text.split())


def let(values: Mapping[str, str], body: str) -> str:
    """A term in which symbols, all at once, stand for other terms."""
    bound = " ".join(f"({name} {value})" for name, value in values.items() if name != value)
    return f"(let ({bound}) {body})" if bound else body
