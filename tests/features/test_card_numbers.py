"""Card numbers are found as a slow search finds them, however a body was made to slow it down."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.card_numbers import holds_card_number, is_card_number
from features.plain_text import OTHER, plain

BETWEEN = r"[^0-9A-Za-z]{1,2}"
CANDIDATE = re.compile(
    r"(?<!\d)(?<!\d\.)"
    r"(?=(\d{13,19}"
    rf"|\d{{4}}{BETWEEN}\d{{4}}{BETWEEN}\d{{4}}{BETWEEN}\d{{1,4}}(?:{BETWEEN}\d{{1,3}})?"
    rf"|\d{{4}}{BETWEEN}\d{{6}}{BETWEEN}\d{{4,5}}"
    rf"|\d{{4}}{BETWEEN}\d{{12}})(?!\d))"
)
HEX_RUN = re.compile(r"[0-9A-Fa-f]{20,}")
UUID = re.compile(r"(?=([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}))")
SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}"
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|62\d{14,17}"
    r"|(?:50|5[6-9]|6[0-9])\d{11,17}"
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def slowly_plain(body: bytes) -> str:
    """A letter at a time: escapes undone, digits of all scripts as ASCII."""

    def said(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else " " if match[2] in "tnrbf" else match[2]

    text = ESCAPE.sub(said, body.decode("utf-8", "replace"))
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return "".join(map(in_ascii, joined))


def in_ascii(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if unicodedata.category(letter) in ("Cf", "Mn", "Me"):
        return ""
    simple = unicodedata.normalize("NFKC", letter)
    if simple != letter and (simple.isascii() or any(one.isdecimal() for one in simple)):
        return "".join(map(in_ascii, simple))
    return letter


def passes_luhn(digits: str) -> bool:
    odd, even = digits[::-1][::2], digits[::-1][1::2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(one), 10)) for one in even)) % 10 == 0


def slowly_a_card_number(digits: str) -> bool:
    return SCHEMES.fullmatch(digits) is not None and passes_luhn(digits)


def identifiers(text: str) -> Iterator[tuple[int, int]]:
    """Where long hexadecimal identifiers with letters lie."""
    for match in (*HEX_RUN.finditer(text), *UUID.finditer(text)):
        start, end = match.span(match.re.groups)
        if not text[start:end].replace("-", "").isdigit():
            yield start, end


def slowly_found(body: bytes) -> bool:
    text = slowly_plain(body)
    for match in CANDIDATE.finditer(text):
        groups = re.findall(r"\d+", match[1])
        numbers = ("".join(groups), "".join(groups[:-1]))
        start, end = match.span(1)
        inside = any(first <= start and end <= last for first, last in identifiers(text))
        if any(map(slowly_a_card_number, numbers)) and not inside:
            return True
    return False


CARDS = (
    "4111111111111111",
    "4222222222222",
    "378282246310005",
    "30569309025904",
    "5555555555554444",
    "6011111111111117",
    "3530111333300000",
    "6200000000000000003",
    "2223003122003222",
    "6759649826438453",
)
DIGITS = {"ascii": "0123456789", "wide": "".join(chr(0xFF10 + n) for n in range(10)),
          "bold": "".join(chr(0x1D7CE + n) for n in range(10))}  # fmt: skip


def escaped(text: str) -> str:
    raw = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{raw[at : at + 4]}" for at in range(0, len(raw), 4))


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A card number or nearly one, in pieces, in digits of some script, perhaps escaped."""
    digits = draw(st.sampled_from(CARDS) | st.from_regex(r"[0-9]{12,21}", fullmatch=True))
    sizes = draw(st.sampled_from(((99,), (4, 4, 4, 4, 4), (4, 6, 5), (4, 12), (8, 8), (3, 99))))
    between = draw(st.sampled_from((" ", "-", "\\n", "\\/", ", ", "   ", "\u00e9", "x", ".")))
    pieces, rest = [], digits
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    text = between.join(piece for piece in pieces if piece)
    text = text.translate(
        str.maketrans(DIGITS["ascii"], DIGITS[draw(st.sampled_from(sorted(DIGITS)))])
    )
    return escaped(text) if draw(st.booleans()) and "\\" not in text else text


PIECES = st.one_of(
    numbers(),
    st.sampled_from(CARDS),
    st.sampled_from((
        "", " ", ".", "0.", "1.", "-", "a", "ab", "deadbeefdeadbeef", "\\", "\\\\", "\\u", "\\u00",
        "\\ud835", "\\udfd2", "\u00ad", "\ufe0f", "\u336f", "\u3251", "\u00bd", "01", "123", "12",
        "9f86d081884c-4111-1111-1111-", "aaaa4111-1111-1111-1111-1aaaaaaaaaaa",
    )),
    st.text(max_size=6).map(lambda text: text.encode("utf-8", "replace").decode()),
    st.from_regex(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}", fullmatch=True),
)  # fmt: skip


@given(st.lists(PIECES, max_size=6).map(lambda pieces: "".join(pieces).encode()))
@settings(deadline=None, max_examples=150)
@example(b"411111111111111 1")
@example(b"\xff4111111111111111")
@example("4\u00ad111\u200b1111 1111\ufe0f1111".encode())
@example(b"4111-1111-1111-1111-02")
@example(b"ab4111111111111111cd 4111111111111111")
def test_it_finds_what_a_slow_search_finds(body: bytes) -> None:
    assert holds_card_number(body) == slowly_found(body)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_bytes_that_are_no_text_are_searched_too(body: bytes) -> None:
    assert holds_card_number(body) == slowly_found(body)
    assert holds_card_number(body + b" " + CARDS[0].encode() + b" ")


@given(st.from_regex(r"(?:[3-6]|2[2-7])[0-9]{10,19}", fullmatch=True))
@settings(deadline=None)
def test_schemes_and_check_digits(digits: str) -> None:
    assert is_card_number(digits) == slowly_a_card_number(digits)
    completed = [digits[:-1] + last for last in "0123456789" if passes_luhn(digits[:-1] + last)]
    assert [is_card_number(one) for one in completed] == [
        SCHEMES.fullmatch(completed[0]) is not None
    ]


def test_every_letter_is_read_as_by_itself() -> None:
    letters = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    told = "\n".join(letters[0x80:]).encode()
    expected = "\n".join(
        "".join(one if one.isascii() else chr(OTHER) for one in in_ascii(letter))
        for letter in letters[0x80:]
    )
    assert plain(told).tobytes() == expected.encode("latin-1")


SLOW = {
    "backslashes": b"\\",
    "groups of four": b"4111 ",
    "zeros": b"0000 ",
    "single digits": b"1 1 1 1 1 1 1 1 1 1 1 1 a",
    "escaped digits": rb"\u0034",
    "escaped halves": rb"\ud835\udfd2",
    "new lines": rb"\n",
    "numbers in identifiers": b"ab4111111111111111cdef ",
    "twelve digits": b"111111111111a",
    "no UTF-8": b"\xff",
    "marks on a letter": "\u0316\u0300".encode(),
    "letters of eighteen letters": "\ufdfa".encode(),
    "circled numbers": "\u3251".encode(),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_body_takes_long(name: str) -> None:
    body = SLOW[name] * (260_000 // len(SLOW[name]))
    holds_card_number("\u00e9".encode())  # what is made once is there

    def seconds() -> float:
        started = time.process_time()
        holds_card_number(body)
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 0.03
