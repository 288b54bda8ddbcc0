"""Places: the countries of the simulated world, their people, money and base risk.

The risk only tilts where fraud comes from. It is a figure of this world, made
up to give the region signals something to find, and says nothing of real places.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from data.dice import Dice
from features.blocks import Money


class Place(NamedTuple):
    """A country.

    ``share`` of the customers; ``risk`` relative to the average; ``per_dollar``
    units of ``currency``; ``utc_offset`` in hours; ``region`` of its data centre;
    ``cities`` separated by spaces.
    """

    country: str
    share: float
    risk: float
    currency: str
    per_dollar: float
    dial: str
    utc_offset: int
    region: str
    language: str
    cities: str

    def money(self, dollars: float) -> Money:
        """US dollars in the currency of the place, to two decimals."""
        hundredths = round(dollars * self.per_dollar * 100)
        return Money(amount=Decimal(hundredths).scaleb(-2), currency=self.currency)


PLACES: tuple[Place, ...] = (
    Place("US", 21, 1.2, "USD", 1.0, "1", -6, "eastus", "en-US", "Denver Austin Dayton"),
    Place("GB", 11, 0.9, "GBP", 0.79, "44", 0, "uksouth", "en-GB", "Leeds Bristol Derby"),
    Place("DE", 11, 0.7, "EUR", 0.93, "49", 1, "germanywest", "de-DE", "Kassel Bremen Ulm"),
    Place("FR", 8, 0.8, "EUR", 0.93, "33", 1, "francecentral", "fr-FR", "Lyon Nantes Metz"),
    Place("NL", 6, 0.8, "EUR", 0.93, "31", 1, "westeurope", "nl-NL", "Utrecht Breda Zwolle"),
    Place("BE", 5, 0.7, "EUR", 0.93, "32", 1, "westeurope", "nl-BE", "Gent Namur Leuven"),
    Place("ES", 4, 0.9, "EUR", 0.93, "34", 1, "spaincentral", "es-ES", "Murcia Gijon Soria"),
    Place("IT", 4, 0.9, "EUR", 0.93, "39", 1, "italynorth", "it-IT", "Parma Bari Udine"),
    Place("PL", 4, 0.9, "PLN", 4.0, "48", 1, "polandcentral", "pl-PL", "Lublin Opole Radom"),
    Place("SE", 2, 0.6, "SEK", 10.7, "46", 1, "swedencentral", "sv-SE", "Gavle Lund Umea"),
    Place("CA", 4, 0.9, "CAD", 1.37, "1", -5, "canadaeast", "en-CA", "Guelph Regina Laval"),
    Place("AU", 3, 0.8, "AUD", 1.52, "61", 10, "australiaeast", "en-AU", "Perth Hobart Cairns"),
    Place("IN", 4, 1.3, "INR", 83.0, "91", 5, "centralindia", "en-IN", "Pune Mysuru Surat"),
    Place("BR", 3, 1.7, "BRL", 5.5, "55", -3, "brazilsouth", "pt-BR", "Recife Santos Natal"),
    Place("MX", 2, 1.5, "MXN", 18.2, "52", -6, "mexicocentral", "es-MX", "Puebla Toluca Leon"),
    Place("ZA", 1.5, 1.5, "ZAR", 18.2, "27", 2, "southafrica", "en-ZA", "Durban George Paarl"),
    Place("NG", 1, 2.2, "NGN", 1490.0, "234", 1, "southafrica", "en-NG", "Ibadan Jos Enugu"),
    Place("ID", 1.5, 2.0, "IDR", 15900.0, "62", 7, "southeastasia", "id-ID", "Medan Bogor Solo"),
    Place("VN", 1.5, 2.0, "VND", 25000.0, "84", 7, "southeastasia", "vi-VN", "Hue Dalat Vinh"),
    Place("TR", 1.5, 1.6, "TRY", 33.0, "90", 3, "turkeynorth", "tr-TR", "Bursa Konya Izmir"),
    Place("RO", 1.5, 1.5, "RON", 4.6, "40", 2, "westeurope", "ro-RO", "Cluj Iasi Brasov"),
    Place("SG", 1, 0.9, "SGD", 1.34, "65", 8, "southeastasia", "en-SG", "Jurong Bedok Yishun"),
)  # fmt: skip

_BY_SHARE = {place: place.share for place in PLACES}
REGIONS: tuple[str, ...] = tuple(sorted({place.region for place in PLACES}))


def home(dice: Dice, pull: float = 0.0) -> Place:
    """Where somebody lives: by share at pull 0, by share times risk to the power of the pull."""
    if pull == 0.0:
        return dice.pick(_BY_SHARE)
    return dice.pick({place: place.share * place.risk**pull for place in PLACES})


def elsewhere(dice: Dice, place: Place, pull: float = 0.0) -> Place:
    """Another country than this one."""
    while (other := home(dice, pull)).country == place.country:
        pass
    return other
