"""Memory: zeroed, aligned where huge pages are wished for, freed and reused."""

from __future__ import annotations

import ctypes
import sys

import pytest

from tcpverify.explicit.native import arena
from tcpverify.explicit.native.arena import HUGE_PAGE, Memory


def byte(memory: Memory, offset: int) -> ctypes.c_uint8:
    return ctypes.c_uint8.from_address(memory.address + offset)


@pytest.mark.parametrize("size", [1, 4096, HUGE_PAGE, 3 * HUGE_PAGE + 5])
def test_zeroed_to_the_last_byte(size: int) -> None:
    for huge in (False, True):
        memory = Memory(size, huge=huge)
        assert byte(memory, 0).value == byte(memory, size - 1).value == 0
        byte(memory, size - 1).value = 7
        assert byte(memory, size - 1).value == 7
        if sys.platform == "linux" and huge and size >= HUGE_PAGE:
            assert memory.address % HUGE_PAGE == 0
        memory.close()
        memory.close()


def test_discarded_memory_is_zero_again() -> None:
    memory = Memory(4 * HUGE_PAGE, huge=True)
    byte(memory, 3 * HUGE_PAGE).value = 9
    if memory.discard():
        assert byte(memory, 3 * HUGE_PAGE).value == 0
    else:
        assert sys.platform != "linux" and byte(memory, 3 * HUGE_PAGE).value == 9
    memory.close()


def test_arrays_keep_their_memory() -> None:
    memory = Memory(3 * HUGE_PAGE, huge=True)
    array = memory.u32s(8, 2)
    arena.words(memory.address, 3)[1] = 5 << 32 | 4
    assert list(array) == [4, 5]
    with pytest.raises(BufferError):
        memory.close()
    del memory
    assert list(array) == [4, 5]


def test_what_the_system_refuses() -> None:
    assert arena.reserve(1 << 62) is None
    assert arena.reserve(1 << 70) is None
