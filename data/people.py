"""People and companies that do not exist: names from syllables, mail, phones, addresses."""

from __future__ import annotations

from typing import NamedTuple

from data.dice import Dice
from data.habits import Habits
from data.places import Place
from features.blocks import Address, Company, Contact


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Ada Adil Aisha Alba Amira Anouk Anton Arjun Asha Ayo Bao Bela Bruno Carla Chidi Clara Dario "
    "Dewi Dilan Edda Elena Emeka Emil Enzo Eva Farid Femke Finn Greta Hana Hugo Ida Ines Ivo Jana "
    "Joris Karim Kemal Lara Leif Lena Linh Luca Maia Marek Milan Mina Nadia Nils Noor Olga Omar "
    "Paula Petra Ravi Rosa Sanne Selma Tara Timo Uma Vera Wim Yara Yusuf Zeynep Zoe"
)
_START = _words(
    "Ba Be Bor Cal Da Dor El Fa Fer Gor Ha Hol Ka Kel Lan Lo Mar Mel Na Nor Pa Pel Ra Ros"
)
_MIDDLE = _words("la lin man mer na ner no ra ran re ri ro sa ser ta ter to va ver wi")
_END = _words("berg da den dez feld gard kov lam ler ma mont nen ra ri sen ski son ta ti vic wen")
_TRADE = _words("Systems Logistics Foods Studio Works Health Energy Labs Media Textiles Tools")
_STREETS = _words("Mill Station Harbour Church Garden Market Bridge Orchard Castle Meadow Quay")
_WAYS = _words("Street Road Lane Square Avenue")
FREE_MAIL = {
    "gmail.com": 46.0,
    "outlook.com": 16.0,
    "hotmail.com": 10.0,
    "yahoo.com": 9.0,
    "icloud.com": 6.0,
    "proton.me": 5.0,
    "gmx.net": 3.0,
    "mail.com": 2.0,
    "aol.com": 1.0,
    "zoho.com": 2.0,
}
#: Domains of the reference list of throw-away mail.
DISPOSABLE_MAIL = _words(
    "mailinator.com 10minutemail.com guerrillamail.com yopmail.com trashmail.com temp-mail.org "
    "sharklasers.com getnada.com dispostable.com maildrop.cc mintemail.com throwawaymail.com "
    "mailnesia.com tempail.com mohmal.com fakeinbox.com moakt.com emailondeck.com mytemp.email"
)


class Person(NamedTuple):
    """Who fills in the form."""

    contact: Contact
    company: Company | None
    address: Address
    email: str
    phone: str


def person(
    dice: Dice,
    place: Place,
    habits: Habits,
    *,
    domain: str | None = None,
    address: Address | None = None,
    phone: str | None = None,
) -> Person:
    """Somebody of a place; what is given is shared with others."""
    contact = Contact(first_name=dice.choice(_FIRST), last_name=surname(dice))
    company = None
    if domain is not None or not dice.chance(habits.free_mail + habits.disposable_mail):
        name = f"{surname(dice)} {dice.choice(_TRADE)}"
        domain = domain or company_domain(dice, name)
        size = round(dice.around(9, 1.1)) + 1
        company = Company(
            name=name,
            website=f"https://www.{domain}",
            tax_id=f"{place.country}{dice.randrange(10**8, 10**9)}" if dice.chance(0.5) else None,
            employees=size if dice.chance(0.6) else None,
        )
    elif dice.chance(habits.free_mail / (habits.free_mail + habits.disposable_mail)):
        domain = dice.pick(FREE_MAIL)
    else:
        domain = dice.choice(DISPOSABLE_MAIL)
    return Person(
        contact=contact,
        company=company,
        address=address or billing_address(dice, place),
        email=f"{_local_part(dice, contact, habits)}@{domain}",
        phone=phone or phone_number(dice, place),
    )


def surname(dice: Dice) -> str:
    """A family name of syllables, one of some ten thousand."""
    return dice.choice(_START) + dice.choice(_MIDDLE) + dice.choice(_END)


def company_domain(dice: Dice, name: str | None = None) -> str:
    """A domain under the reserved top level ``example`` (RFC 2606)."""
    name = name or f"{surname(dice)} {dice.choice(_TRADE)}"
    return f"{name.lower().replace(' ', '-')}-{dice.code(3)}.example"


def billing_address(dice: Dice, place: Place, line2: str | None = None) -> Address:
    """An address of a place."""
    street = f"{surname(dice)} {dice.choice(_STREETS)} {dice.choice(_WAYS)}"
    return Address(
        line1=f"{dice.randrange(1, 240)} {street}",
        line2=line2,
        city=dice.choice(place.cities.split()),
        postal_code=str(dice.randrange(10_000, 99_999)),
        country=place.country,
    )


def phone_number(dice: Dice, place: Place) -> str:
    """A number nobody has: area code 555 in North America, 00 after the prefix elsewhere."""
    if place.dial == "1":
        return f"+1555{dice.randrange(10**7):07d}"
    return f"+{place.dial}00{dice.randrange(10**8):08d}"


def _local_part(dice: Dice, contact: Contact, habits: Habits) -> str:
    first = (contact.first_name or "").lower()
    last = (contact.last_name or "").lower()
    styles = (f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[0]}", f"{last}{first}")
    local = dice.choice(styles)
    if not dice.chance(habits.digits_in_mail):
        return local
    return f"{local}{dice.randrange(10 ** dice.randrange(1, 6))}"
