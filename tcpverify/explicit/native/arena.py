"""Virtual memory: reserved in one piece, committed page by page when touched, given back at once."""

from __future__ import annotations

import ctypes
import mmap
import sys

HUGE_PAGE = 2 << 20
"""Bytes of a huge page on the platforms that have them; larger stretches are aligned to it."""

_ON_LINUX = sys.platform == "linux"
_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if _ON_LINUX else 0)
"""Do not set swap aside for what may never be touched; older Pythons do not name the flag."""


U32s = ctypes.Array[ctypes.c_uint32]
"""An array of 32-bit words that shares memory with machine code."""


class Memory:
    """A stretch of zeroed private memory; nothing may use its address once it is closed.

    `address` is where it begins, `size` how many bytes it has. With `huge` the system is asked for huge
    pages, which spare a random access most of its cost in address translation.
    """

    __slots__ = ("_map", "_start", "address", "size")

    def __init__(self, size: int, *, huge: bool = False) -> None:
        """Reserve it; OSError or ValueError if the system refuses."""
        aligned = huge and size >= HUGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE")
        whole = size + HUGE_PAGE if aligned else size
        if hasattr(mmap, "MAP_PRIVATE"):
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
            self._map = mmap.mmap(-1, whole, flags=flags)
        else:
            self._map = mmap.mmap(-1, whole)
        start = self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self.address = (start + HUGE_PAGE - 1) // HUGE_PAGE * HUGE_PAGE if aligned else start
        self.size = size
        if aligned:
            _ask_for_huge_pages(self._map, self.address - start)

    def u32s(self, first: int, count: int) -> U32s:
        """`count` 32-bit words, `first` bytes from its beginning; they keep it from being given back."""
        offset = self.address - self._start + first
        return (ctypes.c_uint32 * count).from_buffer(self._map, offset)

    def discard(self) -> bool:
        """Free all that was touched and keep the addresses: it reads as zeros again. False where the
        system does not promise that."""
        if not _ON_LINUX:
            return False
        self._map.madvise(mmap.MADV_DONTNEED)
        return True

    def close(self) -> None:
        """Give it back; harmless when repeated."""
        self._map.close()


def reserve(size: int, *, huge: bool = False) -> Memory | None:
    """So many bytes, or None if the system refuses."""
    try:
        return Memory(size, huge=huge)
    except (OSError, ValueError, OverflowError):
        return None


def addresses_are_scarce() -> bool:
    """Whether the process has a limit on its address space (`ulimit -v`)."""
    try:
        import resource
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


Words = ctypes.Array[ctypes.c_uint64]
"""An array of 64-bit words that shares memory with machine code."""


def words(address: int, count: int) -> Words:
    """`count` 64-bit words of memory, as an array that shares it."""
    return (ctypes.c_uint64 * count).from_address(address)


def _ask_for_huge_pages(region: mmap.mmap, start: int) -> None:
    """From an offset on; the first huge page is left small, for what is small. It is a wish only: kernels
    without huge pages refuse, and nothing is lost."""
    try:
        region.madvise(mmap.MADV_HUGEPAGE, start + HUGE_PAGE, len(region) - start - HUGE_PAGE)
    except (OSError, ValueError):
        return
