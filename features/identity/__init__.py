"""What names, addresses and numbers of a person or company say: pure functions, no tokens."""
