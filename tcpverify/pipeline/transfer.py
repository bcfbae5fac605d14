"""What processes at work on the same specs tell each other, as bytes."""

from __future__ import annotations

import copyreg
import pickle
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from tcpverify.lang.resolve import Program
from tcpverify.lang.syntax import Check
from tcpverify.pipeline.load import Spec
from tcpverify.source import Source


class Transfer:
    """Objects as bytes and back. Both sides hold the same specs: their texts, in which all places are,
    and their checks are sent as numbers, and what comes out refers to the receiver's own."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self._shared = list(_shared(specs))
        self._numbers = {id(thing): n for n, thing in enumerate(self._shared)}
        self._table: dict[type, Any] = {
            **copyreg.dispatch_table, Source: self._reduced, Check: self._reduced,
        }  # fmt: skip

    def dumps(self, value: object) -> bytes:
        """Raises RecursionError for expressions that are nested too deeply."""
        buffer = BytesIO()
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = self._table
        pickler.dump(value)
        return buffer.getvalue()

    def loads(self, data: bytes) -> Any:
        return _Unpickler(BytesIO(data), self._shared).load()

    def _reduced(self, thing: object) -> Any:
        number = self._numbers.get(id(thing))
        return thing.__reduce_ex__(pickle.HIGHEST_PROTOCOL) if number is None else (own, (number,))


def own(number: int) -> object:
    """What a number stands for; the receiver puts its own table in the place of this."""
    raise NotImplementedError(number)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file)
        self._own = shared.__getitem__

    def find_class(self, module: str, name: str) -> Any:
        return self._own if (module, name) == (__name__, own.__name__) else super().find_class(module, name)


def _shared(specs: Sequence[Spec]) -> Iterator[object]:
    """The texts and the checks of some specs, in an order that depends on nothing else."""
    seen: set[int] = set()
    for spec in specs:
        for thing in (*_sources(spec.program), *spec.program.checks.values()):
            if id(thing) not in seen:
                seen.add(id(thing))
                yield thing


def _sources(program: Program) -> Iterator[object]:
    yield program.main.span.source
    tables = (program.params, program.consts, program.defs, program.types, program.records, program.messages,
              program.roles, program.variants, program.networks, program.properties, program.scenarios,
              program.monitors, program.adversaries)  # fmt: skip
    for table in tables:
        yield from (declared.span.source for declared in table.values())
