"""The C library's memory allocator, which a training loop on a CPU asks too much of."""

from __future__ import annotations

import ctypes
import platform
from functools import cache


@cache
def keep_freed_memory() -> None:
    """Tell glibc to keep the memory of freed tensors for the next step.

    By default it gives each step's large tensors back to the kernel, and getting them again costs
    about as much time as the arithmetic: measured on two CPU cores, a step of the CoordConv painter
    takes less than half the time with this. Other systems' allocators need no such word.
    """
    if platform.system() == "Linux" and platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        trim_threshold, top_pad, mmap_threshold = -1, -2, -3  # the numbers of malloc.h
        if not libc.mallopt(mmap_threshold, 1 << 30):
            libc.mallopt(mmap_threshold, 1 << 25)  # the most that an older glibc takes
        libc.mallopt(trim_threshold, (1 << 31) - 1)
        libc.mallopt(top_pad, 1 << 28)
