"""Room risk: every official indicator of supply risk on one set of data, with its uncertainty."""
