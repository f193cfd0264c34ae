"""Several reserves at once: filling against one another or together, who bears what, one stock or many."""
