"""What processes at work on the same specs tell each other, as bytes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from tcpverify.pipeline.load import Spec

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

    def dumps(self, value: object) -> bytes:
        """Raises NOT_SENT."""
        buffer = BytesIO()
        pickler: Any = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.persistent_id = lambda thing: self._numbers.get(id(thing))
        pickler.dump(value)
        return buffer.getvalue()

    def loads(self, data: bytes) -> Any:
        """What `dumps` made bytes of."""
        unpickler: Any = pickle.Unpickler(BytesIO(data))
        unpickler.persistent_load = self._shared.__getitem__
        return unpickler.load()


def _shared(specs: Sequence[Spec]) -> Iterator[object]:
    """The texts and the checks of some specs, in an order that depends on nothing else."""
    seen: set[int] = set()
    for spec in specs:
        for thing in (*spec.program.sources(), *spec.program.checks.values()):
            if id(thing) not in seen:
                seen.add(id(thing))
                yield thing
