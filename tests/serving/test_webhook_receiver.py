"""Where webhooks may go: allowed hosts, public addresses, https."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from features.errors import SetupError
from serving.webhooks.receiver import Receiver, Reply, is_public
from tests.serving.receiving import receiving


def post(url: str, hosts: str) -> Reply:
    receiver = Receiver(url, hosts, timeout=2.0)

    async def story() -> Reply:
        async with receiver.client() as client:
            return await receiver.post(client, {"webhook-id": "evt_1"}, b"{}")

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("url", "hosts", "sentence"),
    [
        ("https://shop.example/hook", "", "write VOUCH_WEBHOOK_HOSTS=shop.example"),
        ("https://shop.example/h", "a.example", "VOUCH_WEBHOOK_HOSTS=a.example,shop.example"),
        ("https://evil.example/h", "shop.example", "goes to evil.example, which is not allowed"),
        ("https://127.0.0.1/hook", "shop.example", "goes to 127.0.0.1, which is not allowed"),
        ("http://shop.example/hook", "shop.example", "must begin with https://"),
        ("ftp://127.0.0.1/hook", "127.0.0.1", "must begin with https://"),
        ("https://user:pw@shop.example/", "shop.example", "with no user in it"),
        ("/hook", "shop.example", "must be https://host/path"),
        ("https://shop.example:port/", "shop.example", "VOUCH_WEBHOOK_URL is no URL"),
    ],
)
def test_a_url_that_may_not_be_sent_to_stops_the_start(url: str, hosts: str, sentence: str) -> None:
    with pytest.raises(SetupError) as refused:
        Receiver(url, hosts)
    assert sentence in refused.value.message
    assert "user:pw" not in refused.value.message


@pytest.mark.parametrize(
    "url",
    ["https://Shop.example:8443/hook?x=1", "http://localhost:9/hook", "http://[::1]:9/hook"],
)
def test_a_url_that_is_allowed_is_taken(url: str) -> None:
    Receiver(url, "shop.example, localhost,[0:0::1]")


# These are names by form, and the system resolves them to addresses inside a network.
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("10.5", "10.0.0.5"),
        ("192.168.257", "192.168.1.1"),
        ("169.254.43518", "169.254.169.254"),
    ],
)
def test_a_name_that_turns_inside_is_not_connected_to(host: str, address: str) -> None:
    reply = post(f"https://{host}/hook", host)
    assert (reply.status, reply.done, reply.silent) == (0, False, True)
    assert reply.said.startswith(f"{host} is at {address}, which is not a public address")


def test_an_address_inside_is_allowed_where_it_is_listed() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        reply = post(f"https://127.1:{closed.getsockname()[1]}/hook", "127.1,127.0.0.1")
    assert reply.said.startswith("no connection")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.5", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104 - an address, not one to listen on
        ("224.0.0.1", False),
        ("ff0e::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("::ffff:169.254.169.254", False),
        ("2002:a00:5::", False),
    ],
)
def test_public_addresses_are_told_from_others(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_name_that_is_unknown_is_a_failure_like_others() -> None:
    for host in ("nobody.invalid", "a" * 64 + ".example"):
        assert post(f"https://{host}/hook", host).said == f"{host} has no address"


def test_the_first_address_that_answers_is_used() -> None:
    """The name of this machine may stand for two addresses, and only one of them listens."""
    with receiving() as inbox:
        assert post(f"http://localhost:{inbox.port}/hook", "localhost").status == 204
    assert inbox.posts[0].headers["host"] == f"localhost:{inbox.port}"


def test_tls_is_verified_by_name_though_an_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    with receiving(tls) as inbox:
        url = f"https://localhost:{inbox.port}/hook"
        assert "CERTIFICATE_VERIFY_FAILED" in post(url, "localhost").said
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert post(url, "localhost").status == 204
        other = post(f"https://127.0.0.1:{inbox.port}/hook", "127.0.0.1")
        assert "CERTIFICATE_VERIFY_FAILED" in other.said
    assert len(inbox.posts) == 1


def certificate(folder: Path, name: str) -> Path:
    """A certificate that vouches for itself, with its private part."""
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(
        made.public_bytes(pem)
        + private.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path
