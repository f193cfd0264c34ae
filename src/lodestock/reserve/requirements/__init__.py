"""Sizing as practised: what a plan of four years needs, less what can be relied on, less what is held."""
