"""State: what signals need to answer now. One protocol, and the stores that keep it."""
