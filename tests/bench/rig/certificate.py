"""A self-signed certificate, the same for every proxy."""

from .system import run, tool

# Load generators take the TLS server name from the URL, and this one resolves everywhere.
NAME = "localhost"


# Kinds of keys, in the words of OpenSSL.
KEYS = {"p256": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["rsa:2048"]}


def make(folder, key_kind="p256"):
    """Writes `cert.pem`, `key.pem` and, as HAProxy wants it, `both.pem`."""
    cert, key, both = folder / "cert.pem", folder / "key.pem", folder / "both.pem"
    run(
        [tool("openssl"), "req", "-x509", "-newkey", *KEYS[key_kind], "-nodes", "-days", "30",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", key, "-out", cert],
        "make a certificate",
    )
    both.write_text(cert.read_text() + key.read_text())
    for path in (key, both):
        path.chmod(0o644)
    return cert, key, both
