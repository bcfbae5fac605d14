"""Records: the small immutable types that everything here is made of, cheap to define and to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...


@overload
def record(*, eq: bool) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T] | None = None, /, *, eq: bool = True) -> type[T] | Callable[[type[T]], type[T]]:
    """A slotted dataclass that mypy knows to be frozen, compared by its fields unless `eq` is False.

    `@dataclass(frozen=True, slots=True)` writes and compiles six methods for each class, which is most of
    the time that a command needs before it does anything; here one is compiled, and the others are shared.
    Nor does it cost anything at run time that nobody may assign: mypy sees to it.
    """
    if cls is None:
        return lambda real: _record(real, eq)
    return _record(cls, eq)


def _record(cls: type[T], eq: bool) -> type[T]:
    own = set(vars(cls))
    cls.__doc__ = cls.__doc__ or cls.__name__  # or dataclass makes one from the signature, slowly
    made: Any = dataclass(slots=True, eq=False, repr=False)(cls)
    if eq:
        made.__eq__, made.__hash__ = _comparison([f.name for f in fields(made) if f.compare])
    if "__repr__" not in own:
        made.__repr__ = _show
    return cast("type[T]", made)


def _comparison(names: list[str]) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    """`__eq__` and `__hash__` over some fields."""
    content: Callable[[Any], object] = attrgetter(*names) if names else lambda _: ()

    def equal(self: Any, other: object) -> bool:
        return self.__class__ is other.__class__ and content(self) == content(other)

    def digest(self: Any) -> int:
        return hash(content(self))

    return equal, digest


def _show(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{self.__class__.__qualname__}({shown})"
