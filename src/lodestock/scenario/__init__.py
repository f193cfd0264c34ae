"""Room scenario."""
