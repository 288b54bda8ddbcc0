"""Scoring: an event is recorded, decided about and answered."""

from __future__ import annotations

from features.decide.texts import LANGUAGES, Language
from features.events import Scorable
from features.parsing import Parser
from serving.endpoints.desk import REPLAYED, Desk
from serving.errors import Refused
from serving.exchange import JSON, Exchange
from serving.gate import Caller

_LANGUAGES: dict[str, Language] = {language: language for language in LANGUAGES}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Score:
    """Decides about what is asked now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scorable: Parser[Scorable] = Parser(Scorable, desk.scorer.domain)

    async def score(self, exchange: Exchange, caller: Caller) -> None:
        """One sign-up or payment."""
        desk, (dry_run, language) = self._desk, _asked(exchange)
        exchange.content_type(JSON)
        body = await desk.identified(exchange)
        event, warnings = self._scorable.read(body)
        scored = desk.scorer.score(
            event,
            fingerprint=desk.fingerprint(body),
            warnings=warnings,
            dry_run=dry_run,
            account=caller.account,
            language=language,
        )
        if not dry_run:
            await desk.durable()
            if not scored.replayed:
                desk.metrics.decided(
                    scored.outcome, scored.mode, scored.policies, explored=scored.explored
                )
        await exchange.answer(200, scored.body, headers=REPLAYED if scored.replayed else ())


def _asked(exchange: Exchange) -> tuple[bool, Language]:
    """Whether it is a dry run, and the language of the answer."""
    query = exchange.query()
    sent, language = query.pop("dry_run", "false"), query.pop("language", "en")
    if query:
        raise Refused("invalid_query", "there are the parameters `dry_run` and `language` only")
    if sent not in _TRUTH:
        raise Refused("invalid_query", "`dry_run` is true or false")
    if language not in _LANGUAGES:
        raise Refused("invalid_query", f"`language` is one of {', '.join(_LANGUAGES)}")
    return _TRUTH[sent], _LANGUAGES[language]
