"""Who pays for the stock: loan, members, equity, and books that balance to the cent."""
