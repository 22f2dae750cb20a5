"""Each proxy's words for a `Job`: its configuration, its command line and its environment.

All run on one core, so with one worker. Peers add the three forwarded headers that every reverse proxy is expected to
add and no more; Windrose and Traefik add all that Traefik adds.
"""

import json

from . import backend
from .job import KEPT
from .system import tool


def traefik_files(job, more=""):
    """Static and dynamic configuration for Traefik and for Windrose: the same files."""
    return traefik_static(job, "filename", job.write("dynamic.yaml", dynamic_yaml(job)), more=more)


def traefik_static(job, kind, path, throttle=None, more=""):
    """The static file. The file provider reads `path`, a `filename` or a `directory`, and watches it when a throttle
    duration is given. `more` stands at the root of the file.
    """
    http3 = "\n    http3: {}" if job.speaks == "h3" else ""
    return job.write("static.yaml", f"""
global:
  checkNewVersion: false
  sendAnonymousUsage: false
log:
  level: ERROR
entryPoints:
  web:
    address: "127.0.0.1:{job.port}{'/udp' if job.speaks == 'udp' else ''}"{http3}
providers:
  providersThrottleDuration: {throttle or '2s'}
  file:
    {kind}: {path}
    watch: {'true' if throttle else 'false'}
{more}""")


def dynamic_yaml(job):
    if job.speaks in ("tcp", "udp"):
        rule = "\n      rule: HostSNI(`*`)" if job.speaks == "tcp" else ""
        return f"""{job.speaks}:
  routers:
    all:
      service: backend{rule}
  services:
    backend:
      loadBalancer:
        servers:
          - address: 127.0.0.1:{job.backend}
"""
    tls = "\n      tls: {}" if job.tls else ""
    routers = "\n".join(
        f"    r{number}:\n      rule: Host(`{host}`)\n      service: backend{tls}" for number, host in enumerate(job.hosts)
    )
    certificates = f"""
tls:
  certificates:
    - certFile: {job.tls.cert}
      keyFile: {job.tls.key}
  stores:
    default:
      defaultCertificate:
        certFile: {job.tls.cert}
        keyFile: {job.tls.key}
""" if job.tls else ""
    return f"""http:
  routers:
{routers}
  services:
    backend:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:{job.backend}
{certificates}"""


class Windrose:
    """The binary under test; also every other that is told by `--binary` and understands Traefik's files."""

    def __init__(self, binary):
        self.binary = binary

    def command(self, job, more=""):
        return [self.binary, f"--configFile={traefik_files(job, more)}"]

    def command_of(self, job, dynamic):
        """With a dynamic file that is written already."""
        return [self.binary, f"--configFile={traefik_static(job, 'filename', dynamic)}"]


class Traefik:
    def command(self, job):
        return [tool("traefik"), f"--configFile={traefik_files(job)}"]

    def command_of(self, job, dynamic):
        return [tool("traefik"), f"--configFile={traefik_static(job, 'filename', dynamic)}"]


class Haproxy:
    def command(self, job):
        if job.speaks == "tcp":
            return [tool("haproxy"), "-db", "-f", job.write("haproxy.cfg", f"""
global
  nbthread 1
  maxconn 8000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen all
  bind 127.0.0.1:{job.port}
  server s1 127.0.0.1:{job.backend}
""")]
        hosts = job.write("hosts.map", "".join(f"{host} one\n" for host in job.hosts))
        tls = f" ssl crt {job.tls.both} alpn h2,http/1.1" if job.tls else ""
        config = job.write("haproxy.cfg", f"""
global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout http-keep-alive 1h
  http-reuse safe
  option forwardfor
frontend web
  bind 127.0.0.1:{job.port}{tls}
  http-request set-header X-Forwarded-Proto {job.scheme}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  use_backend %[req.hdr(host),lower,map({hosts},none)]
backend one
  server s1 127.0.0.1:{job.backend} pool-max-conn {KEPT} pool-purge-delay 1h
backend none
  http-request deny deny_status 404
""")
        return [tool("haproxy"), "-db", "-f", config]


