"""CTranslate2 beside torch: each keeps its own number of threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def torch_keeps_its_threads() -> Iterator[None]:
    """Give torch, where it is loaded, the number of threads back that it had before.

    A CTranslate2 model sets OpenMP's number of threads for the whole process when it is made. Where both libraries
    share one OpenMP, every torch model beside a model of one thread would run on a single core from then on.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)
