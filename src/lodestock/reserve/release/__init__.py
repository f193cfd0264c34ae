"""How a reserve lets go of what it holds: auction, loan in kind, swap, call; when; alone or together."""
