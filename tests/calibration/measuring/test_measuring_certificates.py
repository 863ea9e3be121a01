"""Goal: throw-away keys are what TLS and token filters accept. Method: the library verifies."""

import base64
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from meshsim.calibration.measuring.certificates import identity, token


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    ("key_type", "kind", "bits"),
    [("rsa", rsa.RSAPublicKey, 2048), ("ec", ec.EllipticCurvePublicKey, 256)],
)
def test_a_certificate_is_signed_by_its_authority(key_type, kind, bits):
    made = identity(key_type)
    certificate = x509.load_pem_x509_certificate(made.certificate.encode())
    authority = x509.load_pem_x509_certificate(made.authority.encode())
    certificate.verify_directly_issued_by(authority)
    assert isinstance(certificate.public_key(), kind)
    assert certificate.public_key().key_size == bits
    assert "PRIVATE KEY" in made.private_key


def test_every_identity_is_another():
    assert identity("ec").certificate != identity("ec").certificate


def test_a_token_is_verified_by_its_key_set():
    made = token()
    header, claims, signature = made.text.split(".")
    (key,) = json.loads(made.key_set)["keys"]
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(decoded(key["e"])), int.from_bytes(decoded(key["n"]))
    )
    numbers.public_key().verify(
        decoded(signature), f"{header}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert json.loads(decoded(claims))["iss"] == "meshsim"
    assert json.loads(decoded(header))["alg"] == "RS256"
