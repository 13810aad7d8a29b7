"""Bytes at the very end of a page whose successor may not be read: reading too far ends the process.

The bytes before the data are garbage, so that a read in front of it at least changes results.
"""

import ctypes
import mmap

PAGE = mmap.PAGESIZE
ROOM = 17 * PAGE  # a 65535-byte datagram, rounded up


class GuardedMemory:
    def __init__(self) -> None:
        self._map = mmap.mmap(-1, ROOM + PAGE)
        self._view = memoryview(self._map)
        libc = ctypes.CDLL(None, use_errno=True)
        fence = ctypes.addressof(ctypes.c_char.from_buffer(self._map)) + ROOM
        if libc.mprotect(ctypes.c_void_p(fence), ctypes.c_size_t(PAGE), 0):
            raise OSError(ctypes.get_errno(), "mprotect")

    def hold(self, data: bytes) -> memoryview:
        """`data` with the fence right behind it; good until the next call."""
        self._view[ROOM - len(data) - 64 : ROOM - len(data)] = b"\xa5" * 64
        self._view[ROOM - len(data) : ROOM] = data
        return self._view[ROOM - len(data) : ROOM]


_memory = GuardedMemory()


def guarded(data: bytes) -> memoryview:
    return _memory.hold(data)
