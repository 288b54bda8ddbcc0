"""What place and clock say: local time, distance, language."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.business_days import is_holiday

_EARTH_KM = 6371.0
_FAR_OFF_KM = 500.0
_NIGHT_ENDS = 6
_SATURDAY = 5
#: Countries by the languages that most people there read, for tags without a region.
_SPOKEN = {
    "en": "GB US IE AU NZ CA IN ZA SG NG",
    "fr": "FR BE CH CA LU MC SN CI",
    "nl": "NL BE SR",
    "de": "DE AT CH LI LU BE",
    "es": "ES MX AR CO CL PE VE EC UY",
    "it": "IT CH SM VA",
    "pt": "PT BR AO MZ",
    "pl": "PL", "sv": "SE FI", "da": "DK", "nb": "NO", "no": "NO", "fi": "FI", "cs": "CZ",
    "sk": "SK", "hu": "HU", "ro": "RO MD", "bg": "BG", "el": "GR CY", "hr": "HR BA", "sl": "SI",
    "et": "EE", "lv": "LV", "lt": "LT", "uk": "UA", "ru": "RU BY KZ", "tr": "TR CY", "ar": "AE SA "
    "EG MA DZ TN JO LB QA KW", "he": "IL", "ja": "JP", "ko": "KR", "zh": "CN TW HK SG", "hi": "IN",
    "th": "TH", "vi": "VN", "id": "ID", "ms": "MY SG",
}  # fmt: skip


def clock_facts(
    zone: str | None, occurred_at: int, offset_minutes: int | None, country: str | None
) -> dict[str, int | None]:
    """The local time where a request came from, and whether the browser's clock agrees."""
    known = None if zone is None else _zone(zone)
    if known is None:
        return {}
    local = datetime.fromtimestamp(occurred_at / 1e6, UTC).astimezone(known)
    offset = local.utcoffset()
    minutes = None if offset is None else round(offset.total_seconds() / 60)
    return {
        "hour_local": local.hour,
        "is_night_local": int(local.hour < _NIGHT_ENDS),
        "is_weekend_local": int(local.weekday() >= _SATURDAY),
        "is_holiday_local": None if country is None else is_holiday(local.date(), country),
        "time_zone_mismatch": None
        if offset_minutes is None or minutes is None
        else int(offset_minutes != minutes),
    }


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def distance_km(
    one: tuple[float | None, float | None],
    other: tuple[float | None, float | None],
    accuracy_km: float | None,
) -> int | None:
    """Great-circle distance of two (latitude, longitude) in degrees, by the haversine formula."""
    if None in one or None in other or (accuracy_km is not None and accuracy_km > _FAR_OFF_KM):
        return None
    lat1, lon1, lat2, lon2 = (radians(value or 0.0) for value in (*one, *other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * _EARTH_KM * asin(sqrt(half)))


@lru_cache(maxsize=8192)
def speaks(accept_language: str, country: str) -> int | None:
    """Whether an Accept-Language header names a language of a country; unknown if it says none.

    >>> speaks("nl-BE,nl;q=0.9", "BE"), speaks("ru", "BE"), speaks("*", "BE")
    (1, 0, None)
    """
    tags = [tag.split(";")[0].strip() for tag in accept_language.split(",")]
    said = [tag.replace("_", "-").split("-") for tag in tags if tag and tag != "*"]
    if not said:
        return None
    regions = {part.upper() for tag in said for part in tag[1:] if len(part) == 2}
    spoken = {one for tag in said for one in _SPOKEN.get(tag[0].lower(), "").split()}
    return int(country in regions or country in spoken)
