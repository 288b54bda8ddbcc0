"""Training: history becomes a model that one can trust, and a bundle that serves it."""
