"""The ledger: the durable record of events, decisions and labels, and the only truth."""
