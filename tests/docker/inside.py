"""Runs the cases inside the namespaces that `run` makes: starts the daemon, the gateways, containers; compares."""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import cases
import projects
from labs import Labs

WORK = pathlib.Path(sys.argv[1])
PROGRAMS = {"windrose": sys.argv[2], "traefik": sys.argv[3]}
WORDS = sys.argv[4:]
SOCKET = WORK / "docker.sock"
TLS_PORT = 2376
PORTS = {"windrose": (18080, 18081), "traefik": (19080, 19081)}
DEADLINE = 20
# The image of all containers, and the same with a health check.
IMAGE, CHECKED = "server", "checked"


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for folder in ["/etc/docker", "/run"]:
        pathlib.Path(folder).mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    make_certificates()
    make_ssh()
    daemon = start_daemon()
    try:
        healthcheck = 'HEALTHCHECK --interval=100ms --retries=1 CMD ["/server", "check", "/healthy"]'
        import_image(IMAGE)
        import_image(CHECKED, "-c", healthcheck)
        for network in ["front", "back"]:
            docker("network", "create", network)
        failures, passed = [], 0
        for group in cases.GROUPS:
            chosen = [case for case in group["cases"] if wanted(case)]
            if chosen:
                bad = run_group(group, chosen)
                failures += bad
                passed += len(chosen) - len(bad)
        for name, behaviour in [("events", events), ("transports", transports), ("check", check),
                                ("restart", lambda: restart(daemon)), ("helper", helper),
                                ("recreate", recreate), ("swarm", swarm)]:
            if wanted({"name": name}):
                bad = behaviour()
                failures += bad
                passed += not bad
        if "many" in WORDS:
            bad = many()
            failures += bad
            passed += not bad
        for one in map(projects.Project, projects.FILES):
            if wanted({"name": f"project {one.name}"}):
                bad = project(one)
                print(f"{'FAIL' if bad else 'ok  '} project {one.name}", flush=True)
                failures += bad
                passed += not bad
        failed, count = labs()
        failures += failed
        passed += count - len(failed)
        for failure in failures:
            print(failure)
        print(f"docker suite: {passed} passed, {len(failures)} failed")
        sys.exit(1 if failures else 0)
    finally:
        daemon[0].terminate()


def wanted(case):
    return not WORDS or any(word in case["name"] for word in WORDS)


# The daemon and its containers.


def start_daemon():
    log = open(WORK / "dockerd.log", "a")
    arguments = [
        f"--data-root={WORK}/data", f"--exec-root={WORK}/exec", f"--pidfile={WORK}/pid", f"--host=unix://{SOCKET}",
        "--cgroup-parent=/windrose-test", "--bip=198.18.0.1/16", "--log-driver=none",
        "--default-address-pool=base=198.19.0.0/16,size=24",
        f"--host=tcp://127.0.0.1:{TLS_PORT}", "--tlsverify", f"--tlscacert={WORK}/ca.pem", f"--tlscert={WORK}/engine.pem",
        f"--tlskey={WORK}/engine.key",
    ]
    process = subprocess.Popen(["dockerd", *arguments], stdout=log, stderr=log)
    until("the daemon answers", lambda: reap() or docker("version", check=False).returncode == 0, 60)
    return [process]


def make_certificates():
    """An authority, and certificates of it for the engine and for whoever asks it."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=WORK, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2")
    for name, use in [("engine", "serverAuth"), ("client", "clientAuth")]:
        (WORK / "extensions").write_text(f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={use}\n")
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request.pem")
        openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", f"{name}.pem", "-days", "2", "-extfile", "extensions")


def make_ssh():
    """An `ssh` that goes nowhere: what it would run on the other machine it runs here."""
    (WORK / "bin").mkdir()
    program = WORK / "bin" / "ssh"
    program.write_text(f"""#!/bin/sh
