"""The allocator is told once, and only where it can be told."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys

import pytest

from workbench.engines.allocation import keep_freed_memory

TWICE = """
import ctypes, resource, sys
from workbench.engines.allocation import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
size = 2**23
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
for _ in range(20):
    block = ctypes.c_void_p(libc.malloc(size))
    other = ctypes.c_void_p(libc.malloc(2 * size))
    ctypes.memset(block, 1, size)
    ctypes.memset(other, 1, 2 * size)
    libc.free(block)
    libc.free(other)
    libc.malloc_trim(0) if sys.argv[1] == "trimmed" else None
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", TWICE, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator of glibc is told, no other")
def test_freed_buffers_are_used_again_instead_of_fetched_anew():
    buffer = 3 * 2**23 // resource.getpagesize()
    assert faults("trimmed") - faults("kept") > 10 * buffer


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    keep_freed_memory.cache_clear()
    assert keep_freed_memory() is False
    keep_freed_memory.cache_clear()
