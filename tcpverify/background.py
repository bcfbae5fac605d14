"""Work that goes on beside the main thread."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """A function running in a thread that does not keep the process alive; `result` waits for it, and
    raises what it raised."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._found: list[T] = []
        self._problem: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._function())
        except BaseException as problem:
            self._problem = problem

    def result(self) -> T:
        """What the function gave."""
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        return self._found[0]
