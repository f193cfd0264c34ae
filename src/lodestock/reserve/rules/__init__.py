"""Buying rules that agencies use, walked along the same paths as the optimal plan, in one table."""
