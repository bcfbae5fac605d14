"""Which verdicts change from one version of a spec to another: results of the same check, property and
instance, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tcpverify.records import record
from tcpverify.result import AnyResult, CountResult, FindResult, Result
from tcpverify.verdict import word

Key: TypeAlias = tuple[str, str, str]


@record
class Change:
    """One row: `old` or `new` is None where only the other version has it."""

    check: str
    name: str
    instance: str
    old: AnyResult | None
    new: AnyResult | None


def changes(old: Sequence[AnyResult], new: Sequence[AnyResult]) -> list[Change]:
    """The rows whose verdicts differ, and those that one side alone has: in the order of the new version,
    then what only the old one has. How long a trace is, and how a verdict was come by, is no change."""
    before, after = {_key(r): r for r in old}, {_key(r): r for r in new}
    rows = [Change(*key, before.get(key), after.get(key)) for key in {**after, **before}]
    return [row for row in rows if verdict(row.old) != verdict(row.new)]


def verdict(result: AnyResult | None) -> str:
    """The verdict in a word, or the answer; of what there is not, nothing."""
    match result:
        case None:
            return ""
        case Result():
            return word(result.verdict)
        case CountResult():
            return "unknown" if result.states is None else f"{result.states} states"
        case FindResult():
            return result.answer


def _key(result: AnyResult) -> Key:
    match result:
        case Result():
            name = result.prop.name
        case CountResult():
            name = "states"
        case FindResult():
            name = result.name
    settings = [f"{n}={v}" for n, v in result.instance]
    settings += [f"variant {v}" for v in result.variants] + [f"adversary {a}" for a in result.adversaries]
    return result.check, name, ", ".join(settings)
