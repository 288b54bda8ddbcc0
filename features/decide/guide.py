"""The guide to policies: ``docs/policies.md``, written from what a policy may be and what ships."""

from __future__ import annotations

from collections.abc import Iterator

from features.catalogue import CATALOGUE
from features.decide.evidence import EVIDENCE, EVIDENCE_VALUES
from features.decide.fields import MEANING, default_of, must_be
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.decide.policy import Policy

#: Where evidence comes from, by how its name begins.
_FROM = {
    "on_": "a list: 1 where the customer, or a token of the event, is on it, else 0",
    "challenge_": "a `verification`: how the check was answered",
    "registry_": "a `verification` of type `business_check`",
    "": "the `authorisation` of the payment",
}

_INTRODUCTION = """# Policies

Written by `vouch docs` from `features/decide/`.

A policy is a hard rule that somebody writes and answers for. It is asked on every request,
whatever the model says, and a decision takes the strictest that anything demands: a policy can
only ask for more. Lists, overrides and snoozes let somebody pass.

Which file is in force: the one that `VOUCH_POLICIES` names; if it names none, `policies.yaml` of
the home; if there is none, the one that Vouch ships. A running service reads it again within
seconds of a change. A file that cannot work is refused whole: what was in force stays, over a
restart, too (only a home that never had policies does not start with such a file), and
`/readyz` tells every line that is wrong and what to write instead. Every version that was in
force is kept in `policies/` of the home, so that decisions can be replayed.

`vouch policies FILE` checks a file, `vouch backtest FILE` tries it on history."""

_EXAMPLE = """## An example

```yaml
- id: STARTUP_CREDIT
  moments: [payment]
  when: country == "BE" && seats >= 50 && !(on_allow_list == 1)
  outcome: challenge
  challenges: [call, prepay]
  unknown: review
  override: amber
  shadow: true
  valid_until: 2026-12-31
  answer_within: 7d
  failed: decline
  unanswered: decline
  owner: sales
  analyst: A large order during the action for young companies. Talk to them.
  customer:
    en: Please expect our call, or pay in advance.
    fr: Nous vous appellerons, ou vous pouvez payer d'avance.
    nl: U mag ons telefoontje verwachten, of vooraf betalen.
```

| the event says | the condition is | in the shadow | out of it |
|---|---|---|---|
| Belgium, 60 seats | true | reported, nothing else | a challenge: `call`, `prepay` |
| Belgium, 10 seats | false | nothing | nothing |
| the Netherlands, nothing of seats | false: `&&` needs one side only | nothing | nothing |
| Belgium, nothing of seats | unknown, **not** false | reported as unknown | `unknown: review` |
| Belgium, 60 seats, on the allow list | false | nothing | nothing |
| Belgium, 60 seats, on 2027-01-01 | not asked: it has ended | nothing | nothing |

- *Unknown.* What nobody has said is missing, neither 0 nor false. `&&` is false where one side
  is, `||` true where one side is; every other condition that needs something missing is unknown,
  and the policy's `unknown` says what that means.
- *Shadow.* Write a new policy with `shadow: true`: answers, exports and `vouch backtest` tell
  its hits, and no decision changes. Take the line out when you like what you see.
- *Valid until.* The last day counts whole, in UTC. A policy that has ended may stay in the file:
  `vouch policies` reminds you of it. A back-test knows that it had ended.
- *Pending.* A challenge waits `answer_within`, then it is what `unanswered` says; one that was not
  passed is what `failed` says. A review waits seven days, also one that a challenge has become, and
  is declined when nobody has decided by then.
- *Evidence.* A condition on evidence is unknown when the event is first decided, unless a list
  says it. When a bank answers or a check is passed, a pending decision is made again, and the
  policy with it."""


_NAMES = """Every column of the moment and every fact of its event, by name (`vouch signals MOMENT`,
[signals](signals.md)). Numbers are decimal: compare with `3`, but multiply with `3.0`. What is
true or false is `1` or `0`. Texts stand in quotes. Amounts are minor units of the reference
currency. And evidence, at every moment:"""

_BESIDES = """The texts for customers, French and Dutch stand in `features/decide/policies.yaml`.
Which countries are sanctioned is for you to say: `sanctioned_countries.txt` in the folder of
`VOUCH_REFERENCE`. Mining is allowed by a `profile` event with `approval: mining`, for a year."""


def document() -> str:
    """The text of ``docs/policies.md``."""
    known = names(CATALOGUE)
    shipped = Policies.load(SHIPPED, known).policies
    parts = [_INTRODUCTION, *_fields(), *_conditions(), _EXAMPLE, *_shipped(shipped)]
    return "\n\n".join(parts) + "\n"


def _fields() -> Iterator[str]:
    lines = ["| field | is | if left out | means |", "|---|---|---|---|"]
    for name, means in MEANING.items():
        default = default_of(name)
        said = f"`{default}`" if default else "must be there"
        lines.append(f"| `{name}` | {must_be(name)} | {said} | {means} |")
    yield "## Fields"
    yield "\n".join(lines)


def _conditions() -> Iterator[str]:
    yield "## What conditions may use"
    yield _NAMES
    lines = ["| name | can be | from |", "|---|---|---|"]
    for name, kind in EVIDENCE.items():
        values = EVIDENCE_VALUES.get(name, ())
        said = ", ".join(f"`{one:g}`" if isinstance(one, float) else f"`{one}`" for one in values)
        free = "a text" if kind is str else "a number"
        begins = next(start for start in _FROM if name.startswith(start))
        lines.append(f"| `{name}` | {said or free} | {_FROM[begins]} |")
    yield "\n".join(lines)


def _shipped(policies: tuple[Policy, ...]) -> Iterator[str]:
    lines = ["| policy | at | when | demands | override | why |", "|---|---|---|---|---|---|"]
    for policy in policies:
        when = " ".join(policy.when.split()).replace("|", "\\|")
        lines.append(
            f"| {policy.id} | {', '.join(policy.moments)} | `{when}` | {_demands(policy)} "
            f"| {policy.override} | {policy.said('analyst')} |"
        )
    yield "## What Vouch ships"
    yield "\n".join(lines)
    yield _BESIDES


def _demands(policy: Policy) -> str:
    asked = f" {', '.join(policy.challenges)}" if policy.challenges else ""
    unknown = "" if policy.unknown == "ignore" else f"; unknown: {policy.unknown}"
    return f"{policy.outcome}{asked}{unknown}{' (shadow)' if policy.shadow else ''}"
