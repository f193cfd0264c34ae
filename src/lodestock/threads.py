"""One thread for linear algebra: a small factorisation with many threads is up to a hundred times slower."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def pin_blas_threads(count: int = 1) -> None:
    """Limit the threads of the BLAS libraries of this process and of those it starts.

    Before numpy is loaded the environment is enough; a numpy that is already loaded is limited in place.
    """
    for variable in VARIABLES:
        os.environ[variable] = str(count)
    if "numpy" in sys.modules:
        _controller(len(sys.modules)).limit(limits=count, user_api="blas")


@contextmanager
def blas_threads(count: int = 1) -> Iterator[None]:
    """Limit the BLAS threads inside a ``with`` block and restore them afterwards."""
    if all(os.environ.get(variable) == str(count) for variable in VARIABLES[:3]):
        yield
        return
    with _controller(len(sys.modules)).limit(limits=count, user_api="blas"):
        yield


@functools.lru_cache(maxsize=1)
def _controller(modules: int) -> Any:
    """Look for the libraries again when modules were loaded since: scipy brings a BLAS of its own."""
    import numpy as np  # noqa: F401  (the libraries to control are those numpy has loaded)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
