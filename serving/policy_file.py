"""The policies in force."""

from __future__ import annotations

from features.decide.policies import Policies


class PolicyFile:
    """Holds them."""

    def __init__(self, policies: Policies) -> None:
        self.current = policies
        self.problem = ""

    def close(self) -> None:
        """Nothing to let go of."""
