"""Identifiers that another checker takes: legal, unique, and as close to the spec's words as can be."""

from __future__ import annotations

import re
from collections.abc import Iterable

PROMELA_WORDS = frozenset(
    {
        "accept", "active", "always", "assert", "atomic", "auto", "bit", "bool", "break", "byte",
        "c_code", "c_decl", "c_expr", "c_state", "c_track", "case", "chan", "char", "const", "continue",
        "d_proctype", "d_step", "default", "do", "double", "else", "empty", "enabled", "end", "enum",
        "equivalent", "eval", "eventually", "extern", "false", "fi", "float", "for", "full",
        "get_priority", "goto", "hidden", "i386", "if", "implies", "in", "init", "inline", "int", "len",
        "linux", "local", "long", "ltl", "main", "model", "mtype", "nempty", "never", "next", "nfull",
        "notrace", "now", "np_", "od", "of", "pc_value", "pid", "printf", "priority", "proctype",
        "progress", "provided", "register", "release", "restrict", "return", "run", "select", "separate",
        "set_priority", "short", "show", "signed", "sizeof", "skip", "static", "stronguntil", "struct",
        "switch", "timeout", "trace", "true", "typedef", "union", "unix", "unless", "unsigned", "until",
        "void", "volatile", "weakuntil", "while", "xr", "xs",
    }
)  # fmt: skip
"""Words of Promela and of C, which SPIN's verifiers are written in, and what its preprocessor defines."""

MURPHI_WORDS = frozenset(
    {
        "alias", "array", "assert", "assume", "assumption", "begin", "boolean", "by", "case", "choose",
        "clear", "const", "cover", "do", "else", "elsif", "end", "endalias", "endchoose", "endexists",
        "endfor", "endforall", "endfunction", "endif", "endprocedure", "endrecord", "endrule",
        "endruleset", "endstartstate", "endswitch", "endwhile", "enum", "error", "exists", "external",
        "false", "for", "forall", "from", "function", "if", "in", "interleaved", "invariant",
        "isundefined", "liveness", "log_assertion", "multiset", "multisetadd", "multisetcount",
        "multisetremove", "multisetremovepred", "none", "number", "of", "ormember", "out", "pre",
        "procedure", "process", "program", "property", "put", "record", "return", "rule", "ruleset",
        "scalarset", "segment", "startstate", "switch", "then", "this", "to", "traceuntil", "true",
        "type", "undefine", "undefined", "union", "until", "var", "while", "with",
    }
)  # fmt: skip
"""Words of Murphi, in any case of letters."""

TLA_WORDS = frozenset(
    {
        "Append", "ASSUME", "ASSUMPTION", "AXIOM", "BOOLEAN", "Cardinality", "CASE", "CHOOSE", "CONSTANT",
        "CONSTANTS", "DOMAIN", "ELSE", "ENABLED", "EXCEPT", "EXTENDS", "FALSE", "Head", "IF", "IN",
        "Init", "INSTANCE", "Int", "IsFiniteSet", "Len", "LET", "LOCAL", "MODULE", "Nat", "Next", "OTHER",
        "Real", "RECURSIVE", "Segment", "SelectSeq", "Seq", "SF_", "Spec", "STRING", "SubSeq", "SUBSET",
        "Tail", "THEN", "THEOREM", "TRUE", "UNCHANGED", "UNION", "VARIABLE", "VARIABLES", "vars", "WF_",
        "WITH",
    }
)  # fmt: skip
"""Words of TLA+ and of the modules that are extended."""


def identifier(text: str) -> str:
    """A legal identifier that says `text`; not unique."""
    spoken = text.replace("->", " to ").replace("?", " present")
    plain = re.sub(r"[^A-Za-z0-9]+", "_", spoken).strip("_")
    legal = plain[:1].isalpha() and not plain.startswith(("WF_", "SF_"))
    return plain if legal else f"v_{plain}".rstrip("_")


class Names:
    """Hands out identifiers of one module, each once; `words` are taken from the start.

    Names that differ only in the case of letters are not both given: Murphi's words have no case.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._taken = {word.lower() for word in words}

    def free(self, *parts: str) -> str:
        """An identifier that says the parts, not given before."""
        base = identifier(" ".join(parts))
        name, n = base, 1
        while name.lower() in self._taken:
            n += 1
            name = f"{base}_{n}"
        self._taken.add(name.lower())
        return name