class Nginx:
    def command(self, job):
        if job.speaks in ("tcp", "udp"):
            return self.stream(job)
        listen = f"listen 127.0.0.1:{job.port}"
        certificates = ""
        if job.tls:
            listen += " ssl http2"
            certificates = (f"ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {job.tls.cert}; "
                            f"ssl_certificate_key {job.tls.key};")
        servers = "\n".join(
            f"  server {{ {listen}; server_name {host}; location / {{ proxy_pass http://one; }} }}" for host in job.hosts
        )
        config = job.write("nginx.conf", f"""
{backend.main(job.folder)}
http {{
  {backend.temporary(job.folder)}
  access_log off;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  server_names_hash_max_size {max(512, 8 * len(job.hosts))};
  server_names_hash_bucket_size 128;
  {certificates}
  upstream one {{
    server 127.0.0.1:{job.backend};
    keepalive {KEPT};
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }}
  client_max_body_size 0;
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $host;
  server {{ {listen} default_server; location / {{ return 404; }} }}
{servers}
}}
""")
        return [tool("nginx"), "-e", "stderr", "-p", job.folder, "-c", config]

    @staticmethod
    def stream(job):
        config = job.write("nginx.conf", f"""
load_module {tool("nginx-stream").resolve()};
{backend.main(job.folder)}
stream {{
  server {{
    listen 127.0.0.1:{job.port}{" udp reuseport" if job.speaks == "udp" else ""};
    proxy_timeout 1h;
    proxy_pass 127.0.0.1:{job.backend};
  }}
}}
""")
        return [tool("nginx"), "-e", "stderr", "-p", job.folder, "-c", config]


class Envoy:
    def command(self, job):
        def typed(name, **fields):
            return {"@type": f"type.googleapis.com/envoy.{name}", **fields}

        manager = typed(
            "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            stat_prefix="web",
            codec_type="AUTO",
            use_remote_address=True,
            generate_request_id=False,
            stream_idle_timeout="0s",
            request_headers_timeout="0s",
            route_config={
                "virtual_hosts": [{"name": host, "domains": [host], "routes": [{"match": {"prefix": "/"}, "route": {
                    "cluster": "one", "timeout": "0s"}}]} for host in job.hosts],
                "request_headers_to_add": [{
                    "header": {"key": "x-forwarded-host", "value": "%REQ(:authority)%"},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }],
            },
            http_filters=[{"name": "router", "typed_config": typed(
                "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)}],
        )
        chain = {"filters": [{"name": "http", "typed_config": manager}]}
        if job.tls:
            chain["transport_socket"] = {"name": "tls", "typed_config": typed(
                "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                common_tls_context={
                    "alpn_protocols": ["h2", "http/1.1"],
                    "tls_certificates": [{"certificate_chain": {"filename": str(job.tls.cert)},
                                          "private_key": {"filename": str(job.tls.key)}}],
                },
            )}

        def address(port):
            return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

        many = {"max_connections": 16384, "max_pending_requests": 16384, "max_requests": 16384}
        config = job.write("envoy.json", json.dumps({"static_resources": {
            "listeners": [{"name": "web", "address": address(job.port), "filter_chains": [chain]}],
            "clusters": [{
                "name": "one", "type": "STATIC", "connect_timeout": "5s",
                "circuit_breakers": {"thresholds": [many]},
                "load_assignment": {"cluster_name": "one", "endpoints": [
                    {"lb_endpoints": [{"endpoint": {"address": address(job.backend)}}]}]},
            }],
        }}))
        return [tool("envoy"), "-c", config, "--concurrency", "1", "--log-level", "error", "--disable-hot-restart"]


class Caddy:
    def command(self, job):
        server = {
            "listen": [f"127.0.0.1:{job.port}"],
            "automatic_https": {"disable": True},
            "protocols": ["h1", "h2", "h3"] if job.speaks == "h3" else ["h1", "h2"],
            "routes": [
                {"match": [{"host": job.hosts}], "terminal": True, "handle": [{
                    "handler": "reverse_proxy",
                    "transport": {"protocol": "http", "keep_alive": {
                        "max_idle_conns": KEPT, "max_idle_conns_per_host": KEPT}},
                    "upstreams": [{"dial": f"127.0.0.1:{job.backend}"}],
                }]},
                {"handle": [{"handler": "static_response", "status_code": 404}]},
            ],
        }
        apps = {"http": {"servers": {"web": server}}}
        if job.tls:
            server["tls_connection_policies"] = [{}]
            apps["tls"] = {"certificates": {"load_files": [
                {"certificate": str(job.tls.cert), "key": str(job.tls.key)}]}}
        config = job.write("caddy.json", json.dumps({
            "admin": {"disabled": True, "config": {"persist": False}},
            "logging": {"logs": {"default": {"level": "ERROR"}}},
            "apps": apps,
        }))
        return [tool("caddy"), "run", "--config", config]


PEERS = {"haproxy": Haproxy, "nginx": Nginx, "traefik": Traefik, "envoy": Envoy, "caddy": Caddy}
OURS = "windrose"
# Who can do what; requests over TCP anybody can.
ABLE = {
    "tcp": [OURS, "haproxy", "nginx", "traefik"],
    "udp": [OURS, "nginx", "traefik"],
    "h3": [OURS, "traefik", "caddy"],
}


def named(name, binary):
    return Windrose(binary) if name == OURS else PEERS[name]()
