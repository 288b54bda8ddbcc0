"""Every error a user can meet: what happened, where, and what to do."""

from __future__ import annotations


class VouchError(Exception):
    """Base of all errors that carry a sentence for the user.

    ``code`` is stable and meant for programs; ``message`` says what happened
    and what to do; ``exit_code`` is what a command ends with.
    """

    code = "error"
    exit_code = 3

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(VouchError):
    """What was sent cannot be read. ``pointer`` is a JSON pointer (RFC 6901) to the place."""

    code = "invalid_input"

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class CardNumberRefused(InvalidInput):
    """A full card number was sent. The message never repeats it."""

    code = "card_number_refused"


class InvalidDeclaration(VouchError):
    """A signal, policy or mapping is declared in a way that cannot work."""

    code = "invalid_declaration"


class InvalidReference(VouchError):
    """A reference file is missing or unreadable."""

    code = "invalid_reference"


class InvalidBundle(VouchError):
    """A model bundle is damaged, unsigned or does not fit this catalogue."""

    code = "invalid_bundle"


class NotEnoughData(VouchError):
    """The history does not hold what the task needs."""

    code = "not_enough_data"


class NotFound(VouchError):
    """Something was asked for that does not exist."""

    code = "not_found"


class Unavailable(VouchError):
    """A part the service needs does not answer."""

    code = "unavailable"


class SetupError(VouchError):
    """The machine or the folder is not ready: a busy port, a full disk, a missing file."""

    code = "setup"
