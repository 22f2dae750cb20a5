#!/usr/bin/env python3
"""Writes tokens.json: keys and tokens by another implementation (PyJWT), for the tests of this folder.

    pip install pyjwt cryptography
    python3 generate.py > tokens.json

Every token claims what CLAIMS says unless its name says otherwise. `attacks` are signed as an attacker would.
"""
import base64
import hashlib
import hmac
import json

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CLAIMS = {
    "iss": "https://id.test", "aud": ["shop", "other"], "sub": "alice", "exp": 4000000000, "iat": 1700000000,
    "groups": ["staff", "a,admin", "50%"], "user": {"name": "Alice", "level": 3}, "scope": "read write", "active": True,
}
SECRET = b"a secret of thirty-two bytes....."


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def pem(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def jwk(key, algorithm, kid):
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    made.pop("key_ops", None)
    return {**made, "kid": kid, "use": "sig"}


def raw(header, claims, sign):
    signed = b64(header if isinstance(header, bytes) else json.dumps(header).encode())
    signed += "." + b64(claims if isinstance(claims, bytes) else json.dumps(claims).encode())
    return signed + "." + b64(sign(signed.encode()))


def hs256(secret):
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def main():
    keys = {
        "rsa": rsa.generate_private_key(65537, 2048),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "p521": ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    of = {
        "HS256": SECRET, "HS384": SECRET, "HS512": SECRET,
        "RS256": keys["rsa"], "RS384": keys["rsa"], "RS512": keys["rsa"],
        "PS256": keys["rsa"], "PS384": keys["rsa"], "PS512": keys["rsa"],
        "ES256": keys["p256"], "ES384": keys["p384"], "ES512": keys["p521"], "EdDSA": keys["ed25519"],
    }
    kid = {"RS": "rsa", "PS": "rsa", "Ed": "ed25519"}
    names = {"ES256": "p256", "ES384": "p384", "ES512": "p521"}
    name = lambda algorithm: names.get(algorithm) or kid.get(algorithm[:2])
    tokens = {
        algorithm: jwt.encode(CLAIMS, key, algorithm, headers={"kid": name(algorithm)} if name(algorithm) else None)
        for algorithm, key in of.items()
    }
    unnamed = {algorithm: jwt.encode(CLAIMS, key, algorithm) for algorithm, key in of.items()}
    short = rsa.generate_private_key(65537, 1024)
    stranger = ec.generate_private_key(ec.SECP256R1())
    es256 = lambda claims, **header: jwt.encode(claims, keys["p256"], "ES256", headers={"kid": "p256", **header})
    plain = lambda claims: raw({"alg": "HS256", "typ": "JWT"}, claims, hs256(SECRET))
    public = pem(keys["rsa"]).encode()
    der = keys["rsa"].public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    head, body, signature = tokens["ES256"].split(".")
    attacks = {
        "none": raw({"alg": "none"}, CLAIMS, lambda _: b"") ,
        "none with a signature": raw({"alg": "none"}, CLAIMS, hs256(SECRET)),
        "none in other letters": raw({"alg": "nOnE"}, CLAIMS, hs256(SECRET)),
        "hs256 by the public key": raw({"alg": "HS256", "kid": "rsa"}, CLAIMS, hs256(public)),
        "hs256 by the public key without its last line end": raw({"alg": "HS256"}, CLAIMS, hs256(public.strip())),
        "hs256 by the public key in der": raw({"alg": "HS256", "kid": "rsa"}, CLAIMS, hs256(der)),
        "hs256 by an empty secret": raw({"alg": "HS256"}, CLAIMS, hs256(b"")),
        "by a stranger": jwt.encode(CLAIMS, stranger, "ES256", headers={"kid": "p256"}),
        "by a stranger who brings the key along": jwt.encode(
            CLAIMS, stranger, "ES256", headers={"kid": "p256", "jwk": jwk(stranger, "ES256", "p256")}),
        "by a stranger who says where the key is": jwt.encode(
            CLAIMS, stranger, "ES256", headers={"kid": "p256", "jku": "https://evil.test/keys"}),
        "unknown kid": es256(CLAIMS, kid="unknown"),
        "kid is a path": es256(CLAIMS, kid="../../../../dev/null"),
        "kid is a query": es256(CLAIMS, kid="x' UNION SELECT 'key"),
        "kid is a list": raw({"alg": "HS256", "kid": ["p256"]}, CLAIMS, hs256(SECRET)),
        "crit": es256(CLAIMS, crit=["exp"]),
        "crit that is empty": raw({"alg": "HS256", "crit": []}, CLAIMS, hs256(SECRET)),
        "b64": raw({"alg": "HS256", "b64": False}, CLAIMS, hs256(SECRET)),
        "alg twice": raw(b'{"alg":"HS256","alg":"none"}', CLAIMS, hs256(SECRET)),
        "claim twice": plain(json.dumps(CLAIMS).encode()[:-1] + b',"sub":"root"}'),
        "claim twice inside": plain(json.dumps(CLAIMS).encode()[:-1] + b',"x":{"a":1,"a":2}}'),
        "claims are a list": plain(b"[]"),
        "claims are no json": plain(b"{"),
        "claims end twice": plain(json.dumps(CLAIMS).encode() + b"{}"),
        "expired": es256({**CLAIMS, "exp": 1700000001}),
        "not yet": es256({**CLAIMS, "nbf": 3900000000}),
        "from the future": es256({**CLAIMS, "iat": 3900000000}),
        "exp is text": plain({**CLAIMS, "exp": "4000000000"}),
        "exp is null": plain({**CLAIMS, "exp": None}),
        "exp is no number": plain(json.dumps(CLAIMS).replace("4000000000", "1e999").encode()),
        "other issuer": es256({**CLAIMS, "iss": "https://id.test/"}),
        "issuer is a list": plain({**CLAIMS, "iss": ["https://id.test"]}),
        "no issuer": es256({k: v for k, v in CLAIMS.items() if k != "iss"}),
        "other audience": es256({**CLAIMS, "aud": ["shops", "sho"]}),
        "no audience": es256({k: v for k, v in CLAIMS.items() if k != "aud"}),
        "logout token": es256(CLAIMS, typ="logout+jwt"),
        "logout token in full": es256(CLAIMS, typ="application/Logout+JWT"),
        "changed claims": head + "." + b64(json.dumps({**CLAIMS, "sub": "root"}).encode()) + "." + signature,
        "cut signature": tokens["ES256"][:-2],
        "no signature": head + "." + body + ".",
        "two parts": head + "." + body,
        "four parts": tokens["ES256"] + ".x",
        "padded": head + "==." + body + "." + signature,
        "signature in der": head + "." + body + "." + b64(keys["p256"].sign(
            (head + "." + body).encode(), ec.ECDSA(__import__("cryptography").hazmat.primitives.hashes.SHA256()))),
        "zeros for a signature": head + "." + body + "." + b64(bytes(64)),
        "a space": " " + tokens["ES256"],
        "empty": "..",
        "a line end": head + "\n." + body + "." + signature,
    }
    controls = {
        "nul": plain({**CLAIMS, "sub": "a\0b"}),
        "line": plain({**CLAIMS, "sub": "a\r\nX-Admin: 1"}),
        "delete": plain({**CLAIMS, "sub": "a\x7f"}),
        "next line": plain({**CLAIMS, "sub": "a\u0085b"}),
        "in a list": plain({**CLAIMS, "sub": ["a", "b\n"]}),
        "space around": plain({**CLAIMS, "sub": " admin"}),
    }
    endless = plain({k: v for k, v in CLAIMS.items() if k != "exp"})
    print(json.dumps({
        "secret": SECRET.decode(), "claims": CLAIMS,
        "pem": {name: pem(key) for name, key in keys.items()},
        "short": pem(short),
        "private": keys["p256"].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
        "jwks": {"keys": [
            jwk(keys["rsa"], "RS256", "rsa"), jwk(keys["p256"], "ES256", "p256"), jwk(keys["p384"], "ES384", "p384"),
            jwk(keys["p521"], "ES512", "p521"), jwk(keys["ed25519"], "EdDSA", "ed25519"),
            {"kty": "oct", "k": b64(SECRET), "kid": "secret"},
        ]},
        "tokens": tokens, "unnamed": unnamed, "attacks": attacks, "controls": controls, "endless": endless,
    }, indent=1))


main()
