"""The peer: a BentoML service that only gives back what it gets, with BentoML's defaults."""

from __future__ import annotations

from typing import Any

import bentoml


class _Echo:
    def echo(self, event: dict[str, Any]) -> dict[str, Any]:
        """Gives back what it gets."""
        return event


_Echo.echo = bentoml.api(_Echo.echo)  # type: ignore[method-assign]
Echo: bentoml.Service[_Echo] = bentoml.service(name="echo", workers=1)(_Echo)
