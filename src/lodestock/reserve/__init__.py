"""The strategic reserve: what to hold, when to buy, when to release, who pays."""
