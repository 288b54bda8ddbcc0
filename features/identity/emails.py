"""What an e-mail address says: how it is built, and whether it fits the name it came with."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise
from math import log, log2

import tldextract
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

_ROLES = frozenset((
    "abuse", "accounting", "accounts", "admin", "administrator", "billing", "contact",
    "enquiries", "finance", "hello", "help", "helpdesk", "hostmaster", "hr", "info",
    "invoices", "it", "jobs", "mail", "marketing", "noc", "noreply", "office", "orders",
    "postmaster", "purchasing", "root", "sales", "security", "service", "support", "sysadmin",
    "team", "webmaster",
))  # fmt: skip
_CONSONANTS = re.compile(r"[^\W\d_aeiouy]+")
_DIGITS = {ord(digit): None for digit in "0123456789"}
#: Given names and words as they stand in addresses; their pairs of letters make the table.
_WORDS = (
    "adam", "alexander", "alice", "andrea", "andrew", "anna", "anne", "antonio", "barbara",
    "benjamin", "bernard", "carlos", "caroline", "catherine", "charles", "charlotte", "chris",
    "christian", "christine", "claire", "daniel", "david", "diana", "dirk", "edward", "elena",
    "elisabeth", "emily", "emma", "eric", "eva", "fabian", "felix", "fernando", "florian",
    "francesca", "frank", "gabriel", "george", "hannah", "helen", "henrik", "hugo", "ines",
    "isabelle", "jacob", "james", "jan", "jane", "jean", "jennifer", "johannes", "john",
    "jonas", "joseph", "juan", "julia", "karen", "karl", "katrin", "kevin", "laura", "lena",
    "leon", "linda", "louis", "lucas", "luis", "maria", "marie", "mario", "mark", "martin",
    "matthew", "michael", "monica", "nathalie", "nicolas", "nina", "oliver", "pablo",
    "patricia", "patrick", "paul", "pedro", "peter", "philip", "pierre", "rachel", "rebecca",
    "richard", "robert", "sandra", "sara", "sebastian", "simon", "sofia", "sophie", "stefan",
    "stephen", "susan", "sven", "thomas", "tim", "tom", "ursula", "victor", "vincent",
    "walter", "william", "yasmin", "contact", "company", "consulting", "design", "digital",
    "garden", "group", "house", "international", "management", "marketing", "office",
    "partner", "project", "service", "shop", "solutions", "studio", "support", "systems",
    "team", "technology", "trading", "travel", "world", "baker", "brown", "cooper", "fischer",
    "garcia", "hansen", "johnson", "jones", "lopez", "martinez", "meyer", "miller", "moore",
    "nielsen", "peeters", "schmidt", "schneider", "silva", "smith", "taylor", "weber", "white",
    "williams", "wilson", "janssens", "maes", "dubois", "lambert", "rossi",
)  # fmt: skip
_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def email_facts(local: str, domain: str) -> dict[str, float | int]:
    """Facts of a folded address by itself."""
    return {
        "email_is_role": int(local in _ROLES),
        "email_local_length": len(local),
        "email_local_entropy": entropy(local),
        "email_consonant_run": consonant_run(local),
        "email_gibberish": gibberish(local),
    }


def entropy(text: str) -> float:
    """Shannon entropy of the letters, in bits a letter."""
    terms = _terms(len(text))
    return -sum([terms[text.count(letter)] for letter in sorted(set(text))])


@lru_cache(maxsize=128)
def _terms(length: int) -> list[float]:
    """What a letter adds to the entropy of a text, by how often it is there."""
    shares = [count / length for count in range(1, length + 1)]
    return [0.0] + [share * log2(share) for share in shares]


def consonant_run(text: str) -> int:
    """The longest run of letters without a vowel.

    >>> consonant_run("xkcdbrt7anna")
    7
    """
    return max(map(len, _CONSONANTS.findall(text)), default=0)


def gibberish(text: str) -> float:
    """Mean natural logarithm of how likely each letter follows the one before; low is random.

    Pairs of letters that a list of names and words has, each counted once more than it
    occurs (Laplace). Text with fewer than two letters in a row counts as a pair never seen.
    """
    likely = _pairs()
    never = likely[""]
    found = [likely.get(one + other, never) for one, other in pairwise(text)]
    return sum(found) / len(found) if found else never


@cache
def _pairs() -> dict[str, float]:
    counts = Counter(word[place : place + 2] for word in _WORDS for place in range(len(word) - 1))
    firsts = Counter(pair[0] for pair in counts.elements())
    likely = {pair: log((n + 1) / (firsts[pair[0]] + 26)) for pair, n in counts.items()}
    likely[""] = log(1 / (sum(firsts.values()) / len(firsts) + 26))
    return likely


def name_similarity(
    local: str, first: str | None, last: str | None, company: str | None
) -> float | None:
    """The best Jaro-Winkler similarity of a name with the local part, digits apart; 0 to 1."""
    bare = local.translate(_DIGITS)
    names = [one for one in (first, last, company) if one]
    if first and last:
        names += [f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}"]
    if not names or not bare:
        return None
    return max(JaroWinkler.similarity(bare, one) for one in names)


def registrable(host: str) -> tuple[str, str]:
    """The name under the public suffix, alone and with it: of a.b.co.uk b and b.co.uk."""
    name, _, top = host.partition(".")
    plain = name.isascii() and name.isalnum() and name.islower()
    if plain and top in _tops() and host not in _suffixes():
        return name, host
    return _extracted(host)


@cache
def _suffixes() -> frozenset[str]:
    return frozenset(_extract.tlds)


@cache
def _tops() -> frozenset[str]:
    """Suffixes of one label without a rule for whatever lies under them."""
    plain = {one for one in _suffixes() if one.isascii() and one.isalpha()}
    return frozenset(plain - {one[2:] for one in _suffixes() if one.startswith("*.")})


@lru_cache(maxsize=65_536)
def _extracted(host: str) -> tuple[str, str]:
    parts = _extract.extract_str(host)
    return parts.domain, f"{parts.domain}.{parts.suffix}"


def matches_company(domain: str, company: str) -> float:
    """Token-set ratio of the company's name and the domain's, 0 to 1."""
    return fuzz.token_set_ratio(company, registrable(domain)[0]) / 100


def matches_website(domain: str, website: str) -> int:
    """Whether address and website lie under the same registrable domain."""
    host = website.split("//")[-1].split("/")[0].split(":")[0]
    return int(registrable(domain)[1] == registrable(host)[1])
