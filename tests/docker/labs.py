"""The labs of `compose/` on the suite's engine: images without a registry, then the check of each lab."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "compose"
# Compose of today is called `docker compose` and may build; Debian's is older, and there is nothing to build from.
TODAY = """#!/bin/bash
[[ $1 == compose ]] || exec /usr/bin/docker "$@"
shift
exec docker-compose "${@/--build/--no-build}"
"""


class Labs:
    def __init__(self, work, socket, windrose, traefik):
        self.work, self.windrose, self.traefik = work, windrose, traefik
        # Scripts see the engine that the suite started, and nothing of another one.
        self.environment = {
            **os.environ,
            "DOCKER_HOST": f"unix://{socket}", "DOCKER_SOCKET": str(socket), "DOCKER_CLI_HINTS": "false",
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "WINDROSE": windrose, "REDIS_IMAGE": "redis-of-debian",
            "PROMETHEUS_IMAGE": "prometheus-of-debian", "TRAEFIK_IMAGE": "traefik-of-peers",
            "WEB_PORT": "80", "TLS_PORT": "443",
        }

    def names(self):
        return sorted(check.parent.name for check in COMPOSE.glob("*/check"))

    def images(self):
        """All images that the labs start."""
        done = self.run([COMPOSE / "image" / "build", self.windrose])
        if done.returncode != 0:
            raise SystemExit(f"compose/image/build: {done.stdout}")
        demo = self.work / "demo"
        subprocess.run(["rustc", "-O", "-C", "target-feature=+crt-static", "-o", demo, COMPOSE / "demo" / "demo.rs"],
                       check=True)
        self.image("windrose-demo", [demo], "/demo", ["EXPOSE 80", "USER 65532:65532"], at="/demo")
        self.image("redis-of-debian", ["/usr/bin/redis-server"], None, ["ENV PATH=/usr/bin"])
        self.image("prometheus-of-debian", ["/usr/bin/prometheus"], "/usr/bin/prometheus", ["EXPOSE 9090"])
        self.image("traefik-of-peers", [self.traefik], "/usr/local/bin/traefik",
                   ["ENV PATH=/usr/local/bin", "EXPOSE 80"], at="/usr/local/bin/traefik")

    def image(self, name, programs, entrypoint, settings, at=None):
        """An image of programs of this machine and the libraries they need."""
        with tempfile.TemporaryDirectory() as folder:
            for program in programs:
                # Its name may be a link, and decide what it does.
                put(folder, pathlib.Path(program).resolve(), at or str(program))
                for library in libraries(program):
                    put(folder, library, library)
            (pathlib.Path(folder) / "tmp").mkdir()
            put(folder, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
            if entrypoint:
                settings = [*settings, f'ENTRYPOINT ["{entrypoint}"]']
            changes = [part for setting in settings for part in ("-c", setting)]
            files = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)
            subprocess.run(["docker", "import", *changes, "-", name], env=self.environment, stdin=files.stdout,
                           check=True, capture_output=True)

    def check(self, lab):
        """What is wrong, if anything is."""
        done = self.run([COMPOSE / lab / "check"])
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} lab {lab}", flush=True)
        return [] if done.returncode == 0 else [f"lab {lab}:\n{done.stdout}"]

    def page(self):
        """Does what the page about Compose says."""
        sys.path.insert(0, str(ROOT / "tests" / "docs"))
        import pages

        today = self.work / "today"
        today.mkdir()
        (today / "docker").write_text(TODAY)
        (today / "docker").chmod(0o755)
        os.environ.update(self.environment)
        wrong = pages.check(ROOT / "docs/start/compose.md", self.windrose, f"{today}:")
        print(f"{'FAIL' if wrong else 'ok  '} docs/start/compose.md", flush=True)
        return wrong and ["\n".join(wrong)]

    def image_is_small(self):
        """What the image holds beside the program, whose size depends on how it was built."""
        script = 'docker save windrose | gzip -1 | wc -c; gzip -1 -c "$WINDROSE" | wc -c'
        done = self.run(["bash", "-c", script])
        image, program = (int(number) for number in done.stdout.split())
        rest = image - program
        print(f"     the image is {image >> 20} MiB compressed, {rest >> 10} KiB of it beside the program")
        return [] if rest < 6 << 20 else [f"image: {rest} bytes beside the program"]

    def run(self, command):
        return subprocess.run([str(part) for part in command], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def put(folder, source, path):
    target = pathlib.Path(folder) / str(path).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def libraries(program):
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return sorted({word for word in listed.split() if word.startswith("/")})
