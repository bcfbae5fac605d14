"""What processes at work on the same specs tell each other, as bytes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from tcpverify.lang import syntax as s
from tcpverify.pipeline.load import Spec
from tcpverify.source import Source

NOT_SENT = (RecursionError, pickle.PicklingError, AttributeError, TypeError)
"""What is raised for a thing that cannot be made bytes: nested too deeply, or with a function in it."""


class Transfer:
    """Objects as bytes and back. Both sides hold the same specs: their texts, in which all places are,
    and their checks are sent as numbers, and what comes out refers to the receiver's own.

    Bytes may run code when they are read: only those that come through a pipe from a process of ours are.
    """

    def __init__(self, specs: Sequence[Spec]) -> None:
        self._shared = list(_shared(specs))
        self._numbers = {id(thing): n for n, thing in enumerate(self._shared)}
        self._reducers: dict[type, Any] = dict.fromkeys((Source, s.Check), self._reduced)

    def dumps(self, value: object) -> bytes:
        """Raises NOT_SENT."""
        buffer = BytesIO()
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = self._reducers
        pickler.dump(value)
        return buffer.getvalue()

    def loads(self, data: bytes) -> Any:
        """What `dumps` made bytes of."""
        return _Unpickler(BytesIO(data), self._shared).load()

    def _reduced(self, thing: Any) -> Any:
        """How a text or a check is sent: by its number, if the receiver has it, too."""
        number = self._numbers.get(id(thing))
        return thing.__reduce_ex__(pickle.HIGHEST_PROTOCOL) if number is None else (shared, (number,))


def shared(number: int) -> object:
    """What a number stands for; here only its name is used, for which `_Unpickler` has the receiver's own."""
    raise LookupError(number)


class _Unpickler(pickle.Unpickler):
    """Finds what is sent by its number."""

    def __init__(self, data: BytesIO, known: Sequence[object]) -> None:
        super().__init__(data)
        self._known = known

    def find_class(self, module: str, name: str) -> Any:
        """What a name stands for."""
        found = super().find_class(module, name)
        return self._known.__getitem__ if found is shared else found


def _shared(specs: Sequence[Spec]) -> Iterator[object]:
    """The texts and the checks of some specs, in an order that depends on nothing else."""
    seen: set[int] = set()
    for spec in specs:
        for thing in (*spec.program.sources(), *spec.program.checks.values()):
            if id(thing) not in seen:
                seen.add(id(thing))
                yield thing
