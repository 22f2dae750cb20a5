"""Starts the gateway with a certificate and nothing said of TLS, has testssl.sh look at it, and reads what it found."""

import json
import pathlib
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kit"))
from ports import free_port  # noqa: E402

WORK = pathlib.Path(sys.argv[1])
WINDROSE, TESTSSL = sys.argv[2:4]
LONG = "--long" in sys.argv[4:]
# Protocols, kinds of ciphers, forward secrecy, preferences, defaults and certificate; and flaws that few handshakes show.
SHORT = ["--protocols", "--std", "--fs", "--server-preference", "--server-defaults", "--heartbleed", "--ccs-injection", "--ticketbleed",
         "--renegotiation", "--crime", "--poodle", "--tls-fallback", "--sweet32", "--freak", "--drown"]
HARMLESS = ["OK", "INFO", "LOW"]
# Findings that are above LOW and no fault of the server, each with its reason.
EXCUSED = {
    "cipher_order": "all suites that are offered are AEAD with forward secrecy: a client without AES in hardware knows better",
    "engine_problem": "is about the OpenSSL that looks",
    "sessionresumption_ticket": "hangs up before the ticket of TLS 1.3 comes where the machine is busy, and then says so",
    "security_headers": "are the application's",
}


def main():
    certificates()
    port = free_port()
    gateway = start(port)
    try:
        found = scan(port)
    finally:
        gateway.terminate()
        gateway.wait(20)
    bad = [one for one in found if one["severity"] not in HARMLESS and one["id"] not in EXCUSED]
    for one in bad:
        print(f"{one['severity']} {one['id']}: {one['finding']}")
    seen = {one["id"]: one["finding"] for one in found}
    # What it found of the rest says that it looked at all.
    for name in ["SSLv3", "TLS1", "TLS1_1"]:
        assert "not offered" in seen[name], f"{name}: {seen[name]}"
    for name in ["TLS1_2", "TLS1_3"]:
        assert "offered" in seen[name] and "not" not in seen[name], f"{name}: {seen[name]}"
    print(f"tls suite: {len(found) - len(bad)} passed, {len(bad)} failed")
    sys.exit(1 if bad else 0)


def scan(port):
    report = WORK / "report.json"
    command = [TESTSSL, "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1",
               "--add-ca", WORK / "ca.pem", "--jsonfile", report, *([] if LONG else SHORT), f"https://a.test:{port}"]
    with open(WORK / "testssl.log", "w") as log:
        # Its code counts findings, also those that are excused.
        subprocess.run(list(map(str, command)), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
    assert report.exists(), (WORK / "testssl.log").read_text()
    return json.loads(report.read_text())


def start(port):
    routing = WORK / "routing.yaml"
    routing.write_text(
        "http: {routers: {all: {rule: 'PathPrefix(`/`)', service: ping@internal, tls: {}}}}\n"
        f"tls: {{certificates: [{{certFile: {WORK}/a.pem, keyFile: {WORK}/a.key}}]}}\n")
    log = open(WORK / "windrose.log", "w")
    gateway = subprocess.Popen([WINDROSE, f"--entrypoints.web.address=127.0.0.1:{port}", f"--providers.file.filename={routing}",
                                "--ping=true", "--ping.manualrouting=true"], stdout=log, stderr=log)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return gateway
        except OSError:
            time.sleep(0.05)
    gateway.kill()
    raise TimeoutError((WORK / "windrose.log").read_text())


def certificates():
    """An authority, and a certificate of it such as public ones give: ninety days, and where its revocation is told."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=WORK, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem", "-days", "100")
    openssl("req", *key, "-subj", "/CN=a.test", "-keyout", "a.key", "-out", "request.pem")
    (WORK / "extensions").write_text(
        "subjectAltName=DNS:a.test\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
        "authorityKeyIdentifier=keyid\ncrlDistributionPoints=URI:http://127.0.0.1:9/crl\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "a.pem",
            "-days", "89", "-extfile", "extensions")


if __name__ == "__main__":
    main()
