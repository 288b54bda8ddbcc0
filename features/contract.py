"""The bundle: all that a running service needs of a trained model, and nothing executable.

    bundles/signup/theft_of_service/
        3f9c...a1/            one bundle, named by its digest
            model.txt         booster as text
            bundle.json       contract, calibration, thresholds, golden rows
            signature         Ed25519 over the digest
        champion              holds the name of the bundle in use
        previous              holds the one before it
        challenger            holds the newest one that is not in use yet

Training writes bundles, serving reads them; this module is where they meet.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from features.errors import InvalidBundle, NotFound
from features.thresholds import Thresholds

Floats = npt.NDArray[np.float64]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_VERIFY = Path("keys") / "bundle-verify.pem"


class Column(msgspec.Struct, frozen=True):
    """One input of the model: its name, the digest of its declaration, the codes of its texts.

    A text value is passed as its position in ``categories``; one that is not
    there is unknown (NaN).
    """

    name: str
    digest: str
    categories: tuple[str, ...] | None = None


class Calibration(msgspec.Struct, frozen=True):
    """Raw margin (log-odds) to probability, linear between ``margins`` and flat outside."""

    margins: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __call__(self, margin: Floats) -> Floats:
        return np.interp(margin, self.margins, self.probabilities)


class Golden(msgspec.Struct, frozen=True):
    """A vector (null is unknown) and the raw margin it must give to the last bit."""

    vector: tuple[float | None, ...]
    margin: float


class Spread(msgspec.Struct, frozen=True):
    """How the values of a column lay in the rows that a model learned from.

    ``edges`` ascend and cut the numbers into bins, one more than edges, each with its lower
    edge in it; of ``named`` values each edge is a bin of its own, and the last bin holds all
    others. ``shares`` of the bins and ``missing``, of unknown values, make up one. ``rows``
    is how many rows they rest on. ``usual`` is the median of the known numbers, the most
    frequent of ``named`` values; None where nothing is known, or the bundle is too old to say.
    """

    name: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]
    missing: float
    rows: int
    named: bool = False
    usual: float | None = None


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What a model expects and how its answer is read. Times are microseconds, UTC.

    ``signals`` are the declarations behind the columns (`features.declaration.written`),
    ``spread`` how each column and the score lay in training; empty in old bundles. No row at
    or after ``cut`` taught the model anything; 0 where a bundle is too old to say.
    """

    moment: str
    risk: str
    columns: tuple[Column, ...]
    catalogue: str
    model_sha256: str
    calibration: Calibration
    thresholds: Thresholds
    golden: tuple[Golden, ...]
    trained_from: int
    trained_until: int
    rows: int
    positives: int
    signals: str = ""
    run_id: str = ""
    format: int = 1
    spread: tuple[Spread, ...] = ()
    cut: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def unseen_from(self) -> int:
        """Rows from then on are new to the model, µs."""
        return self.cut or self.trained_until + 1


class Bundle(msgspec.Struct, frozen=True):
    """A contract and its booster's text."""

    contract: Contract
    model: bytes

    @property
    def digest(self) -> str:
        """SHA-256 over contract and model text; names the bundle."""
        return hashlib.sha256(msgspec.json.encode(self.contract) + b"\0" + self.model).hexdigest()