case "$*" in *dial-stdio*) ;; *) exit 9 ;; esac
DOCKER_HOST=unix://{SOCKET} exec /usr/bin/docker system dial-stdio
""")
    program.chmod(0o755)


def reap():
    """Buries what the daemon left behind: here we are the first process, and a new daemon takes the dead for living."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def docker(*arguments, check=True, stdin=None):
    environment = {"DOCKER_HOST": f"unix://{SOCKET}", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    done = subprocess.run(
        ["/usr/bin/docker", *arguments], env=environment, stdin=stdin, capture_output=True, text=True, check=False
    )
    if check and done.returncode != 0:
        raise SystemExit(f"docker {' '.join(map(str, arguments))}: {done.stderr}")
    return done


def import_image(name, *settings):
    files = subprocess.Popen(["tar", "-C", WORK / "image", "-c", "."], stdout=subprocess.PIPE)
    settings = ["-c", 'ENTRYPOINT ["/server"]', "-c", "EXPOSE 80", *settings]
    docker("import", *settings, "-", name, stdin=files.stdout)


def start(container):
    name, labels, *more = container
    arguments = [part for label in labels for part in ("--label", label)]
    verb = ["create"] if "created" in more else ["run", "--detach"]
    image = CHECKED if "checked" in more else IMAGE
    more = [part for part in more if part not in ("created", "checked")]
    docker(*verb, "--name", name, *arguments, *more, image)


def health(name):
    return docker("inspect", "--format", "{{.State.Health.Status}}", name).stdout.strip()


def remove(names):
    docker("rm", "--force", *names)


def until(what, condition, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(what)


# The gateways.


class Gateway:
    def __init__(self, name, options, provider="docker", endpoint=f"unix://{SOCKET}", is_whole=False, environment=None):
        """`is_whole`: the options have entry points of their own."""
        self.name, (self.web, self.api) = name, PORTS[name]
        self.log = WORK / f"{name}.log"
        arguments = [
            f"--entrypoints.web.address=127.0.0.1:{self.web}",
            f"--entrypoints.traefik.address=127.0.0.1:{self.api}",
            "--api.insecure=true", "--log.level=DEBUG", "--providers.providersthrottleduration=10ms",
            f"--providers.{provider}.endpoint={endpoint}",
        ]
        if not is_whole:
            arguments += options
        if is_whole:
            own = {argument.partition("=")[0].lower() for argument in options}
            arguments = [argument for argument in arguments[1:] if argument.partition("=")[0] not in own] + options
        elif name == "windrose":
            arguments.append("--api.dashboard=false")
        environment = {"PATH": f"{WORK}/bin:/usr/bin:/bin", **(environment or {})}
        self.process = subprocess.Popen([PROGRAMS[name], *arguments], stdout=open(self.log, "w"), stderr=subprocess.STDOUT,
                                        env=environment)
        until(f"{name} answers", lambda: self.raw() is not None)

    def raw(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/api/rawdata", timeout=2) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def routes(self, name):
        """Whether a router is in force."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/api/http/routers/{name}@docker", timeout=2) as answer:
                return json.load(answer)["status"] == "enabled"
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def get(self, host, path="/"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pair(options, *more, points=()):
    """Both, each with ports of its own for these entry points."""
    def own(base):
        return [f"--entrypoints.{name}.address=127.0.0.1:{base + number}/{points[name]}" for number, name in enumerate(points)]

    return [Gateway(name, [*options, *own(base)], *more) for name, base in [("windrose", 29000), ("traefik", 29100)]]


# Comparing.


def run_group(group, chosen):
    gateways, failures = pair(group["options"], points=group.get("points", {})), []
    try:
        for number, case in enumerate(chosen):
            difference = compare(case, gateways, f"fence{number}")
            print(f"{'ok  ' if not difference else 'FAIL'} {group['name']}: {case['name']}", flush=True)
            if difference:
                failures.append(f"\n{group['name']}: {case['name']}\n{difference}")
    finally:
        for gateway in gateways:
            gateway.stop()
    return failures


def compare(case, gateways, fence):
    names = [container[0] for container in case["containers"]]
    try:
        for container in case["containers"]:
            start(container)
        for name in case.get("healthy", []):
            docker("exec", name, "/server", "touch", "/healthy")
            until(f"{name} is healthy", lambda: health(name) == "healthy")
        for name in case.get("sick", []):
            until(f"{name} is unhealthy", lambda: health(name) == "unhealthy")
        # Events come in order: whoever knows this one knows all before it.
        rule = f"traefik.http.routers.{fence}.rule=Host(`{fence}`)"
        start((fence, [rule, "traefik.enable=true", "env=test", f"traefik.http.routers.{fence}.service=api@internal"],
               "--network", "front"))
        names.append(fence)
        seen = {}
        for gateway in gateways:
            seen[gateway.name] = until(f"{gateway.name} sees {fence}", lambda: with_fence(gateway, fence))
        if case.get("streams") and "is not supported yet" in gateways[0].log.read_text():
            print("     TCP and UDP are refused for now, so this is not compared:", case["name"])
            return None
        ours, theirs = (normal(seen[name], fence) for name in ["windrose", "traefik"])
        if case.get("told"):
            ours = json.loads(json.dumps(ours).replace('"warning"', '"enabled"'))
        if "ours" in case:
            rules = {name: router.get("rule") for name, router in ours["routers"].items()}
            return differs(rules, case["ours"], "expected of ours")
        return differs(ours, theirs, "traefik")
    except TimeoutError as missing:
        return f"never: {missing}"
    finally:
        remove(names)
        for gateway in gateways:
            until("all is gone", lambda: is_gone(gateway, fence))


def with_fence(gateway, fence):
    raw = gateway.raw()
    return raw if raw and f"{fence}@docker" in raw.get("routers", {}) else None


def is_gone(gateway, fence):
    raw = gateway.raw()
    return raw is not None and f"{fence}@docker" not in raw.get("routers", {})


def differs(ours, theirs, whom):
    if ours == theirs:
        return None
    show = lambda value: json.dumps(value, indent=1, sort_keys=True)
    return f"ours: {show(ours)}\n{whom}: {show(theirs)}"


def normal(raw, fence, provider="docker"):
    """What both say of the objects of a provider, in one form."""
    own = lambda section: {
        name: value for name, value in raw.get(section, {}).items()
        if name.endswith(f"@{provider}") and not name.startswith(fence)
    }
    result = {"routers": {}, "services": {}, "middlewares": {}}
    for name, router in own("routers").items():
        kept = ["rule", "service", "entryPoints", "middlewares", "tls", "status", "using", "priority"]
        result["routers"][name] = {key: router[key] for key in kept if router.get(key) not in (None, [])}
        if "using" in router:
            result["routers"][name]["using"] = sorted(router["using"])
        # What the two show differently and mean alike.
        if result["routers"][name].get("tls", {}).get("options") == "default":
            del result["routers"][name]["tls"]["options"]
        if router.get("status") == "disabled":
            result["routers"][name].pop("priority", None)
        result["routers"][name]["middlewares"] = [full(one, provider) for one in router.get("middlewares", [])]
    for name, service in own("services").items():
        balancer = dict(service.get("loadBalancer", {}))
        if balancer.get("responseForwarding") == {"flushInterval": "100ms"}:
            del balancer["responseForwarding"]
        balancer["servers"] = sorted(balancer.get("servers", []), key=json.dumps)
        result["services"][name] = {"loadBalancer": balancer, "status": service["status"],
                                    "usedBy": sorted(user for user in service.get("usedBy", []))}
    for section in ["tcpRouters", "tcpServices", "udpRouters", "udpServices"]:
        for name, one in own(section).items():
            # Each says in words of its own what is wrong; which server is up is told by none for one that is not used.
            worded = ("priority", "ruleSyntax", "error", "serverStatus")
            kept = {key: value for key, value in one.items() if value and key not in worded}
            result.setdefault(section, {})[name] = kept
    for name, middleware in own("middlewares").items():
        kinds = [key.lower() for key in middleware if key not in ("status", "usedBy", "error")]
        result["middlewares"][name] = {"kinds": kinds, "usedBy": sorted(middleware.get("usedBy", []))}
    return result


def full(name, provider):
    return name if "@" in name else f"{name}@{provider}"


# Behaviours.


def events():
    """A stop takes a server out at once, and requests go where labels say."""
    gateways = pair([])
    ours = gateways[0]
    try:
        for name in ["one", "two"]:
            start((name, ["traefik.http.routers.app.rule=Host(`app`)", "traefik.http.services.app.loadbalancer.server.port=80"],
                   "--hostname", name))
        until("both serve", lambda: {ours.get("app")[1] for _ in range(4)} == {"one", "two"})
        begun = time.monotonic()
        docker("stop", "--time", "0", "one")
        until("one is out", lambda: len(servers(ours, "app@docker")) == 1)
        print(f"     a stopped container was out {1000 * (time.monotonic() - begun):.0f} ms after `docker stop` was called")
        answers = {ours.get("app") for _ in range(20)}
        if answers != {(200, "two")}:
            return [f"events: answers {answers} while one is stopped"]
        docker("start", "one")
        until("both serve again", lambda: len(servers(ours, "app@docker")) == 2)
        docker("network", "connect", "front", "two")
        docker("rename", "two", "three")
        remove(["one", "three"])
        until("all is gone", lambda: ours.get("app")[0] == 404)
        print("ok   events")
        return []
    except TimeoutError as missing:
        return [f"events: never: {missing}"]
    finally:
        docker("rm", "--force", "one", "two", "three", check=False)
        for gateway in gateways:
            gateway.stop()


def servers(gateway, service):
    raw = gateway.raw() or {}
    return raw.get("services", {}).get(service, {}).get("loadBalancer", {}).get("servers", [])


def transports():
    """The engine over TLS with certificates of both sides, and over SSH."""
    tls = [f"--providers.docker.tls.{name}={WORK}/{file}" for name, file in
           [("ca", "ca.pem"), ("cert", "client.pem"), ("key", "client.key")]]
    failures = []
    for endpoint, options in [(f"tcp://127.0.0.1:{TLS_PORT}", tls), ("ssh://somebody@example.org:2222", [])]:
        gateways = pair(options, "docker", endpoint)
        try:
            for gateway in gateways:
                start(("web", ["traefik.http.routers.app.rule=Host(`app`)"]))
                until(f"{gateway.name} sees a start", lambda: "app@docker" in gateway.raw()["routers"])
                remove(["web"])
                until(f"{gateway.name} sees a stop", lambda: "app@docker" not in gateway.raw()["routers"])
        except TimeoutError as missing:
            failures.append(f"transports: {endpoint}: never: {missing}")
        finally:
            docker("rm", "--force", "web", check=False)
            for gateway in gateways:
                gateway.stop()
    if not failures:
        print("ok   transports")
    return failures


def project(one):
    """What is wrong with a project whose gateway is replaced: ours refuses it, or makes something else of it."""
    folders = {name: WORK / f"{one.name}-{name}" for name in PROGRAMS}
    for folder in folders.values():
        folder.mkdir()
    checked = subprocess.run([PROGRAMS["windrose"], "check", one.file], capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        return [f"project {one.name}: check: {checked.stdout}{checked.stderr}"]
    for network in one.networks:
        docker("network", "create", network)
    gateways, names = [], []
    try:
        for name, labels, networks in one.containers():
            names.append(name)
            first, *others = networks or ["bridge"]
            start((name, labels, "--network", first))
            for other in others:
                docker("network", "connect", other, name)
        for name, base in [("windrose", 29200), ("traefik", 29300)]:
            flags = one.flags(folders[name], base)
            gateways.append(Gateway(name, [flag for flag in flags if flag != "--providers.docker=true"], is_whole=True,
                                    environment=one.environment()))
        seen, difference = {}, []

        def same():
            for gateway in gateways:
                seen[gateway.name] = normal(gateway.raw() or {}, "no fence")
            difference[:] = [differs(seen["windrose"], seen["traefik"], "traefik")]
            return difference[0] is None and any(seen["traefik"].values())

        until("both say the same", same)
        return []
    except TimeoutError:
        return [f"project {one.name}: {difference}"]
    finally:
        for gateway in gateways:
            gateway.stop()
        remove(names)
        for network in one.networks:
            docker("network", "rm", network)


def check():
    """`windrose check` reads containers, and says what is wrong with their labels."""
    start(("web", ["traefik.http.routers.app.rule=Host(`app`)", "traefik.http.routers.app.entrypoint=web"]))
    try:
        arguments = ["check", f"--providers.docker.endpoint=unix://{SOCKET}"]
        done = subprocess.run([PROGRAMS["windrose"], *arguments], capture_output=True, text=True, check=False)
        wanted = ["labels of container web: traefik.http.routers.app.entrypoint: error: unknown field `entrypoint`",
                  "did you mean `entryPoints`?", "checked flags and 1 container: 1 error"]
        if done.returncode != 1 or not all(words in done.stdout for words in wanted):
            return [f"check: {done.returncode} {done.stdout}"]
        print("ok   check")
        return []
    finally:
        remove(["web"])


def helper():
    """`windrose docker-proxy`: both see through it what they see without, Docker's own client lists and changes nothing."""
    address = "127.0.0.1:12375"
    endpoint = f"tcp://{address}"
    start(("web", ["traefik.http.routers.app.rule=Host(`app`)"], "--env", "PASSWORD=secret"))
    process = subprocess.Popen([PROGRAMS["windrose"], "docker-proxy", f"--listen={address}", f"--endpoint=unix://{SOCKET}"],
                               stdout=subprocess.DEVNULL)
    gateways = []

    def asked(*arguments):
        command = ["/usr/bin/docker", f"--host={endpoint}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    try:
        until("the helper answers", lambda: asked("ps", "--quiet").returncode == 0)
        gateways = pair([], "docker", endpoint)
        for gateway in gateways:
            until(f"{gateway.name} sees it", lambda: "app@docker" in gateway.raw()["routers"])
        start(("later", ["traefik.http.routers.later.rule=Host(`later`)"]))
        seen = [until(f"{gateway.name} sees events", lambda: with_later(gateway)) for gateway in gateways]
        ours, theirs = (normal(raw, "fence") for raw in seen)
        difference = differs(ours, theirs, "traefik")
        if difference:
            return [f"helper: {difference}"]
        if "secret" in asked("inspect", "web").stdout or "web" not in asked("ps", "--format", "{{.Names}}").stdout:
            return ["helper: it tells too much or too little"]
        for command in [["rm", "-f", "web"], ["stop", "web"], ["exec", "web", "/server"], ["info"], ["logs", "web"],
                        ["run", "server"], ["image", "ls"]]:
            done = asked(*command)
            if "passes here" not in done.stdout + done.stderr:
                return [f"helper: {command}: {done.stdout} {done.stderr}"]
        if docker("inspect", "--format", "{{.State.Running}}", "web").stdout.strip() != "true":
            return ["helper: something was changed"]
        print("ok   helper")
        return []
    except TimeoutError as missing:
        return [f"helper: never: {missing}"]
    finally:
        for gateway in gateways:
            gateway.stop()
        process.terminate()
        if process.wait() != 0:
            print(f"     the helper ended with {process.returncode}")
        docker("rm", "--force", "web", "later", check=False)


def recreate():
    """Two replicas are replaced one after the other, again and again, and no request fails."""
    label = ["traefik.http.routers.app.rule=Host(`app`)", "traefik.http.services.app.loadbalancer.server.port=80"]

    def begin(name):
        start((name, label, "checked"))
        docker("exec", name, "/server", "touch", "/healthy")

    def ask():
        while not stop.is_set():
            try:
                answers.append(gateway.get("app")[0])
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                answers.append(str(error))

    answers, stop = [], threading.Event()
    for name in ["one", "two"]:
        begin(name)
    gateway = Gateway("windrose", [])
    both = lambda: len(servers(gateway, "app@docker")) == 2
    askers = [threading.Thread(target=ask) for _ in range(4)]
    try:
        until("both serve", both)
        for asker in askers:
            asker.start()
        for _ in range(5):
            for name in ["one", "two"]:
                # The server knows no signal: it is killed after a second, with requests on their way if there were any.
                docker("stop", "--time", "1", name)
                docker("rm", name)
                begin(name)
                until("both serve again", both)
        stop.set()
        for asker in askers:
            asker.join()
        bad = [answer for answer in answers if answer != 200]
        print(f"     {len(answers)} requests while 10 containers were replaced, {len(bad)} failed")
        if bad or len(answers) < 100:
            return [f"recreate: {len(bad)} of {len(answers)} requests failed: {bad[:5]}"]
        print("ok   recreate")
        return []
    except TimeoutError as missing:
        return [f"recreate: never: {missing}"]
    finally:
        stop.set()
        docker("rm", "--force", "one", "two", check=False)
        gateway.stop()


def with_later(gateway):
    raw = gateway.raw()
    return raw if raw and "later@docker" in raw.get("routers", {}) else None


def rule(name):
    return f"traefik.http.routers.{name}.rule=Host(`{name}`)"


def many():
    """A thousand containers: how soon a started one has its route, and what checks of health cost. Only when it is asked for."""
    count, failures = 1000, []
    label = "traefik.docker.allownonrunning=true"
    idle = [f"many{number}" for number in range(count)]
    for name in idle:
        start((name, [label, rule(name)], "created"))
    begun = time.monotonic()
    # Nothing is written of a pause between updates.
    gateway = Gateway("windrose", ["--entrypoints.web.address=127.0.0.1:29200", "--log.level=INFO"], is_whole=True)
    gateway.web = 29200
    try:
        until("all routers", lambda: len((gateway.raw() or {}).get("routers", {})) >= count)
        print(f"     {count} containers were routed {(time.monotonic() - begun) * 1e3:.0f} ms after the start", flush=True)
        waits, answers = [], []
        for number in range(20):
            name = f"late{number}"
            since = time.time()
            # What starts it may return long after the engine has told of it.
            starter = threading.Thread(target=start, args=((name, [rule(name)]),))
            starter.start()
            until("it is routed", lambda: gateway.routes(name))
            routed = time.time()
            starter.join()
            # The first packets to a network that has just been made may be lost, which costs a second.
            until("it answers", lambda: gateway.get(name)[0] == 200)
            answered = time.time()
            told = docker("events", "--since", f"{since:.3f}", "--until", f"{answered:.3f}", "--filter", "event=start",
                          "--filter", f"container={name}", "--format", "{{.TimeNano}}").stdout.split()
            waits.append((routed - int(told[0]) / 1e9) * 1e3)
            answers.append((answered - int(told[0]) / 1e9) * 1e3)
            # The next change is one of its own, not part of this one's burst.
            time.sleep(2.2)
        waits.sort()
        answers.sort()
        print(f"     from event to route: {waits[10]:.0f} ms in the middle, {waits[-1]:.0f} ms at most; "
              f"to the first answer {answers[10]:.0f} and {answers[-1]:.0f}", flush=True)
        if waits[-1] > 300:
            failures.append(f"many: a route came {waits[-1]:.0f} ms after its event")
        start(("checked", [rule("checked")], "checked"))
        until("it is checked", lambda: health("checked") == "unhealthy")
        before, at = cpu(gateway.process.pid), time.monotonic()
        time.sleep(20)
        share = (cpu(gateway.process.pid) - before) / (time.monotonic() - at)
        print(f"     ten checks of health a second cost {share:.2%} of a core", flush=True)
        if share > 0.01:
            failures.append(f"many: checks of health cost {share:.2%} of a core")
    finally:
        gateway.stop()
        remove([*idle, *(f"late{number}" for number in range(20)), "checked"])
    return failures


def cpu(process):
    """Seconds of CPU that a process has used."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def labs():
    """What is wrong with the labs of `compose/`, and how many were looked at."""
    all_labs = Labs(WORK, SOCKET, *PROGRAMS.values())
    chosen = [lab for lab in all_labs.names() if wanted({"name": f"labs {lab}"})]
    with_page = wanted({"name": "labs page"})
    if not chosen and not with_page:
        return [], 0
    all_labs.images()
    failed = all_labs.image_is_small()
    for lab in chosen:
        failed += all_labs.check(lab)
    if with_page:
        failed += all_labs.page()
    return failed, len(chosen) + 1 + with_page


def restart(daemon):
    """The engine goes and comes back: routes stay meanwhile, and follow it afterwards."""
    label = "traefik.http.routers.app.rule=Host(`app`)"
    start(("before", [label]))
    gateway = Gateway("windrose", [])
    try:
        until("it serves", lambda: gateway.get("app")[0] == 200)
        # In order, it would stop its containers first.
        daemon[0].kill()
        daemon[0].wait()
        until("it says so", lambda: "provider failed" in gateway.log.read_text())
        if "app@docker" not in gateway.raw()["routers"]:
            return ["restart: the routes went with the engine"]
        daemon[:] = start_daemon()
        docker("rm", "--force", "before")
        start(("after", ["traefik.http.routers.new.rule=Host(`new`)"]))
        until("the new route serves", lambda: gateway.get("new")[0] == 200, 60)
        until("the old route is gone", lambda: "app@docker" not in gateway.raw()["routers"])
        print("ok   restart")
        return []
    except TimeoutError as missing:
        return [f"restart: never: {missing}"]
    finally:
        docker("rm", "--force", "before", "after", check=False)
        gateway.stop()


def swarm():
    """Services of a swarm, by task and by virtual address."""
    docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    for network in ["sfront", "sback"]:
        docker("network", "create", "--driver", "overlay", "--attachable", network)
    for name, labels in cases.SWARM.items():
        arguments = [part for label in labels for part in ("--label", label)]
        docker("service", "create", "--detach", "--name", name, "--replicas", "2", "--network", "sback",
               "--network", "sfront", *arguments, IMAGE)
    is_up = lambda: docker("service", "ls", "--format", "{{.Replicas}}").stdout.split() == ["2/2"] * len(cases.SWARM)
    until("all tasks run", is_up, 60)
    options = ["--providers.swarm.network=sfront", "--providers.swarm.refreshseconds=1"]
    gateways = pair(options, "swarm")
    try:
        seen = {}
        for gateway in gateways:
            full_set = lambda: (gateway.raw() or {}) if len(swarm_routers(gateway)) >= cases.SWARM_ROUTERS else None
            seen[gateway.name] = normal(until(f"{gateway.name} sees all", full_set), "fence", "swarm")
        difference = differs(seen["windrose"], seen["traefik"], "traefik")
        if difference:
            return [f"swarm: {difference}"]
        docker("service", "scale", "--detach", "plain=1")
        until("scaling is seen", lambda: len(servers(gateways[0], "plain@swarm")) == 1)
        print("ok   swarm")
        return []
    except TimeoutError as missing:
        return [f"swarm: never: {missing}"]
    finally:
        for gateway in gateways:
            gateway.stop()
        docker("swarm", "leave", "--force")


def swarm_routers(gateway):
    return [name for name in (gateway.raw() or {}).get("routers", {}) if name.endswith("@swarm")]


main()
