"""Kernels translated to machine code by numba, for many solves or large components.

Nothing outside this package imports numba, and this package is imported only when such kernels are asked
for: by :func:`lodestock.market.solve_many`, by ``analyse(market, compiled=True)``, or for a component too
large for a dense matrix. A single scenario does not pay for loading a compiler.
"""