class BundleStore:
    """The bundles of one home folder.

    Signed when saved, verified when loaded; the key pair is made at the first save. What
    has no champion there is taken from ``packed``, another home that is only read. A home
    with a key of its own trusts no other.
    """

    def __init__(self, home: Path, packed: Path | None = None) -> None:
        self._root = home / "bundles"
        self._private = home / "keys" / "bundle-signing.pem"
        self._public = home / _VERIFY
        self._packed = packed

    @property
    def public_key(self) -> Path:
        """The key that every bundle must be signed with."""
        if self._packed is not None and not self._public.exists():
            return self._packed / _VERIFY
        return self._public

    def folder(self, moment: str, risk: str) -> Path:
        """Where the bundles of one risk at one moment lie."""
        return self._root / moment / risk

    def save(self, bundle: Bundle) -> str:
        """Writes and signs a bundle, complete or not at all; returns its digest."""
        digest = bundle.digest
        folder = self.folder(bundle.contract.moment, bundle.contract.risk)
        target, unfinished = folder / digest, folder / f"{digest}.unfinished-{os.getpid()}"
        if target.exists():
            return digest
        unfinished.mkdir(parents=True)
        _write(unfinished / "model.txt", bundle.model)
        _write(unfinished / "bundle.json", msgspec.json.encode(bundle.contract))
        _write(unfinished / "signature", self._signing_key().sign(digest.encode()))
        unfinished.rename(target)
        return digest

    def challenge(self, moment: str, risk: str, digest: str) -> None:
        """Makes a saved bundle the challenger."""
        _replace(self._saved(moment, risk, digest).with_name("challenger"), digest)

    def promote(self, moment: str, risk: str, digest: str) -> None:
        """Makes a saved bundle the champion; the one before it becomes the previous."""
        folder = self._saved(moment, risk, digest).parent
        before = self.alias(moment, risk, "champion")
        if before is not None and before != digest:
            _replace(folder / "previous", before)
        _replace(folder / "champion", digest)
        with suppress(InvalidBundle):
            if self.alias(moment, risk, "challenger") == digest:
                (folder / "challenger").unlink()

    def _saved(self, moment: str, risk: str, digest: str) -> Path:
        folder = self.folder(moment, risk) / digest
        if not folder.is_dir():
            raise NotFound(f"there is no bundle {digest} for {risk} at {moment}")
        return folder

    def alias(self, moment: str, risk: str, name: str) -> str | None:
        """The digest that ``champion``, ``previous`` or ``challenger`` stands for, if any.

        Raises `InvalidBundle` where that cannot be read.
        """
        path = self._in_use(moment, risk) / name
        try:
            return path.read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise InvalidBundle(
                f"{path} does not name a bundle: remove it and promote a model again"
            ) from None

    def has(self, moment: str, risk: str, digest: str) -> bool:
        """Whether a bundle is there; what is no digest names none, and no other folder either."""
        return bool(_DIGEST.fullmatch(digest)) and (self._in_use(moment, risk) / digest).is_dir()

    def load(self, moment: str, risk: str, digest: str) -> Bundle:
        """Reads a bundle once and checks digest and signature of what was read.

        Raises `InvalidBundle` where it is damaged, unsigned or of another format.
        """
        folder, key = self._in_use(moment, risk) / digest, self.public_key
        try:
            contract_bytes = (folder / "bundle.json").read_bytes()
            model = (folder / "model.txt").read_bytes()
            signature = (folder / "signature").read_bytes()
            public = serialization.load_pem_public_key(key.read_bytes())
        except (OSError, ValueError) as error:
            raise InvalidBundle(f"the bundle in {folder} cannot be read: {error}") from None
        actual = hashlib.sha256(contract_bytes + b"\0" + model).hexdigest()
        if actual != digest:
            raise InvalidBundle(f"the bundle in {folder} was changed after it was made: retrain it")
        if not isinstance(public, Ed25519PublicKey):
            raise InvalidBundle(f"{key} is not an Ed25519 key")
        try:
            public.verify(signature, digest.encode())
        except InvalidSignature:
            raise InvalidBundle(f"the bundle in {folder} is not signed by {key}") from None
        try:
            contract = msgspec.json.decode(contract_bytes, type=Contract)
        except msgspec.MsgspecError as error:
            raise InvalidBundle(f"the bundle in {folder} is of another format: {error}") from None
        if hashlib.sha256(model).hexdigest() != contract.model_sha256:
            raise InvalidBundle(f"the model text in {folder} is not the one of its contract")
        return Bundle(contract, model)

    def champion(self, moment: str, risk: str) -> Bundle | None:
        """The bundle in use; None before the first promotion. Raises `InvalidBundle`."""
        digest = self.alias(moment, risk, "champion")
        return None if digest is None else self.load(moment, risk, digest)

    def _in_use(self, moment: str, risk: str) -> Path:
        own = self.folder(moment, risk)
        if self._packed is None or (own / "champion").exists():
            return own
        return self._packed / own.relative_to(self._root.parent)

    def _signing_key(self) -> Ed25519PrivateKey:
        if self._private.exists():
            key = serialization.load_pem_private_key(self._private.read_bytes(), password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise InvalidBundle(f"{self._private} is not an Ed25519 key")
            return key
        key = Ed25519PrivateKey.generate()
        self._private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _write(self._public, public)
        _write(self._private, private, mode=0o600)
        return key


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".unfinished")
    _write(unfinished, text.encode())
    unfinished.replace(path)
