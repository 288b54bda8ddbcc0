"""Ordinary customers, and single ones who are honest but look odd."""

from __future__ import annotations

from dataclasses import replace

from data.habits import ORDINARY, Habits, only
from data.lives import live_honestly
from data.places import home
from data.scene import Scene, Ties
from data.signups import sign_up

_THROUGH_RESELLER = 0.15
TRAVELLER = replace(ORDINARY, abroad=0.95, foreign_card=0.15, device_hidden=0.2)
PREPAID_USER = replace(ORDINARY, prepaid=1.0, no_card=0.0, free_mail=0.75, seats=2.0)
VPN_USER = replace(ORDINARY, networks=only("vpn"), abroad=0.40, device_hidden=0.35)
PRIVATE = replace(
    ORDINARY, disposable_mail=0.60, free_mail=0.25, digits_in_mail=0.6, device_hidden=0.6, mfa=0.4
)


def be_ordinary(scene: Scene, size: int) -> None:
    """Somebody like most: signs up, uses, pays."""
    _be_honest(scene, ORDINARY)


def travel(scene: Scene, size: int) -> None:
    """Signs up from abroad, so that the countries of IP and billing differ."""
    _be_honest(scene, TRAVELLER)


def use_prepaid(scene: Scene, size: int) -> None:
    """Has no credit card and pays with a prepaid one."""
    _be_honest(scene, PREPAID_USER)


def be_vpn_user(scene: Scene, size: int) -> None:
    """Always behind an anonymising service, often one that leaves in another country."""
    _be_honest(scene, VPN_USER)


def be_private(scene: Scene, size: int) -> None:
    """Gives away little: throw-away mail, a browser without a fingerprint, no second factor."""
    _be_honest(scene, PRIVATE)


def _be_honest(scene: Scene, habits: Habits) -> None:
    place = home(scene.dice)
    reseller = scene.reseller() if scene.dice.chance(_THROUGH_RESELLER) else None
    ties = Ties(place=place, reseller=reseller)
    live_honestly(scene, sign_up(scene, scene.opening(place), habits, ties))
