"""How the sorts of the language are written: exactly, or over the integers to look for invariants in.

Exactly: a sequence number mod a power of two is a bit-vector, one mod any other number an integer with
`mod`; ranges are integers, enumerations datatypes. All of them may be integers (`integers`): where positions
and amounts are calculated with together, solvers know little of bit-vectors turned into integers. Or
inexactly, over integers that do not wrap: what is found there is a guess that has to be proved exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

from tcpverify.ir.expr import BoolSort, EnumSort, IntSort, SeqSort, Sort, Value, bounds
from tcpverify.records import record
from tcpverify.smtlib.text import call, conjunction, symbol


def number(value: int) -> str:
    """An integer; SMT-LIB has no negative literals."""
    return str(value) if value >= 0 else f"(- {-value})"


@record
class Numbers:
    """`exact`: sequence numbers wrap; `enumerations`: those of the system, each a datatype; `integers`:
    without bit-vectors."""

    exact: bool
    enumerations: Sequence[EnumSort] = ()
    integers: bool = False

    def bits(self, sort: Sort) -> int | None:
        """The width of a sort that is a bit-vector."""
        if not self.exact or self.integers or not isinstance(sort, SeqSort):
            return None
        n = sort.modulus
        return n.bit_length() - 1 if n & (n - 1) == 0 and n > 1 else None

    def sort(self, sort: Sort) -> str:
        """The sort of its values."""
        bits = self.bits(sort)
        match sort:
            case BoolSort():
                return "Bool"
            case EnumSort():
                return self.datatype(sort)
            case _:
                return "Int" if bits is None else f"(_ BitVec {bits})"

    def value(self, value: Value, sort: Sort) -> str:
        """A value of a sort."""
        bits = self.bits(sort)
        match sort:
            case BoolSort():
                return "true" if value else "false"
            case EnumSort(_, enumerators):
                return symbol(f"{self._name(sort)}.{enumerators[value]}")
            case _ if bits is not None:
                return f"(_ bv{value % (1 << bits)} {bits})"
            case _:
                return number(value)

    def fits(self, term: str, sort: Sort) -> str:
        """Whether a term of a sort is one of its values: not every integer is in a range."""
        ranged = isinstance(sort, IntSort) or (isinstance(sort, SeqSort) and self.exact)
        if not ranged or self.bits(sort) is not None:
            return "true"
        lo, hi = (number(n) for n in bounds(sort))
        return conjunction([call("<=", lo, term), call("<=", term, hi)])

    def datatype(self, sort: EnumSort) -> str:
        """The name of an enumeration's datatype."""
        return symbol(self._name(sort))

    def declarations(self) -> list[str]:
        """The datatypes of the enumerations."""
        return [
            f"(declare-datatypes (({self.datatype(e)} 0)) (({' '.join(self._constructors(e))})))"
            for e in self.enumerations
        ]

    def _constructors(self, sort: EnumSort) -> list[str]:
        return [f"({self.value(i, sort)})" for i in range(len(sort.enumerators))]

    def _name(self, sort: EnumSort) -> str:
        """Its own name where it has one and no other enumeration has it."""
        alike = [e for e in self.enumerations if e.name == sort.name]
        if sort.name and len(alike) == 1:
            return sort.name
        return f"{sort.name or 'enumeration'} {self.enumerations.index(sort)}"
