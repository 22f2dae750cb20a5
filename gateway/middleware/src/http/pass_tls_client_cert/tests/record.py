#!/usr/bin/env python3
"""Makes `chain.pem` and `traefik.txt` beside it anew: what real Traefik tells a server of a client's certificates.

    record.py TRAEFIK        needs openssl and curl
"""

import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
ALL = """notAfter: true, notBefore: true, sans: true, serialNumber: true, subject: {country: true, province: true, \
locality: true, organization: true, organizationalUnit: true, commonName: true, serialNumber: true, \
domainComponent: true}, issuer: {country: true, province: true, locality: true, organization: true, \
commonName: true, serialNumber: true, domainComponent: true}"""
OPTIONS = [ALL, "notAfter: false", "subject: {commonName: true}", "issuer: {country: true}",
           "notAfter: true, notBefore: true"]
FIELD = "X-Forwarded-Tls-Client-Cert-Info"
REQUEST = "[req]\ndistinguished_name=dn\nprompt=no\nutf8=yes\nstring_mask=utf8only\n"
AUTHORITY = REQUEST + """x509_extensions=v3
[dn]
0.DC=org
1.DC=example
C=FR
ST=Île-de-France
L=Paris
O=Root & Sons, Ltd
OU=Ignored
serialNumber=CA-7
CN=Root "CA"
[v3]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
"""
CLIENT = REQUEST + """[dn]
0.DC=org
1.DC=cheese
0.C=FR
1.C=US
ST=Some-State
0.L=Lyon
1.L=Toulouse
0.O=Cheese
1.O=Cheese 2
0.OU=Simple Signing Section
1.OU=Other=Section
serialNumber=42 b
0.CN=first
1.CN=*.example.com/ñ;x
[ext]
basicConstraints=CA:FALSE
extendedKeyUsage=clientAuth
subjectAltName=URI:spiffe://example.org/a%20b?c=d,email:test@example.org,IP:10.0.1.0,DNS:www.example.org,\
IP:2001:db8::1,IP:::ffff:10.0.0.1,email:b@example.net,DNS:*.example.net
"""


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(self.headers.get(FIELD)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    (folder / "ca.cnf").write_text(AUTHORITY)
    (folder / "client.cnf").write_text(CLIENT)
    for name in ["ca", "client"]:
        openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{name}.key")
    days = ["-days", "36500"]
    openssl("req", "-x509", "-new", "-key", "ca.key", "-config", "ca.cnf", "-out", "ca.crt", *days,
            "-set_serial", "0x0102030405060708090a0b0c0d0e0f10")
    openssl("req", "-new", "-key", "client.key", "-config", "client.cnf", "-out", "client.csr")
    openssl("x509", "-req", "-in", "client.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-out", "client.crt", *days,
            "-set_serial", "0x7fedcba9876543210fedcba987654321", "-extfile", "client.cnf", "-extensions", "ext")
    chain = (folder / "client.crt").read_text() + (folder / "ca.crt").read_text()
    (folder / "chain.pem").write_text(chain)
    return chain


def configuration(folder, ports):
    (folder / "static.yaml").write_text(
        f"entryPoints: {{web: {{address: '127.0.0.1:{ports[0]}'}}}}\n"
        f"providers: {{file: {{filename: {folder}/dynamic.yaml}}}}\n")
    lines = ["http:", "  routers:"]
    for number in range(len(OPTIONS)):
        lines.append(f"    r{number}: {{rule: 'Path(`/{number}`)', service: s, middlewares: [m{number}], tls: {{}}}}")
    lines.append("  middlewares:")
    for number, options in enumerate(OPTIONS):
        lines.append(f"    m{number}: {{passTLSClientCert: {{info: {{{options}}}}}}}")
    lines += [f"  services: {{s: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:{ports[1]}'}}]}}}}}}",
              "tls: {options: {default: {clientAuth: {clientAuthType: RequireAnyClientCert}}}}"]
    (folder / "dynamic.yaml").write_text("\n".join(lines) + "\n")


def ask(folder, port, number):
    url = f"https://127.0.0.1:{port}/{number}"
    for _ in range(100):
        answer = subprocess.run(["curl", "-sk", "--cert", folder / "chain.pem", "--key", folder / "client.key", url],
                                capture_output=True, text=True, check=False)
        if answer.stdout.startswith('"'):
            return json.loads(answer.stdout)
        time.sleep(0.1)
    sys.exit(f"no answer: {answer}\n" + (folder / "log").read_text())


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ports = (server.server_port + 1, server.server_port)
        chain = certificates(folder)
        configuration(folder, ports)
        traefik = subprocess.Popen([sys.argv[1], f"--configFile={folder}/static.yaml"], stdout=(folder / "log").open("w"), stderr=subprocess.STDOUT)
        try:
            told = [ask(folder, ports[0], number) for number in range(len(OPTIONS))]
        finally:
            traefik.kill()
    lines = ["# What Traefik sent for the certificates of chain.pem: a set of options, then the value of the field."]
    for options, value in zip(OPTIONS, told):
        lines += [options, value]
    (HERE / "chain.pem").write_text(chain)
    (HERE / "traefik.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
