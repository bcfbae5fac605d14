"""Machine code from text: what the builder writes, LLVM accepts and runs."""

from __future__ import annotations

import pytest

from tcpverify.explicit.native.assembly import Function, constant
from tcpverify.explicit.native.kernel import kernel
from tcpverify.explicit.native.passes import passes
from tcpverify.explicit.native.table import Kind

pytest.importorskip("llvmlite")

from llvmlite import binding

from tcpverify.explicit.native import jit

KINDS = [
    Kind(words, whole, threaded)
    for words, whole in ((1, True), (1, False), (2, False), (5, False))
    for threaded in (False, True)
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_kernels_are_well_formed(kind: Kind) -> None:
    binding.parse_assembly(kernel(kind)).verify()


@pytest.mark.parametrize("words", [1, 2, 7])
def test_passes_are_well_formed(words: int) -> None:
    binding.parse_assembly(passes(Kind(words, whole=False, threaded=False))).verify()


@pytest.mark.parametrize("level", [jit.FAST, jit.THOROUGH])
def test_a_loop_with_a_condition(level: int) -> None:
    """The sum of the odd numbers below n."""
    f = Function("define i64 @odds(i64 %n)")
    total = f.variable(0)
    with f.counting(0, "%n") as k, f.when(f.compare("eq", f.do(f"and i64 {k}, 1"), 1)):
        f.store(f.do(f"add i64 {f.load(total)}, {k}"), total)
    f.say(f"ret i64 {f.load(total)}")
    odds = jit.assemble(f.text(), level).function("odds", 1)
    assert [odds(n) for n in (0, 1, 2, 10, 11)] == [0, 0, 1, 25, 25]


def test_steps_of_a_loop() -> None:
    f = Function("define i64 @last(i64 %first, i64 %end, i64 %step)")
    last = f.variable(99)
    with f.counting("%first", "%end", "%step") as k:
        f.store(k, last)
    f.say(f"ret i64 {f.load(last)}")
    call = jit.assemble(f.text(), jit.FAST).function("last", 3)
    assert [call(3, 10, 4), call(3, 3, 1), call(0, 1, 50)] == [7, 99, 0]


def test_constants() -> None:
    assert [constant(0), constant((1 << 63) - 1), constant(1 << 63), constant((1 << 64) - 1)] == [
        0,
        (1 << 63) - 1,
        -(1 << 63),
        -1,
    ]


def test_what_is_not_defined() -> None:
    machine = jit.assemble("define i64 @f() { ret i64 1 }", jit.FAST)
    assert machine.function("f", 0)() == 1
    with pytest.raises(LookupError, match="no g"):
        machine.address("g")
