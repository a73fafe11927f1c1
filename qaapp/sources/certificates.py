"""Trusting one certificate by its fingerprint: a telephone exchange in the office has signed its own.

With a fingerprint nothing else counts (name, date, issuer): exactly that certificate is accepted, checked in the handshake,
before a single byte of a request is sent.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_


@dataclass(frozen=True)
class Certificate:
    """What a server shows. ``fingerprint``: SHA-256, upper-case hex pairs with colons; dates aware UTC, None unknown."""

    fingerprint: str
    subject: str
    valid_from: datetime | None
    valid_to: datetime | None
    is_trusted: bool


def plain_fingerprint(text: str) -> str:
    """Lower-case hex without colons and spaces, "" for nothing. Raises ``SourceError`` for what is none."""
    plain = "".join(text.split()).replace(":", "").lower()
    if plain and (len(plain) != 64 or any(char not in "0123456789abcdef" for char in plain)):
        raise SourceError(
            N_("“{text}” is not the fingerprint of a certificate: it has 64 hexadecimal digits (SHA-256)."),
            kind="format",
            text=text,
        )
    return plain


def pretty_fingerprint(plain: str) -> str:
    return ":".join(plain[at : at + 2] for at in range(0, len(plain), 2)).upper()


def pinned(fingerprint: str) -> ssl.SSLContext:
    """A context that takes the one certificate with this SHA-256 and no other."""
    wanted = plain_fingerprint(fingerprint)

    class Socket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            shown = self.getpeercert(binary_form=True) or b""
            if hashlib.sha256(shown).hexdigest() != wanted:
                raise ssl.SSLCertVerificationError("the certificate is not the one that was trusted")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = Socket
    return context


def certificate_of(host: str, port: int = 443, timeout_s: float = 10.0) -> Certificate:
    """The certificate that ``host`` shows, and whether the system trusts it. Raises ``SourceError`` (``network``)."""
    try:
        shown = _handshake(host, port, timeout_s, trusted=True)
        return _described(*shown, is_trusted=True)
    except ssl.SSLError:
        pass
    except OSError as error:
        raise _silent(host, port, error) from error
    try:
        return _described(*_handshake(host, port, timeout_s, trusted=False), is_trusted=False)
    except OSError as error:
        raise _silent(host, port, error) from error


def _silent(host: str, port: int, error: OSError) -> SourceError:
    return SourceError(
        N_("{host}:{port} does not answer: {reason}."),
        hint=N_("Check the address and whether this computer may reach it."),
        kind="network",
        host=host,
        port=port,
        reason=error.strerror or error,
    )


def _handshake(host: str, port: int, timeout_s: float, *, trusted: bool) -> tuple[bytes, dict[str, Any]]:
    context = ssl.create_default_context()
    if not trusted:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b"", dict(secure.getpeercert() or {})


def _described(der: bytes, facts: dict[str, Any], *, is_trusted: bool) -> Certificate:
    if not facts:  # of a certificate that was not verified Python tells nothing but its bytes
        facts = _decoded(der)
    subject = ", ".join(f"{name}={value}" for part in facts.get("subject", ()) for name, value in part)
    return Certificate(
        pretty_fingerprint(hashlib.sha256(der).hexdigest()), subject,
        _moment(facts.get("notBefore")), _moment(facts.get("notAfter")), is_trusted,
    )  # fmt: skip


def _decoded(der: bytes) -> dict[str, Any]:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shown.pem"
        path.write_text(ssl.DER_cert_to_PEM_cert(der), encoding="ascii")
        try:
            # The one reader of unverified certificates in the standard library; CPython's own tests rely on it.
            return dict(ssl._ssl._test_decode_cert(str(path)))  # type: ignore[attr-defined]
        except (AttributeError, ssl.SSLError, ValueError):
            return {}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
