"""Libraries that only training needs: a sentence where one is missing."""

from __future__ import annotations

from importlib.util import find_spec

from features.errors import SetupError

NEEDED = ("great_expectations", "lightgbm", "matplotlib", "mlflow", "pandas", "sklearn")


def demand_libraries(*also: str) -> None:
    """Raises `SetupError` with the names of the libraries that are not installed here."""
    missing = [name for name in (*NEEDED, *also) if find_spec(name) is None]
    if missing:
        raise SetupError(
            f"training needs {', '.join(missing)}, which is not installed here: "
            "install Vouch with its training extra, `pip install 'vouch[training]'`"
        )
