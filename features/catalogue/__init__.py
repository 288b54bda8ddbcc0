"""The shipped catalogue: every signal Vouch knows, declared once.

To add one, write its declaration in the file of its subject; its columns, state, SQL and
documentation follow (`features/declaration`). Field names are those of
`features/fact_types.py` and `features/tokens.py`.
"""

from __future__ import annotations

from features.catalogue import activity, billing, event, labels, network, payment, usage, velocity
from features.declaration import Declaration
from features.declared import Catalogue

_SUBJECTS = (event, velocity, network, payment, labels, usage, activity, billing)

CATALOGUE = Catalogue(
    {
        name: value
        for subject in _SUBJECTS
        for name, value in {**vars(subject), **getattr(subject, "DECLARED", {})}.items()
        if isinstance(value, Declaration) and not name.startswith("_")
    }
)
