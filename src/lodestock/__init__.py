"""Lodestock: open decision engine for critical-mineral security.

The rooms, in the order of work: :mod:`lodestock.data` (what is known), :mod:`lodestock.world` (the
calibrated network), :mod:`lodestock.market` (equilibrium, pure mathematics), :mod:`lodestock.policy`
(instruments), :mod:`lodestock.scenario` (YAML to outcome), :mod:`lodestock.report` and
:mod:`lodestock.cli`. Importing this package loads none of them.
"""

__version__ = "0.1.0"
