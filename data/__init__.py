"""The simulated world: a reseller's customers over months, and the samples made of it."""
