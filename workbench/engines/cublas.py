"""The one CUDA library that CTranslate2 opens by name, and does not bring along."""

from __future__ import annotations

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path

NAME = "cublas64_12.dll" if sys.platform == "win32" else "libcublas.so.12"
PACKAGE = "nvidia-cublas-cu12"
"""What brings it, where the system does not."""


def load_cublas() -> bool:
    """Open cuBLAS, from the system or from its Python package; False where neither has it.

    Once open it is found by name, so that CTranslate2 finds the package's copy too.
    """
    for place in [NAME, *_packaged()]:
        try:
            ctypes.CDLL(place, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        return True
    return False


def _packaged() -> list[str]:
    nvidia = find_spec("nvidia")
    places = nvidia.submodule_search_locations or [] if nvidia else []
    kind = "bin" if sys.platform == "win32" else "lib"
    return [str(Path(place) / "cublas" / kind / NAME) for place in places]
