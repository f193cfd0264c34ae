"""The decorators of compiled functions.

Translations are kept beside the package, or in the user's cache directory; where neither can be written they
last as long as the process. numba renews a kept translation when the function's own file changes, but not
when a function that it calls does, or a constant that it takes from elsewhere. So the stamp it compares is
replaced by one of all files of this package and the constants they take from the methods they follow.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from lodestock.market.compiled import constants

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
"""No interpreter's lock; division by zero as in numpy; products may be fused with sums, nothing else."""

INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""What only compiled functions call needs no way in from Python, which would take long to translate."""


def compiled(function: Function) -> Function:
    """Translate ``function`` at its first call."""
    return _translated(function, OPTIONS)


def inner(function: Function) -> Function:
    """Like :func:`compiled`, for functions that only compiled ones call."""
    return _translated(function, OPTIONS | INNER)


def reordering(function: Function) -> Function:
    """Like :func:`inner`, for sums whose terms may be added in another order, the same one every time."""
    return _translated(function, OPTIONS | INNER | {"fastmath": {"contract", "reassoc"}})


def _translated(function: Function, options: dict[str, Any]) -> Function:
    translate: Any = numba.njit
    try:
        kept = translate(cache=True, **options)(function)
        kept._cache._cache_file._source_stamp = STAMP
    except (RuntimeError, AttributeError):  # no directory to write to, or a numba that keeps them otherwise
        kept = translate(**options)(function)
    translated: Function = kept
    return translated


def _stamp() -> tuple[tuple[str, object], ...]:
    """Return time and size of every file, and value of every constant, that a translation may depend on."""
    files = [(path.name, path.stat()) for path in sorted(Path(__file__).parent.glob("*.py"))]
    return (
        *((name, (state.st_mtime_ns, state.st_size)) for name, state in files),
        *((name, getattr(constants, name)) for name in constants.__all__),
    )


STAMP = _stamp()
