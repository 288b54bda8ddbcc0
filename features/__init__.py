"""Signals: what happened becomes events, facts, windows and vectors."""
