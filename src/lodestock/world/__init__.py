"""The calibrated network of one material: quantities, flows, prices, route costs and behaviour.

``load_world`` (in :mod:`lodestock.world.cache`) gives a world, :mod:`lodestock.world.model` says what it
holds, :mod:`lodestock.world.calibrate` how it is made, :mod:`lodestock.world.draw` how it varies. See
docs/model-world.md for the equations.
"""
