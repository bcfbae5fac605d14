"""Mutants of a program: one mistake each, of the kinds that specs have, made on the syntax tree."""

from tcpverify.lang.mutation.edits import Operator
from tcpverify.lang.mutation.mutants import Mutant, mutants

__all__ = ["Mutant", "Operator", "mutants"]
