"""Throw-away keys: an authority, one certificate for both sides of a leg, and a signed token.

They live in memory, are valid for a day, and differ in every run. Loopback only: the one name in
the certificate is ``localhost``.
"""

from __future__ import annotations

import base64
import datetime
import json
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

KeyType = Literal["rsa", "ec"]
ISSUER = "meshsim"

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, and the authority that signed it; all PEM."""

    certificate: str
    private_key: str
    authority: str


@dataclass(frozen=True)
class Token:
    """A JSON Web Token signed with RS256, and the key set that verifies it."""

    text: str
    key_set: str


def identity(key_type: KeyType) -> Identity:
    """A certificate with an RSA-2048 or an ECDSA P-256 key, signed by an authority of its own."""
    authority_key, key = _key(key_type), _key(key_type)
    authority = _signed("meshsim throw-away authority", authority_key, authority_key, None)
    certificate = _signed("localhost", key, authority_key, authority)
    return Identity(_pem(certificate), _pem_key(key), _pem(authority))


def token() -> Token:
    """A token of one day for a subject, as an identity provider would sign it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    until = datetime.datetime.now(datetime.UTC) + _DAY
    claims = {"iss": ISSUER, "sub": "caller", "exp": int(until.timestamp())}
    header = {"alg": "RS256", "typ": "JWT", "kid": "one"}
    signed = f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    numbers = key.public_key().public_numbers()
    public = {
        "kty": "RSA",
        "kid": "one",
        "alg": "RS256",
        "use": "sig",
        "n": _base64(numbers.n.to_bytes(256)),
        "e": _base64(numbers.e.to_bytes(3)),
    }
    return Token(f"{signed}.{_base64(signature)}", json.dumps({"keys": [public]}))


def _key(key_type: KeyType) -> _PrivateKey:
    if key_type == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _signed(
    name: str, key: _PrivateKey, signer: _PrivateKey, authority: x509.Certificate | None
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem_key(key: _PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
