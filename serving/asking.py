"""Asking: what people send about decisions, as types."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from features.blocks import Identifier
from features.events import AwareTime
from serving.decreeing import Words

#: Names a bundle, and so a folder: nothing else may stand there.
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="64 digits of a digest")]


class _Sent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What may name itself, so that it can be sent again."""

    id: Identifier | None = None


class NewOverride(_Sent, frozen=True):
    """A person decides instead.

    With ``expires_at`` the same holds for what the customer does at that moment until then.
    """

    decision: Identifier
    outcome: Literal["approve", "review", "decline"]
    reason: Words
    evidence: Words | None = None
    owner: Identifier | None = None
    expires_at: AwareTime | None = None


class NewAppeal(_Sent, frozen=True):
    """The customer disagrees, and may say why."""

    statement: Words | None = None


class NewReplay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise: a text of policies (YAML), the digest of a model."""

    policies: Annotated[str, Meta(max_length=1_000_000)] | None = None
    model: Digest | None = None
