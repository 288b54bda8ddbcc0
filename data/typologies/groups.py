"""Honest people who share things: offices, agencies, resellers, one person with two companies."""

from __future__ import annotations

from dataclasses import replace

from data.cards import card
from data.clock import DAY, HOUR, MINUTE
from data.habits import ORDINARY
from data.lives import live_honestly
from data.people import billing_address, company_domain, phone_number
from data.places import home
from data.scene import Scene, Ties
from data.signups import new_device, sign_up

_AT_WORK = replace(ORDINARY, form_seconds=70.0, free_mail=0.25, abroad=0.01)
_IN_BULK = replace(ORDINARY, form_seconds=32.0, autofill=0.25, free_mail=0.35, mfa=0.55)


def open_office(scene: Scene, size: int) -> None:
    """Firms in one building: one network, often one address, devices without a fingerprint."""
    dice, place = scene.dice, home(scene.dice)
    ip = scene.networks.connection(dice, place, "business")
    address = billing_address(dice, place)
    domain = company_domain(dice) if dice.chance(0.5) else None  # one firm, several departments
    at = scene.opening(place)
    weeks = dice.between(0.3, 12)
    for _ in range(size):
        ties = Ties(
            place=place,
            ip=scene.networks.beside(dice, ip) if dice.chance(0.5) else ip,
            address=address if dice.chance(0.6) else None,
            domain=domain,
        )
        live_honestly(scene, sign_up(scene, at, replace(_AT_WORK, device_hidden=0.7), ties))
        at += int(dice.expovariate(size / weeks) * 7 * DAY)


def open_reseller(scene: Scene, size: int) -> None:
    """A reseller's clerk enters a batch of new customers within an hour or two."""
    dice, place = scene.dice, home(scene.dice)
    reseller = scene.reseller()
    device = new_device(dice)
    ip = scene.networks.connection(dice, place, dice.choice(("business", "business", "mobile")))
    at = scene.opening(place)
    names_reseller = dice.chance(0.85)  # the others forgot to send the id
    own_card = card(dice, place, ORDINARY) if dice.chance(0.3) else None
    for _ in range(size):
        ties = Ties(
            place=place,
            device=device if dice.chance(0.9) else None,
            ip=ip,
            card=own_card,
            reseller=reseller if names_reseller else None,
        )
        live_honestly(scene, sign_up(scene, at, _IN_BULK, ties))
        at += int(dice.expovariate(1.0) * 8 * MINUTE) + MINUTE


def open_agency(scene: Scene, size: int) -> None:
    """A web agency opens accounts for its clients over days, and looks much like a ring."""
    dice, place = scene.dice, home(scene.dice)
    device = new_device(dice)
    ip = scene.networks.connection(dice, place, dice.choice(("business", "residential")))
    phone = phone_number(dice, place) if dice.chance(0.4) else None
    own_card = card(dice, place, ORDINARY) if dice.chance(0.35) else None
    domain = company_domain(dice) if dice.chance(0.25) else None
    at = scene.opening(place)
    pause = dice.between(0.5, 200) * HOUR
    for _ in range(size):
        ties = Ties(
            place=place,
            device=device if dice.chance(0.8) else None,
            ip=ip if dice.chance(0.8) else None,
            card=own_card,
            phone=phone,
            domain=domain,
        )
        live_honestly(scene, sign_up(scene, at, _AT_WORK, ties))
        at += int(dice.expovariate(1.0) * pause)


def open_twice(scene: Scene, size: int) -> None:
    """One person opens an account for each of two companies."""
    dice, place = scene.dice, home(scene.dice)
    device = new_device(dice)
    ip = scene.networks.connection(dice, place, "residential")
    own_card = card(dice, place, ORDINARY) if dice.chance(0.6) else None
    phone = phone_number(dice, place) if dice.chance(0.7) else None
    address = billing_address(dice, place) if dice.chance(0.5) else None
    at = scene.opening(place)
    for _ in range(size):
        ties = Ties(
            place=place,
            device=device,
            ip=ip if dice.chance(0.75) else None,
            card=own_card,
            phone=phone,
            address=address,
        )
        live_honestly(scene, sign_up(scene, at, ORDINARY, ties))
        at += int(dice.between(0.1, 1500) * HOUR)
