"""Files of policies: everything that is wrong is told at once, with the line and what to write."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from features.decide import fields
from features.decide.names import names
from features.decide.policies import Policies
from features.decide.policy import Policy
from features.decide.written import InvalidPolicies
from features.errors import InvalidDeclaration

NAMES = names(CATALOGUE)
GOOD = {
    "id": "MANY_SEATS",
    "moments": "[signup]",
    "when": "seats >= 10",
    "outcome": "review",
    "owner": "risk",
    "analyst": "Many seats.",
    "customer": "We look at your order.",
}
ASKING = {"outcome": "challenge", "challenges": "[sms]"}
#: In line 3, behind the fields above.
WHEN = 3


def written(**changes: str | None) -> str:
    """A file of one policy, a field in each line; what is None is left out."""
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in fields.items()) + "\n"


def problems(text: str | bytes) -> list[str]:
    """What is said of a file that cannot be used, line by line."""
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(InvalidPolicies) as refused:
        Policies.read(raw, NAMES, "mine.yaml")
    first, *told = refused.value.message.split("\n")
    assert first == "the policies in mine.yaml cannot be used:"
    assert told == [f"line {line}: {message}" for line, message in refused.value.problems]
    return told


def good(text: str) -> Policies:
    return Policies.read(text.encode(), NAMES, "mine.yaml")


def test_a_good_file_keeps_its_text_and_its_digest() -> None:
    text = written(when="seats >= 10 && cvc == 'fail'").encode()
    rules = Policies.read(text, NAMES, "mine.yaml")
    assert rules.text == text
    assert rules.digest == hashlib.sha256(text).hexdigest()[:12]
    assert rules.used("signup") == frozenset({"seats"})
    assert rules.evidence("signup") == frozenset({"cvc"})
    assert rules.used("payment") == rules.evidence("payment") == frozenset()


def test_no_policies_are_an_empty_list() -> None:
    assert good("[]\n").policies == ()


@pytest.mark.parametrize("text", ["", " \n", "# nothing yet\n"])
def test_a_file_that_lost_its_text_is_refused(text: str) -> None:
    """As an editor leaves it for a moment, or a failed download for ever."""
    assert problems(text) == ["line 1: is empty: write [] for no policies"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDeclaration, match=r"cannot read the policies in .*missing\.yaml"):
        Policies.load(tmp_path / "missing.yaml", NAMES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- id: [", "line 1: is not valid YAML"),
        ("- id: A\n  when: a: b\n", "line 2: is not valid YAML: mapping values are not allowed "
         "here; a text with a colon stands in quotes"),
        ("- id: *where\n", "line 1: is not valid YAML: found undefined alias"),
        ("- id: !!python/name:os.system x\n", "line 1: is not valid YAML: could not determine"),
        ("id: X\n", "line 1: must be a list: write - id: NAME"),
        ("- X\n", "line 1: must be a policy: write - id: NAME"),
        ("- {}\n", "line 1: must be a policy: write - id: NAME"),
        ("- ? [a]\n  : b\n", "line 1: a field must have a name: write id: NAME"),
        (b"- id: \xff\n", "line 1: is not valid YAML: a character cannot be read; write the"),
        ("[" * 2_000, "line 1: is nested too deeply"),
        ("- " * 100_000, "line 1: is nested too deeply"),
        ("\n- {a: " + "{a: " * 33, "line 2: is nested too deeply"),
        ("- {}\n" * 1_001, "line 1: has more than 1,000 policies"),
        ("#" * 262_145, "line 1: is longer than 262,144 bytes"),
        ("--- []\n--- []\n", "line 2: is not valid YAML: but found another document"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_line(text: str | bytes, says: str) -> None:
    (told,) = problems(text)
    assert told.startswith(says)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "many"}, "line 1: id must be CAPITALS_WITH_UNDERSCORES, 64 at most"),
        ({"id": "A" * 65}, "line 1: id must be CAPITALS_WITH_UNDERSCORES, 64 at most"),
        ({"id": None}, "line 1: id is missing: write id, a text"),
        ({"owner": None}, "line 1: owner is missing: write owner, a text"),
        ({"owner": '" "'}, "line 5: owner is empty: name who answers for the policy"),
        ({"owner": "12"}, "line 5: owner must be a text: write it in quotes"),
        ({"ownr": "x"}, "line 8: ownr is no field of a policy: did you mean owner?"),
        ({"zzzz": "x"}, "line 8: zzzz is no field of a policy: a policy has id, moments, when, "),
        ({"owner": "risk\n  owner: x"}, "line 6: owner is written twice: take one out"),
        ({"moments": "signup"}, "line 2: moments must be a list such as [signup, payment]"),
        ({"moments": "[]"}, "line 2: moments is empty, so it would never be asked: name some"),
        ({"moments": "[signup, signup]"}, "line 2: moments names one twice: take it out"),
        ({"moments": "[sign]"}, "line 2: moments has sign, which there is not: did you mean "
         "signup?"),
        ({"moments": "[x]"}, "line 2: moments has x, which there is not: write signup, payment or "
         "checkup"),
        ({"analyst": '""'}, "line 6: analyst is empty: write a sentence"),
        ({"analyst": "x" * 501}, "line 6: analyst is longer than 500 characters: say it shorter"),
        ({"customer": "{en: a, fr: ' '}"}, "line 7: customer is empty: write a sentence"),
        ({"customer": "{fr: a}"}, "line 7: customer must be a text, or texts under en, fr and nl"),
        ({"customer": "{en: a, de: b}"}, "line 7: customer must be a text, or texts under en"),
        ({"outcome": "decine"}, "line 4: outcome must be challenge, review or decline: did you "
         "mean decline?"),
        ({"outcome": "approve"}, "line 4: outcome must be challenge, review or decline: a policy "
         "never lets pass what others stop"),
        ({"unknown": "approve"}, "line 8: unknown must be ignore, challenge, review or decline: a "
         "policy never lets pass"),
        ({"shadow": "maybe"}, "line 8: shadow must be true or false"),
        ({"override": "blue"}, "line 8: override must be red, amber or green"),
        ({"valid_until": "tomorrow"}, "line 8: valid_until must be a date such as 2026-12-31"),
        ({"valid_until": "2026-02-30"}, "line 8: valid_until cannot be read: day is out of range"),
        ({**ASKING, "answer_within": "24 hours"}, "line 9: answer_within must be a number of "
         "minutes, hours or days such as 30m, 24h or 7d, 90 days at most"),
        ({**ASKING, "answer_within": "91d"}, "line 9: answer_within must be a number of"),
        ({**ASKING, "challenges": "[fax]"}, "line 8: challenges must be a list of some of sms, "),
        ({**ASKING, "challenges": "[sms, sms]"}, "line 8: challenges names one twice"),
    ],
)  # fmt: skip
def test_fields_that_cannot_be_are_told_with_their_line(
    changes: dict[str, str | None], says: str
) -> None:
    (told,) = problems(written(**changes))
    assert told.startswith(says)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outcome": "challenge"}, "line 4: outcome is challenge, and nothing says which: write "
         "challenges, a list of some of sms, mfa, call, prepay, three_d_secure and business_check"),
        ({"unknown": "challenge"}, "line 8: unknown is challenge, and nothing says which"),
        ({"challenges": "[sms]"}, "line 8: challenges has no use, for no challenge is ever asked"),
        ({"failed": "decline"}, "line 8: failed has no use, for no challenge is ever asked"),
        ({"unanswered": "decline"}, "line 8: unanswered has no use, for no challenge is ever "),
        ({**ASKING, "failed": "decline", "unanswered": "review"}, "line 10: unanswered is review "
         "and failed decline, so whoever would fail need only not answer: write unanswered: "),
    ],
)  # fmt: skip
def test_outcomes_that_cannot_come_about_are_refused(
    changes: dict[str, str | None], says: str
) -> None:
    (told,) = problems(written(**changes))
    assert told.startswith(says)


@pytest.mark.parametrize(
    "changes",
    [
        {**ASKING, "failed": "decline"},
        {**ASKING, "unanswered": "review", "answer_within": "30m"},
        {"unknown": "challenge", "challenges": "[call, business_check]"},
        {"valid_until": "2020-01-01", "override": "red", "shadow": "true"},
        {"customer": "{en: Wait., nl: Wacht.}"},
    ],
)
def test_what_is_allowed_is_accepted(changes: dict[str, str | None]) -> None:
    assert len(good(written(**changes)).policies) == 1


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("seats >=", "cannot be read: it ends too early"),
        ("seats > > 3", "cannot be read: extraneous input '>'"),
        ("seat >= 10", "seat is not known at signup: did you mean seats?"),
        ("qqqq >= 10", "qqqq is not known at signup: docs/signals.md lists the names"),
        ("spend_spike >= 6", "spend_spike is not known at signup, only at checkup: take signup "
         "out of the moments, or ask something else there"),
        ("seats", "gives a value where it must be true or false: write a comparison such as"),
        ("country", "gives a text where it must be true or false"),
        ("country >= 3", "country is a text and cannot be compared with the number 3: write"),
        ("seats == '3' || mfa_done == 0", "seats is a number and cannot be compared with a text"),
        ("mfa_done == true", "mfa_done cannot be compared with true: write 1"),
        ("false != mfa_done", "mfa_done cannot be compared with false: write 0"),
        ("mfa_done == 0 && seats * 2 > 4", "what is here cannot be compared or counted together"),
        ("mfa_done == 0 || country < seats", "what is here cannot be compared or counted"),
        ("many(seats)", "many is no function of CEL"),
        ("seats > 3 || " * 200 + "seats > 4", "is longer than 2,000 characters: make several"),
        ("[1, 2].all(seats, seats > 1)", "loops with all: a condition is asked of one event"),
        ("[seats] . map(amount, 1) == [1]", "loops with map: a condition is asked of one event"),
        ("network_type == 'torr'", "network_type is never torr: did you mean tor?"),
        ("'cash' == card_funding", "card_funding is never cash: it is credit, debit, prepaid or"),
        ("cvc in ['failed']", "cvc is never failed: did you mean fail?"),
        ("challenge_sms == 'ok'", "challenge_sms is never ok: it is passed, failed or abandoned"),
        ("mfa_done == 2", "mfa_done is never 2: it is 0 or 1"),
        ("on_block_list == 2", "on_block_list is never 2: it is 0 or 1"),
        ("mfa_done >= 0", "holds always at signup, whatever is asked"),
        ("1 == 1", "holds always at signup, whatever is asked"),
        ("seats > 3 && 3 >= seats", "can never hold at signup: two of its parts exclude each"),
        ("country == 'BE' && country == 'NL'", "can never hold at signup: two of its parts"),
    ],
)  # fmt: skip
def test_conditions_that_cannot_work_or_say_nothing_are_refused(when: str, says: str) -> None:
    (told,) = problems(written(when=f'"{when}"'))
    assert told.startswith(f"line {WHEN}: when: {says}")


@pytest.mark.parametrize(
    "when",
    [
        "seats / employees > 3.0",
        "seats / seats > 3.0",
        "seats > amount",
        "seats > 3 || seats < 1",
        "country != ip_country",
        "country.startsWith('B')",
        "seats > 3 ? mfa_done == 0 : form_seconds < 2",
        "network_type != 'tor'",
        "mfa_done > 0.5 && !(on_watch_list == 1)",
        "registry_status != 'active' || decline_code == 'fraudulent'",
    ],
)
def test_conditions_that_work_are_accepted(when: str) -> None:
    assert len(good(written(when=f'"{when}"')).policies) == 1


def test_what_only_asks_whether_something_is_known_is_accepted() -> None:
    always = '\'!(card_funding in ["credit", "debit", "prepaid", "stored_value"])\''
    assert problems(written(when=always))[0].endswith("two of its parts exclude each other")
    assert len(good(written(when=always, unknown="review")).policies) == 1


def test_everything_wrong_is_told_at_once_in_order() -> None:
    text = written(id="A", owner=None) + written(id="A", when="seat > 1", unknown="approve")
    told = problems(text)
    assert [one.split(":")[0] for one in told] == ["line 1", "line 7", "line 9", "line 14"]
    assert told[1] == "line 7: there is a A in line 1 already: rename one"


def test_policies_without_an_id_are_not_taken_for_one() -> None:
    told = problems(f"- X\n- Y\n{written(id=None)}{written(id=None)}{written(id='7')}")
    assert told == [
        "line 1: must be a policy: write - id: NAME",
        "line 2: must be a policy: write - id: NAME",
        "line 3: id is missing: write id, a text",
        "line 9: id is missing: write id, a text",
        "line 15: id must be a text: write it in quotes",
    ]


PIECES = st.sampled_from(
    ("- ", "id", ": ", "\n", "  ", "[", "]", "{", "}", "&a ", "*a", "<<", "? ", "!!binary x",
     "!!set ", "when", "seats", " >= ", "3", "'", '"', "2026-02-30", "true", "~", "|", ">", "#",
     "%", "\t", "1e999", "outcome", "challenge", "valid_until", "moments", "[signup]", "\x00", "é")
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25), st.integers(0, 160), st.integers(0, 20))
def test_whatever_is_written_is_good_or_refused(pieces: list[str], at: int, gone: int) -> None:
    whole = written(**ASKING)
    text = whole[:at] + "".join(pieces) + whole[at + gone :]
    with suppress(InvalidPolicies):
        Policies.read(text.encode(), NAMES, "mine.yaml")


def test_a_condition_over_several_lines_is_told_by_its_first(tmp_path: Path) -> None:
    (told,) = problems(written(when=">\n    seat >\n    10"))
    assert told.startswith("line 3: when: seat")


def test_every_field_has_its_meaning_and_says_what_it_may_be() -> None:
    assert set(fields.MEANING) == set(Policy.__struct_fields__)
    assert all(fields.must_be(name) for name in fields.MEANING)
    assert fields.default_of("when") == ""
    assert fields.default_of("answer_within") == "24h"
    assert fields.default_of("challenges") == fields.default_of("valid_until") == "none"
    assert fields.default_of("shadow") == "false"
