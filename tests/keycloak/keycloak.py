"""A realm with two people, a site behind `oidc`, and browsers that log in, stay, and are logged out."""

import http.cookiejar
import http.server
import json
import os
import pathlib
import html
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kit"))
from ports import free_port  # noqa: E402

REALM, CLIENT, SECRET = "windrose", "shop", "a-secret-of-the-client"
# How long tokens are good, in seconds: soon over, so that they are had anew while somebody looks.
LIFE = 4


def main(work, windrose, keycloak):
    ports = [free_port() for _ in range(3)]
    identity, site, behind = ports
    server(behind)
    with Program([keycloak, "start-dev", f"--http-port={identity}", "--http-host=127.0.0.1", f"--hostname=http://127.0.0.1:{identity}"],
                 work / "keycloak.log", {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin",
                                         "KC_DB": "dev-mem", "JAVA_OPTS_APPEND": "-Xmx700m"}) as provider:
        realm = Realm(identity)
        provider.until("Keycloak answers", realm.enter, 300)
        say(f"Keycloak {realm.version()}")
        realm.make(site)
        with Program([windrose, f"--configFile={written(work, identity, site, behind)}"], work / "windrose.log", {}) as gateway:
            gateway.until("the site asks for a login", lambda: asks_for_a_login(site), 30)
            cases(realm, site)


def cases(realm, site):
    anna = Browser(site)
    asked = anna.get("/page?a=b")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(asked.location).query))
    assert query["code_challenge_method"] == "S256" and query["state"] and query["nonce"], query
    assert Browser(site).get("/data", accept="application/json").status == 401
    say("nobody is sent to log in, with PKCE, state and nonce; who asks for data is answered 401")

    page = anna.log_in("anna", "/page?a=b")
    assert (page.status, page.path) == (200, "/page?a=b"), page
    assert "x-user: anna@example.com" in page.text.lower() and "-session=" not in page.text, page.text
    say("anna logs in, comes back to the page she wanted, and the server hears who she is and no cookie of the session")

    page = Browser(site).log_in("bert", "/page")
    assert page.status == 403, page
    say("bert, who is in no group that may, logs in and is answered 403")

    mallory = Browser(site)
    begun = mallory.get("/page")
    stolen = urllib.parse.urlsplit(begun.location)
    forged = stolen._replace(query=stolen.query.replace("state=", "state=x"))
    page = mallory.submit(forged.geturl(), "anna")
    assert page.status in (400, 401, 403) and mallory.get("/page").status == 302, page
    say(f"an answer with a state that nobody gave is refused ({page.status})")

    began = time.monotonic()
    while not realm.events("REFRESH_TOKEN"):
        page = anna.get("/page")
        assert page.status == 200, page
        assert time.monotonic() - began < 60, "no token was had anew"
        time.sleep(0.2)
    assert anna.get("/page").status == 200
    say(f"tokens end after {LIFE} s, are had anew, and no request of hers is asked to log in")

    copy = anna.copy()
    page = anna.follow("/logout")
    assert page.path.startswith("/bye"), page
    assert anna.get("/page").status == 302 and copy.get("/page").status == 302
    assert realm.events("LOGOUT")
    say("she logs out here and at Keycloak; a copy of her cookie is good for nothing")

    # From here on no token ends by itself.
    realm.ask("PUT", f"realms/{REALM}", {"accessTokenLifespan": 600})
    carla = Browser(site)
    assert carla.log_in("anna", "/page").status == 200
    realm.end_sessions("anna")
    began = time.monotonic()
    while carla.get("/page").status == 200:
        assert time.monotonic() - began < 10, "the session outlives what was told of it"
        time.sleep(0.05)
    assert carla.get("/page").status == 302
    say("an administrator ends her sessions: Keycloak tells it (back-channel logout), and the next page asks for a login")


def asks_for_a_login(site):
    try:
        return Browser(site).get("/page").status == 302
    except OSError:
        return False


