"""Deciding: policies, scorecard and decision, pure functions over a vector, no I/O."""
