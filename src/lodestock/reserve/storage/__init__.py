"""The lot register: what lies where, what is due, what goes out first, what a site may hold together."""
