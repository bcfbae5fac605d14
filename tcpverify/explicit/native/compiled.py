"""The model-independent machine code, compiled once for each kind of table and kept on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from tcpverify.background import Background
from tcpverify.explicit.native import cache, jit
from tcpverify.explicit.native.kernel import kernel
from tcpverify.explicit.native.passes import passes
from tcpverify.explicit.native.rules import Rules
from tcpverify.explicit.native.table import Kind

MOST_BITS_OF_A_WHOLE_STATE = 63

K = TypeVar("K")


def kind_of(rules: Rules, threads: int) -> Kind:
    """The table that fits a model best."""
    whole = rules.words == 1 and rules.bits <= MOST_BITS_OF_A_WHOLE_STATE
    return Kind(rules.words, whole, threads > 1)


@lru_cache(maxsize=16)
def search_kernel(kind: Kind) -> jit.Machine:
    """`@run` and `@rebuild` for a kind of table."""
    return _kept(kernel, kind)


@lru_cache(maxsize=16)
def second_passes(words: int) -> jit.Machine:
    """`@index`, `@discover`, `@order`, `@settle` and `@sweep` for states of so many words."""
    return _kept(passes, Kind(words, whole=False, threaded=False))


@lru_cache(maxsize=16)
def flood_passes(words: int, label: int) -> jit.Machine:
    """`@flood` and `@relabel` for states and labels of so many words."""
    from tcpverify.explicit.native.flooding import Shape, flooding

    return _kept(flooding, Shape(words, label))


@lru_cache(maxsize=1)
def graph_passes() -> jit.Machine:
    """`@stay`, `@components`, `@fair`, `@begin`, `@reach`, `@gather` and `@sources`."""
    from tcpverify.explicit.native.reach import reach
    from tcpverify.explicit.native.strong import strong

    return _kept(lambda _: strong() + reach(), None)


def warm(kind: Kind) -> Background[jit.Machine]:
    """Begin to make the search kernel ready while Python does something else; `result()` waits for it."""
    return Background(lambda: search_kernel(kind))


def _kept(module: Callable[[K], str], kind: K) -> jit.Machine:
    """A module from the cache, or compiled and put there."""
    text = module(kind)
    where, name = cache.folder(os.environ), cache.key(*jit.target(), text)
    code = cache.fetch(where, name)
    if code is None:
        code = jit.machine_code(text, jit.THOROUGH)
        cache.keep(where, name, code)
    return jit.load(code)
