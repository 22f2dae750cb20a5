"""Images without a registry of others: a registry of our own, which every node asks in place of all that manifests name."""

import hashlib
import http.server
import io
import json
import platform
import tarfile
import threading
import urllib.parse

PORT = 5000
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
# For a folder `_default` of containerd's registries.
HOSTS = '[host."http://{address}:{port}"]\n  capabilities = ["pull", "resolve"]\n'


class Registry:
    """What nodes ask: manifests by name, and blobs by what they are."""

    def __init__(self, address):
        self.address, self.names, self.blobs = address, {}, {}
        registry = self

        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                kind, body = registry.find(self.path)
                self.send_response(200 if kind else 404)
                self.send_header("Content-Length", str(len(body)))
                if kind:
                    self.send_header("Content-Type", kind)
                    self.send_header("Docker-Content-Digest", digest(body))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, PORT), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def find(self, path):
        """`/v2/library/nginx/manifests/latest?ns=docker.io`, or the same with a digest, or `blobs`: a kind, and bytes."""
        url = urllib.parse.urlsplit(path)
        repository, _, rest = url.path.removeprefix("/v2/").rpartition("/")
        repository, _, what = repository.rpartition("/")
        host = urllib.parse.parse_qs(url.query).get("ns", [""])[0]
        if rest.startswith("sha256:"):
            found = self.blobs.get(rest, b"")
            kind = MANIFEST if what == "manifests" else "application/octet-stream"
        else:
            found, kind = self.names.get(f"{host}/{repository}:{rest}", b""), MANIFEST
        return (kind, found) if found else (None, b"")

    def layer(self, folder):
        """The one layer of an image: files as they are in a folder."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            tar.add(folder, arcname=".", filter=without_names)
        return self.keep(packed.getvalue())

    def image(self, name, layer, entrypoint, user="0"):
        config = self.keep(json.dumps({
            "architecture": ARCHITECTURE, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
            "config": {"Entrypoint": entrypoint, "User": user, "Env": ["PATH=/usr/local/bin:/bin"]}}).encode())
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": {**config, "mediaType": "application/vnd.oci.image.config.v1+json"},
            "layers": [{**layer, "mediaType": "application/vnd.oci.image.layer.v1.tar"}]}).encode()
        self.keep(manifest)
        self.names[full(name)] = manifest

    def keep(self, blob):
        self.blobs[digest(blob)] = blob
        return {"digest": digest(blob), "size": len(blob)}


def full(name):
    """As a node writes a name that a manifest shortens."""
    first, _, rest = name.partition("/")
    if not rest:
        name = f"docker.io/library/{name}"
    elif "." not in first:
        name = f"docker.io/{name}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def without_names(one):
    one.uname = one.gname = ""
    return one


def digest(blob):
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