def written(work, identity, site, behind):
    """The files of the gateway."""
    (work / "dynamic.yaml").write_text(json.dumps({"http": {
        "routers": {"site": {"rule": "PathPrefix(`/`)", "service": "site", "middlewares": ["login"]},
                    "bye": {"rule": "Path(`/bye`)", "service": "site", "priority": 100}},
        "services": {"site": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{behind}"}]}}},
        "middlewares": {"login": {"oidc": {
            "issuer": f"http://127.0.0.1:{identity}/realms/{REALM}", "clientID": CLIENT, "clientSecret": SECRET,
            "scopes": ["openid", "email", "profile"], "allowedGroups": ["staff"], "forwardHeaders": {"X-User": "email"},
            "logoutUrl": "/logout", "postLogoutRedirectUrl": "/bye", "backchannelLogoutUrl": "/told",
            "session": {"secure": False, "secrets": ["a secret of more than thirty-two characters"]}}}}}}))
    static = work / "static.yaml"
    static.write_text(json.dumps({"entryPoints": {"web": {"address": f"127.0.0.1:{site}"}}, "log": {"level": "INFO"},
                                  "providers": {"file": {"filename": str(work / "dynamic.yaml")}}}))
    return static


class Realm:
    """Keycloak, as its administrator sees it."""

    def __init__(self, port):
        self.base, self.token = f"http://127.0.0.1:{port}", ""

    def enter(self):
        words = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"}
        asked = urllib.request.Request(f"{self.base}/realms/master/protocol/openid-connect/token", urllib.parse.urlencode(words).encode())
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                self.token = json.load(answer)["access_token"]
                return True
        except OSError:
            return False

    def ask(self, method, path, body=None):
        # Its own tokens last a minute.
        assert self.enter(), "the administrator is let in"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.base}/admin/{path}", json.dumps(body).encode() if body else None, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def version(self):
        return self.ask("GET", "serverinfo").get("systemInfo", {}).get("version", "of an unknown version")

    def make(self, site):
        here = f"http://127.0.0.1:{site}"
        person = lambda name, groups: {
            "username": name, "enabled": True, "email": f"{name}@example.com", "emailVerified": True, "firstName": name, "lastName": name,
            "groups": groups, "credentials": [{"type": "password", "value": f"password of {name}", "temporary": False}]}
        self.ask("POST", "realms", {
            "realm": REALM, "enabled": True, "sslRequired": "none", "accessTokenLifespan": LIFE, "eventsEnabled": True,
            "enabledEventTypes": ["REFRESH_TOKEN", "LOGOUT", "LOGIN"], "groups": [{"name": "staff"}],
            "users": [person("anna", ["staff"]), person("bert", [])],
            "clients": [{
                "clientId": CLIENT, "secret": SECRET, "redirectUris": [f"{here}/oidc/callback"], "publicClient": False,
                "attributes": {"backchannel.logout.url": f"{here}/told", "backchannel.logout.session.required": "true",
                               "post.logout.redirect.uris": f"{here}/bye", "pkce.code.challenge.method": "S256"},
                "protocolMappers": [{"name": "groups", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper",
                                     "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true",
                                                "access.token.claim": "true"}}]}]})

    def events(self, kind):
        return self.ask("GET", f"realms/{REALM}/events?type={kind}")

    def end_sessions(self, name):
        user = self.ask("GET", f"realms/{REALM}/users?exact=true&username={name}")[0]["id"]
        self.ask("POST", f"realms/{REALM}/users/{user}/logout")


class Page:
    def __init__(self, answer):
        self.status, self.location = answer.status, answer.headers.get("Location", "")
        self.url = answer.url
        address = urllib.parse.urlsplit(answer.url)
        self.path = address.path + (f"?{address.query}" if address.query else "")
        self.text = answer.read().decode(errors="replace")

    def __repr__(self):
        return f"{self.status} {self.url} -> {self.location}: {self.text[:300]}"


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing by itself."""

    def redirect_request(self, *_):
        return None


class Browser:
    """As much of one as logging in takes: cookies, redirections, a form."""

    def __init__(self, site):
        # Browsers trust their own machine with cookies that are for TLS alone.
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.site, self.jar = f"http://127.0.0.1:{site}", http.cookiejar.CookieJar(policy)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay())

    def copy(self):
        other = Browser(0)
        other.site = self.site
        for cookie in self.jar:
            other.jar.set_cookie(cookie)
        return other

    def get(self, where, accept="text/html", form=None):
        asked = urllib.request.Request(urllib.parse.urljoin(self.site, where), form, {"Accept": accept})
        try:
            return Page(self.opener.open(asked, timeout=30))
        except urllib.error.HTTPError as answer:
            return Page(answer)

    def follow(self, where, form=None):
        page = self.get(where, form=form)
        for _ in range(10):
            if page.status not in (302, 303):
                return page
            page = self.get(urllib.parse.urljoin(page.url, page.location))
        raise AssertionError(f"redirected without end: {page}")

    def log_in(self, name, where):
        return self.submit(where, name)

    def submit(self, where, name):
        """Fills in the form that `where` leads to."""
        page = self.follow(where)
        action = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', page.text)
        assert action, f"there is no form to log in with: {page}"
        form = urllib.parse.urlencode({"username": name, "password": f"password of {name}"}).encode()
        return self.follow(html.unescape(action[1]), form)


class Program:
    """Something started, which ends with the block."""

    def __init__(self, command, log, more):
        self.command, self.log, self.more = command, log, more

    def __enter__(self):
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, self.command)], stdout=output, stderr=output,
                                          start_new_session=True, env={**os.environ, **self.more})
        return self

    def until(self, what, holds, patience):
        began = time.monotonic()
        while not holds():
            words = self.log.read_text(errors="replace")[-2000:]
            assert self.child.poll() is None, f"it ended before {what}: {words}"
            assert time.monotonic() - began < patience, f"{what}: not within {patience} s: {words}"
            time.sleep(0.1)

    def __exit__(self, *_):
        # The script that starts Java has it for a child.
        try:
            os.killpg(self.child.pid, 15)
        except ProcessLookupError:
            pass
        self.child.wait(60)


def server(port):
    """What the site is: it answers with the head of the request."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = str(self.headers).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer)
    threading.Thread(target=made.serve_forever, daemon=True).start()


def say(text):
    print(f"ok   {text}", flush=True)


main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
