"""The decorators of compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
"""No interpreter's lock; division by zero as in numpy; products may be fused with sums, nothing else."""


def compiled(function: Function) -> Function:
    """Translate ``function`` at its first call and keep the translation.

    Translations are kept beside the package or in the user's cache directory; where neither can be written
    they last as long as the process.
    """
    return _translated(function)


def inner(function: Function) -> Function:
    """Like :func:`compiled`, for functions that only compiled ones call."""
    return _translated(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _translated(function: Function, **more: bool) -> Function:
    translate: Any = numba.njit
    try:
        translated: Function = translate(cache=True, **OPTIONS, **more)(function)
    except RuntimeError:  # numba's word for: no directory to keep translations in
        translated = translate(**OPTIONS, **more)(function)
    return translated
