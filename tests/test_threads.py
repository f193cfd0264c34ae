"""BLAS threads can be pinned before and after numpy is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from threadpoolctl import threadpool_info

from lodestock.threads import VARIABLES, blas_threads, pin_blas_threads


def blas_limits() -> set[int]:
    np.linalg.inv(np.eye(3))
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_threads_are_limited_inside_the_block_and_restored_after_it(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    before = blas_limits()
    with blas_threads(1):
        assert blas_limits() == {1}
    assert blas_limits() == before


def test_libraries_loaded_after_the_first_block_are_limited_too():
    code = (
        "import numpy; from lodestock.threads import blas_threads\n"
        "with blas_threads(1): pass\n"
        "import scipy.linalg; from threadpoolctl import threadpool_info\n"
        "with blas_threads(1):\n"
        "    assert all(i['num_threads'] == 1 for i in threadpool_info() if i['user_api'] == 'blas')"
    )
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_a_pinned_environment_is_left_alone(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "1")
    before = blas_limits()
    with blas_threads(1):
        assert blas_limits() == before


def test_pinning_before_numpy_is_loaded_needs_no_numpy():
    code = (
        "import sys; from lodestock.threads import pin_blas_threads; pin_blas_threads(1); "
        "assert 'numpy' not in sys.modules; import numpy; from threadpoolctl import threadpool_info; "
        "assert all(i['num_threads'] == 1 for i in threadpool_info() if i['user_api'] == 'blas')"
    )
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_pinning_after_numpy_is_loaded_limits_it():
    code = (
        "import numpy; from lodestock.threads import pin_blas_threads; pin_blas_threads(1); "
        "from threadpoolctl import threadpool_info; "
        "assert all(i['num_threads'] == 1 for i in threadpool_info() if i['user_api'] == 'blas')"
    )
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert pin_blas_threads.__doc__
