"""A catalogue of one's own: read from a file, and refused with the place where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.catalogue import CATALOGUE
from features.catalogues import chosen
from features.declaration import Fact
from features.declared import Catalogue
from features.domain import CLOUD, Domain, Moment, Risk
from features.errors import InvalidDeclaration

_IMPORTS = """\
from features.declaration import Fact, Window
from features.decide.scorecard import Weight
from features.domain import Domain, Moment, Risk
from features.durations import days
"""
_DOMAIN = """\
SHOP = Domain(
    moments={"order": Moment(event="payment", risks={"theft": Risk(
        labels=("stolen",), horizon=1, maturity=7)})},
    labels={"stolen": 7},
)
"""
_EXPOSURE = "from features.decide.exposure import Exposure\n"
_WEIGHT = '(Weight("amuont", "is", 1, 9, "x"),)'
_SIGNAL = 'amount = Fact(of="amount", why="Thieves order more.")\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.py"
    path.write_text(_IMPORTS + text, "utf-8")
    return path


def test_without_a_file_it_is_the_shipped_one() -> None:
    assert chosen(None) is CATALOGUE


def test_a_file_is_read_with_its_domain_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    catalogue = chosen(written(tmp_path, _DOMAIN + _SIGNAL))
    assert catalogue.moments == ("order",)
    assert [column.name for column in catalogue.columns("order")] == ["amount"]
    assert [path.name for path in tmp_path.iterdir()] == ["shop.py"]


def test_declarations_alone_are_in_the_shipped_domain(tmp_path: Path) -> None:
    signal = _SIGNAL.replace("why=", 'at=("payment",), why=')
    assert chosen(written(tmp_path, signal)).domain is CLOUD


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "declares no signal"),
        ("nonsense(", r"shop.py, line 5 cannot be read: SyntaxError"),
        ("\nraise OSError('gone')\n", r"shop.py, line 6 cannot be read: OSError: gone"),
        (_DOMAIN + 'Domain(moments={}, labels={"a": 1})\n', r"line 10: a domain needs a moment"),
        (_DOMAIN + _SIGNAL + _DOMAIN.replace("SHOP", "MARKET"), "there are two domains"),
        (_SIGNAL.replace('"amount"', '"amuont"'), "amuont"),
        (
            _DOMAIN.replace("7)}", f"7)}}, weights={_WEIGHT}") + _SIGNAL,
            "scorecard of order weighs amuont, which is no column there",
        ),
        (
            _EXPOSURE + _DOMAIN.replace("7)}", '7, exposure=Exposure(of=("amuont",)))}') + _SIGNAL,
            "exposure of theft at order is of amuont, which is neither a fact of what asks nor a",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        chosen(written(tmp_path, text))


def test_a_file_that_is_not_there_or_no_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDeclaration, match="there is no catalogue at"):
        chosen(tmp_path / "none.py")
    (tmp_path / "shop.txt").write_text("")
    with pytest.raises(InvalidDeclaration, match="is no Python file: call it"):
        chosen(tmp_path / "shop.txt")


def test_a_notebook_is_a_namespace() -> None:
    shop = Domain(
        moments={
            "order": Moment(
                event="payment",
                risks={"theft": Risk(labels=("stolen",), horizon=1, maturity=7)},
            )
        },
        labels={"stolen": 7},
    )
    cells = {"shop": shop, "amount": Fact(of="amount", why="x"), "_old": Fact(of="seats", why="x")}
    catalogue = Catalogue.collect(cells)
    assert catalogue.domain is shop
    assert [column.name for column in catalogue.columns("order")] == ["amount"]
