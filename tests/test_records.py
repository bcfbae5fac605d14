"""Records behave like frozen dataclasses, but for the freezing, which is mypy's."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import pytest

from tcpverify.lang.syntax import Identifier
from tcpverify.records import record
from tcpverify.source import Source, Span


@record
class Point:
    x: int
    y: int = 0
    note: str = field(default="", compare=False, repr=False, kw_only=True)

    @property
    def total(self) -> int:
        return self.x + self.y


@dataclass(frozen=True, slots=True)
class Frozen:
    x: int
    y: int = 0
    note: str = field(default="", compare=False, repr=False, kw_only=True)


@record
class Other:
    x: int
    y: int = 0


@record
class Empty:
    """No fields."""


@record(eq=False)
class Thing:
    x: int


@record
class Named:
    x: int

    def __repr__(self) -> str:
        return f"<{self.x}>"


def test_like_a_dataclass() -> None:
    made, frozen = Point(1, 2, note="n"), Frozen(1, 2, note="n")
    assert [f.name for f in fields(Point)] == [f.name for f in fields(Frozen)]
    assert repr(made) == repr(frozen).replace("Frozen", "Point") == "Point(x=1, y=2)"
    assert Point.__match_args__ == Frozen.__match_args__ == ("x", "y")
    assert replace(made, y=3) == Point(1, 3)
    assert replace(made, y=3).note == "n"
    assert made.total == 3
    assert Point.__doc__ == "Point"


def test_compared_by_the_fields_that_count() -> None:
    assert Point(1, 2, note="a") == Point(1, 2, note="b")
    assert hash(Point(1, 2, note="a")) == hash(Point(1, 2, note="b"))
    assert len({Point(1), Point(1, 0), Point(2)}) == 2
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Other(1, 2)
    assert Point(1, 2) != (1, 2)
    assert Empty() == Empty()
    assert Empty() != Point(0)


def test_places_take_no_part() -> None:
    source = Source("s", "a a")
    first, second = (Identifier("a", span=Span(source, at, at + 1)) for at in (0, 2))
    assert first == second
    assert first.span != second.span


def test_identity_where_asked() -> None:
    thing = Thing(1)
    assert thing == thing
    assert thing != Thing(1)
    assert len({thing, Thing(1)}) == 2


def test_own_methods_are_kept() -> None:
    assert repr(Named(1)) == "<1>"
    assert repr([Named(1), Point(2)]) == "[<1>, Point(x=2, y=0)]"


def test_no_room_for_more() -> None:
    with pytest.raises(AttributeError):
        Point(1).z = 1  # type: ignore[attr-defined]
    assert not hasattr(Point(1), "__dict__")
