"""Nobody in the simulated world can be somebody."""

from __future__ import annotations

from data.dice import Dice
from data.habits import CRUDE, ORDINARY
from data.networks import Networks
from data.people import DISPOSABLE_MAIL, FREE_MAIL, person
from data.places import PLACES, elsewhere, home
from features import reference
from features.blocks import packed_address
from features.tokens import normal_phone


def test_mail_domains_are_reserved_or_those_the_reference_data_knows() -> None:
    known = reference.load()
    assert set(FREE_MAIL) <= known.free_mail
    assert all(known.is_disposable(domain) for domain in DISPOSABLE_MAIL)
    dice = Dice("mail")
    for _ in range(300):
        someone = person(dice, home(dice), CRUDE)
        domain = someone.email.rpartition("@")[2]
        assert domain in {*FREE_MAIL, *DISPOSABLE_MAIL} or domain.endswith(".example")


def test_telephone_numbers_are_readable_and_belong_to_nobody() -> None:
    dice = Dice("phones")
    for place in PLACES:
        number = person(dice, place, ORDINARY).phone
        assert normal_phone(number, place.country) == number
        assert number.removeprefix(f"+{place.dial}").startswith(("00", "555"))


def test_every_currency_has_a_rate() -> None:
    known = reference.load()
    for place in PLACES:
        money = place.money(100.0)
        cents = known.convert(money.amount, money.currency)
        assert cents is not None
        assert 8_500 < cents < 11_500, place.country


def test_elsewhere_is_another_country() -> None:
    dice = Dice("travel")
    assert all(elsewhere(dice, place).country != place.country for place in PLACES)


def test_carriers_are_crowded_and_homes_are_not() -> None:
    dice, networks = Dice("networks"), Networks(seed=1, customers=20_000)

    def crowd(type: str) -> int:
        found = [networks.connection(dice, PLACES[0], type) for _ in range(400)]  # type: ignore[arg-type]
        assert all(packed_address(ip.address) for ip in found)
        return len({ip.address.rpartition(".")[0] for ip in found})

    assert crowd("mobile") < 100 < 300 < crowd("residential")
