"""Typologies: the kinds of customers there are, each a story told by its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from data.scene import Scene
from data.typologies.card_testing import test_cards
from data.typologies.groups import open_agency, open_office, open_reseller, open_twice
from data.typologies.insolvency import cannot_pay
from data.typologies.ordinary import be_ordinary, be_private, be_vpn_user, travel, use_prepaid
from data.typologies.ring import run_ring
from data.typologies.slow_ramp import ramp_slowly
from data.typologies.stolen_instrument import use_stolen_card
from data.typologies.synthetic_identity import invent_identity
from data.typologies.takeover import be_taken_over


@dataclass(frozen=True)
class Typology:
    """A kind of customer.

    ``share`` of all customers by default; ``sizes`` the least and most accounts
    of one case; ``tell`` tells the story of a case of a given size.
    """

    name: str
    share: float
    tell: Callable[[Scene, int], None]
    sizes: tuple[int, int] = (1, 1)
    is_fraud_at_signup: bool = False

    @property
    def mean_size(self) -> float:
        """Accounts of a case on average."""
        return sum(self.sizes) / 2


TYPOLOGIES: tuple[Typology, ...] = (
    Typology("ordinary", 0.635, be_ordinary),
    Typology("second_account", 0.040, open_twice, (2, 2)),
    Typology("traveller", 0.030, travel),
    Typology("office", 0.050, open_office, (2, 6)),
    Typology("reseller", 0.060, open_reseller, (4, 14)),
    Typology("agency", 0.020, open_agency, (2, 7)),
    Typology("prepaid_user", 0.020, use_prepaid),
    Typology("vpn_user", 0.030, be_vpn_user),
    Typology("privacy_minded", 0.020, be_private),
    Typology("cannot_pay", 0.020, cannot_pay),
    Typology("takeover", 0.006, be_taken_over),
    Typology("slow_ramp", 0.007, ramp_slowly),
    Typology("card_testing", 0.008, test_cards, (1, 3), is_fraud_at_signup=True),
    Typology("ring", 0.025, run_ring, (3, 13), is_fraud_at_signup=True),
    Typology("synthetic_identity", 0.011, invent_identity, is_fraud_at_signup=True),
    Typology("stolen_instrument", 0.018, use_stolen_card, is_fraud_at_signup=True),
)
BY_NAME: Mapping[str, Typology] = {typology.name: typology for typology in TYPOLOGIES}
DEFAULT_MIX: Mapping[str, float] = {typology.name: typology.share for typology in TYPOLOGIES}
