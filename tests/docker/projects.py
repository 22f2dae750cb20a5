"""Projects as people have them: a Compose file is replayed with both programs in place of its gateway, nothing else changed."""

import pathlib
import re

import yaml

FILES = sorted((pathlib.Path(__file__).parent / "projects").glob("*.yml"))


class Project:
    """A Compose file, as the engine and the gateways see it."""

    def __init__(self, file):
        self.name, self.file = file.stem, file
        # Compose writes `$$` for a dollar.
        written = yaml.safe_load(file.read_text().replace("$$", "$"))
        self.services = written["services"]
        self.networks = list(written.get("networks") or {})
        self.gateway = next(one for one in self.services.values() if one["image"].startswith("traefik:"))

    def flags(self, folder, base):
        """The arguments of its gateway: addresses and files are moved to where two can run side by side."""
        numbers, flags = iter(range(base, base + 100)), []
        for flag in self.gateway["command"]:
            name, _, value = flag.partition("=")
            if re.fullmatch(r"--entrypoints\.[a-z]+\.address", name):
                protocol = value.partition("/")[2]
                value = f"127.0.0.1:{next(numbers)}" + (f"/{protocol}" if protocol else "")
            elif name.endswith((".storage", ".filepath")):
                value = str(folder / pathlib.Path(value).name)
                if name.endswith(".storage"):
                    # Nobody is there to ask for certificates.
                    flags.append(name.replace(".storage", ".caserver") + "=http://127.0.0.1:9/directory")
            flags.append(f"{name}={value}")
        return flags

    def environment(self):
        return dict(one.split("=", 1) for one in self.gateway.get("environment") or [])

    def containers(self):
        """Name, labels and networks of each container."""
        for name, service in self.services.items():
            labels = service.get("labels") or []
            if isinstance(labels, dict):
                labels = [f"{key}={text(value)}" for key, value in labels.items()]
            labels = [*labels, f"com.docker.compose.project={self.name}", f"com.docker.compose.service={name}"]
            for number in range((service.get("deploy") or {}).get("replicas", 1)):
                yield f"{self.name}-{name}-{number + 1}", labels, service.get("networks") or []


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
