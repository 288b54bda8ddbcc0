"""Names that no field may have, because SQL or our statements (`features.sweep`) use them."""

from __future__ import annotations

import re

#: Words of DuckDB or of Spark in ANSI mode that cannot name a column without quotes.
_WORDS_OF_SQL = """
all alter analyse analyze and anti any array as asc asof asymmetric at authorization between
binary both by case cast check collate collation column commit concurrently constraint create
cross current_date current_time current_timestamp current_user default deferrable desc describe
distinct do drop else end escape except exists false fetch filter for foreign freeze from full
glob grant group grouping having ilike in initially inner insert interval intersect into is
isnull join lambda lateral leading left like limit local merge minus natural not notnull null
offset on only or order outer overlaps percentile_cont percentile_disc pivot pivot_longer
pivot_wider placing positional primary qualify range references returning revoke right rollback
row rows select semi session_user set show similar some sum count max min start summarize
symmetric table tablesample then time to trailing true truncate union unique unknown unpack
unpivot update user using values variadic verbose when where window with within
"""
_WORDS_OF_OURS = """
asked bad before begins cohort day days delta effective ended ends entries every first following
gap gaps given instant lag lags links marks member moment numbers part parts place placed
questions reach reached source states step swept token told until used value
"""
_KEPT = frozenset((_WORDS_OF_SQL + _WORDS_OF_OURS).split())
_NUMBERED = re.compile(r"[a-z]\d*|value_.*")


def is_taken(name: str) -> bool:
    """Whether a field may not be called so.

    >>> is_taken("order"), is_taken("token"), is_taken("r0"), is_taken("terminal")
    (True, True, True, False)
    """
    return name in _KEPT or _NUMBERED.fullmatch(name) is not None
