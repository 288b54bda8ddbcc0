"""Wat de codes betekenen, in het Nederlands."""

from __future__ import annotations

from features.decide.texts.text import Text, Words

_CARD = "De kaart past niet bij uw andere gegevens."
_CARD_USE = "Wij konden niet nagaan hoe deze kaart wordt gebruikt."
_CONNECTION = "Wij konden de verbinding waarlangs de aanvraag kwam niet nagaan."
_CONTACT = "Wij konden uw contactgegevens niet bevestigen."
_COMPANY = "Wij konden de gegevens van uw bedrijf niet bevestigen."
_REQUEST = "Uw aanvraag verschilt van wat wij gewoonlijk ontvangen."
_ACCOUNT = "Uw account wordt anders gebruikt dan voorheen."
_BILLS = "De manier waarop uw facturen worden betaald, roept een vraag op."
_RECORDS = "Onze gegevens roepen een vraag op die wij graag met u uitklaren."

DUTCH = Words(
    texts={
        "CARD_TYPE": Text("Soort kaart", "Wij konden dit soort kaart niet nagaan."),
        "CARD_COUNTRY": Text("Land van de kaart, de factuur en de aanvraag", _CARD),
        "CARD_HOLDER": Text("Naam op de kaart", _CARD),
        "CARD_CHECKS": Text(
            "Antwoord van de bank over de kaart", "De bank kon de kaart niet bevestigen."
        ),
        "CARD_DECLINES": Text(
            "Betalingen die banken weigerden", "Betalingen werden niet aanvaard door de bank."
        ),
        "CARD_TESTING": Text("Kaarten die misschien worden uitgeprobeerd", _CARD_USE),
        "CARD_HISTORY": Text("Wat bekend is over de kaart", _CARD_USE),
        "CARD_SHARED": Text("Anderen die de kaart gebruiken", _CARD_USE),
        "DEVICE_VELOCITY": Text("Accounts op het toestel", _CONNECTION),
        "DEVICE_HISTORY": Text("Wat bekend is over het toestel", _CONNECTION),
        "NETWORK": Text("Soort netwerk", _CONNECTION),
        "NETWORK_VELOCITY": Text("Inschrijvingen vanaf hetzelfde netwerk", _CONNECTION),
        "LOCATION": Text(
            "Waar de aanvraag vandaan kwam", "De plaatsen in uw aanvraag passen niet bij elkaar."
        ),
        "TIME_OF_DAY": Text("Plaatselijke tijd van de aanvraag", _REQUEST),
        "EMAIL_ADDRESS": Text("E-mailadres", _CONTACT),
        "EMAIL_DOMAIN": Text("Domein van het e-mailadres", _CONTACT),
        "PERSON": Text("Naam van de persoon", _CONTACT),
        "COMPANY": Text("Bedrijf en fiscaal nummer", _COMPANY),
        "PHONE": Text("Telefoonnummer", _CONTACT),
        "ADDRESS": Text("Postadres", _CONTACT),
        "SHARED_DETAILS": Text("Gegevens gedeeld met andere klanten", _CONTACT),
        "BEHAVIOUR": Text("Hoe het formulier werd ingevuld", _REQUEST),
        "VERIFICATION": Text(
            "Controles die slaagden of mislukten", "Een controle van uw identiteit staat nog open."
        ),
        "ORDER": Text(
            "Wat wordt besteld", "Uw bestelling verschilt van wat wij gewoonlijk ontvangen."
        ),
        "PAYMENT_PACE": Text("Hoe snel de klant betaalt en bestelt", _REQUEST),
        "CHANNEL": Text("Wederverkoper of aanbod dat de klant aanbracht", _REQUEST),
        "REGION_HISTORY": Text("Eigen ervaring met het land", _REQUEST),
        "LINKED_TO_BAD": Text("Gemeen met bekende fraude", _RECORDS),
        "CUSTOMER_HISTORY": Text("Wat eerder over de klant is gebleken", _RECORDS),
        "SPENDING": Text("Wat de klant verbruikt", _ACCOUNT),
        "BUDGET": Text("Verbruik tegenover het budget", _ACCOUNT),
        "NEW_USE": Text("Diensten en regio's die voor het eerst worden gebruikt", _ACCOUNT),
        "COMPUTE": Text("Machines en grafische kaarten in gebruik", _ACCOUNT),
        "ADMIN_ACTIVITY": Text("Wat beheerders in de tenant deden", _ACCOUNT),
        "ALERTS": Text(
            "Meldingen over de klant", "Er is ons ongewone activiteit op uw account gemeld."
        ),
        "OVERDUE": Text("Openstaande facturen", "Er staan nog facturen open."),
        "PAYING_HABITS": Text("Hoe de klant gewoonlijk betaalt", _BILLS),
        "COLLECTION": Text(
            "Innen van wat verschuldigd is", "Wat verschuldigd is, kon niet worden geïnd."
        ),
        "CREDIT": Text("Krediet tegenover wat is gebruikt en betaald", _BILLS),
    },
    other=Text("Eigen signaal", "Wij willen uw aanvraag graag nader bekijken."),
    known="{topic}: {signal} is {value}.",
    compared="{topic}: {signal} is {value}, meestal {usual}.",
    unknown="{topic}: {signal} is onbekend.",
    not_told="Dit kon niet worden vastgesteld: {condition}",
)
