"""Ce que disent les codes, en français."""

from __future__ import annotations

from features.decide.texts.text import Text, Words

_CARD = "La carte ne correspond pas au reste de vos informations."
_CARD_USE = "Nous n'avons pas pu vérifier l'usage qui est fait de cette carte."
_CONNECTION = "Nous n'avons pas pu vérifier la connexion d'où vient la demande."
_CONTACT = "Nous n'avons pas pu confirmer vos coordonnées."
_COMPANY = "Nous n'avons pas pu confirmer les informations de votre entreprise."
_REQUEST = "Votre demande diffère de celles que nous recevons d'habitude."
_ACCOUNT = "Votre compte est utilisé autrement qu'auparavant."
_BILLS = "La manière dont vos factures sont payées soulève une question."
_RECORDS = "Nos dossiers soulèvent une question que nous aimerions régler avec vous."

FRENCH = Words(
    texts={
        "CARD_TYPE": Text("Type de carte", "Nous n'avons pas pu vérifier ce type de carte."),
        "CARD_COUNTRY": Text("Pays de la carte, de la facture et de la demande", _CARD),
        "CARD_HOLDER": Text("Nom sur la carte", _CARD),
        "CARD_CHECKS": Text(
            "Réponse de la banque sur la carte", "La banque n'a pas pu confirmer la carte."
        ),
        "CARD_DECLINES": Text(
            "Paiements refusés par les banques",
            "Des paiements n'ont pas été acceptés par la banque.",
        ),
        "CARD_TESTING": Text("Cartes peut-être mises à l'essai", _CARD_USE),
        "CARD_HISTORY": Text("Ce que l'on sait de la carte", _CARD_USE),
        "CARD_SHARED": Text("Autres utilisateurs de la carte", _CARD_USE),
        "DEVICE_VELOCITY": Text("Comptes sur l'appareil", _CONNECTION),
        "DEVICE_HISTORY": Text("Ce que l'on sait de l'appareil", _CONNECTION),
        "NETWORK": Text("Type de réseau", _CONNECTION),
        "NETWORK_VELOCITY": Text("Inscriptions depuis le même réseau", _CONNECTION),
        "LOCATION": Text(
            "Provenance de la demande", "Les lieux de votre demande ne concordent pas."
        ),
        "TIME_OF_DAY": Text("Heure locale de la demande", _REQUEST),
        "EMAIL_ADDRESS": Text("Adresse e-mail", _CONTACT),
        "EMAIL_DOMAIN": Text("Domaine de l'adresse e-mail", _CONTACT),
        "PERSON": Text("Nom de la personne", _CONTACT),
        "COMPANY": Text("Entreprise et numéro fiscal", _COMPANY),
        "PHONE": Text("Numéro de téléphone", _CONTACT),
        "ADDRESS": Text("Adresse postale", _CONTACT),
        "SHARED_DETAILS": Text("Données partagées avec d'autres clients", _CONTACT),
        "BEHAVIOUR": Text("Façon de remplir le formulaire", _REQUEST),
        "VERIFICATION": Text(
            "Vérifications réussies ou échouées",
            "Une vérification de votre identité est encore en attente.",
        ),
        "ORDER": Text(
            "Contenu de la commande",
            "Votre commande diffère de celles que nous recevons d'habitude.",
        ),
        "PAYMENT_PACE": Text("Rythme des paiements et des commandes du client", _REQUEST),
        "CHANNEL": Text("Revendeur ou offre qui a amené le client", _REQUEST),
        "REGION_HISTORY": Text("Notre propre expérience du pays", _REQUEST),
        "LINKED_TO_BAD": Text("Points communs avec des fraudes connues", _RECORDS),
        "CUSTOMER_HISTORY": Text("Ce que l'on a déjà appris du client", _RECORDS),
        "SPENDING": Text("Consommation du client", _ACCOUNT),
        "BUDGET": Text("Consommation par rapport au budget", _ACCOUNT),
        "NEW_USE": Text("Services et régions utilisés pour la première fois", _ACCOUNT),
        "COMPUTE": Text("Machines et cartes graphiques utilisées", _ACCOUNT),
        "ADMIN_ACTIVITY": Text("Actions des administrateurs dans le tenant", _ACCOUNT),
        "ALERTS": Text(
            "Alertes au sujet du client",
            "Une activité inhabituelle sur votre compte nous a été signalée.",
        ),
        "OVERDUE": Text("Factures ouvertes", "Des factures restent ouvertes."),
        "PAYING_HABITS": Text("Habitudes de paiement du client", _BILLS),
        "COLLECTION": Text(
            "Encaissement des sommes dues", "Les sommes dues n'ont pas pu être encaissées."
        ),
        "CREDIT": Text("Crédit par rapport à ce qui est utilisé et payé", _BILLS),
    },
    other=Text(
        "Signal propre à votre entreprise", "Nous aimerions examiner votre demande de plus près."
    ),
    known="{topic} : {signal} vaut {value}.",
    compared="{topic} : {signal} vaut {value}, d'habitude {usual}.",
    unknown="{topic} : {signal} est inconnu.",
    not_told="Ceci n'a pas pu être établi : {condition}",
)
