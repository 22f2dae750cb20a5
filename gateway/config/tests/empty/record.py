#!/usr/bin/env python3
"""Asks real Traefik what an option may be when nothing stands in it, and writes static.tsv and dynamic.tsv.

    record.py TRAEFIK

A row is the path of an option and a letter for each way of writing nothing, in the order of the first line of the
table. Nothing but the option is written. `+` is taken; `-` is refused, whatever for. Options of the install
configuration are those of `traefik --help`, options of routing those of the fixtures beside this folder. `<name>` is
any name and `[0]` the first element of a list.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

HERE = Path(__file__).parent
FORMS = {
    "yaml:null": lambda path: document(path, None),
    "yaml:{}": lambda path: document(path, {}),
    "yaml:[]": lambda path: document(path, []),
    "yaml:''": lambda path: document(path, ""),
    "toml:{}": lambda path: toml(path, "{}"),
    "toml:[]": lambda path: toml(path, "[]"),
    "toml:''": lambda path: toml(path, "''"),
}
FLAT = ["flag:=", "env:="]


def document(path, value):
    """The path as YAML, which JSON is."""
    for part in reversed(path):
        value = [value] if part == "[0]" else {named(part): value}
    return json.dumps(value)


def toml(path, value):
    """The path as an inline table."""
    for part in reversed(path[1:]):
        value = f"[{value}]" if part == "[0]" else f"{{{json.dumps(named(part))} = {value}}}"
    return f"{json.dumps(named(path[0]))} = {value}"


def named(part):
    return "x" if part == "<name>" else part


def prefixes(paths):
    """Every path and what holds it, in order."""
    found = {}
    for path in paths:
        for length in range(1, len(path) + 1):
            found[path[:length]] = None
    return list(found)


def install_paths(traefik):
    text = subprocess.run([traefik, "--help"], capture_output=True, text=True, check=True).stdout
    flags = re.findall(r"^    --(\S+)", text, re.M)
    assert len(flags) > 500, "the list of flags"
    (HERE / "flags.txt").write_text("".join(f"{flag}\n" for flag in flags))
    return prefixes(tuple(flag.replace("[n]", ".[0]").split(".")) for flag in flags)


def starts(traefik, arguments, environment=None):
    """Whether the options are read: asking for a ping reads them and then goes no further."""
    run = subprocess.run(
        [traefik, "healthcheck", *arguments],
        capture_output=True, text=True, timeout=20, env={**os.environ, **(environment or {})}, check=False,
    )
    return "Command error" not in run.stderr + run.stdout


def record_static(traefik, folder):
    rows = []
    for path in install_paths(traefik):
        letters = ""
        for name, form in FORMS.items():
            file = folder / ("c.yml" if name.startswith("yaml") else "c.toml")
            file.write_text(form(path))
            letters += "+" if starts(traefik, [f"--configFile={file}"]) else "-"
        flat = ".".join(named(part) for part in path).replace(".[0]", "[0]")
        letters += "+" if starts(traefik, [f"--{flat}="]) else "-"
        variable = "TRAEFIK_" + flat.replace("[0]", "_0").replace(".", "_").upper()
        letters += "+" if starts(traefik, [], {variable: ""}) else "-"
        rows.append((path, letters))
    save(HERE / "static.tsv", [*FORMS, *FLAT], rows)


class Routing:
    """A running Traefik that reads a folder of routing files whenever one comes."""

    def __init__(self, traefik, folder):
        self.target, self.log, self.number, self.offset = folder / "routes", folder / "log", 0, 0
        self.target.mkdir()
        install = folder / "install.yml"
        install.write_text(json.dumps({
            "entryPoints": {"web": {"address": "127.0.0.1:0"}},
            "providers": {"providersThrottleDuration": "1ms", "file": {"directory": str(self.target)}},
            "log": {"level": "DEBUG", "filePath": str(self.log), "format": "json"},
            "global": {"checkNewVersion": False},
        }))
        self.process = subprocess.Popen([traefik, f"--configFile={install}"])
        self.wait("add watcher on: " + str(self.target))

    def wait(self, wanted):
        """The first line of the log with these words."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.log.exists():
                with self.log.open("rb") as file:
                    file.seek(self.offset)
                    for line in iter(file.readline, b""):
                        if not line.endswith(b"\n"):
                            break
                        self.offset += len(line)
                        if wanted in line.decode():
                            return line.decode()
            time.sleep(0.002)
        raise TimeoutError(f"nothing is said of {wanted}")

    def takes(self, path, name, text):
        """Whether the text is read. A service of its own in another section tells its answer from others."""
        self.number += 1
        case = f"case{self.number}x"
        section = "tcp" if path[0] == "udp" else "udp"
        marker = {section: {"services": {case: {"loadBalancer": {"servers": [{"address": "a:1"}]}}}}}
        if name.startswith("yaml"):
            text = json.dumps({**json.loads(text), **marker})
        else:
            text += f'\n[{section}.services.{case}]\nloadBalancer = {{servers = [{{address = "a:1"}}]}}\n'
        new = self.target / "new"
        new.write_text(text)
        file = self.target / f"{case}.{name.split(':')[0].replace('yaml', 'yml')}"
        new.rename(file)
        line = self.wait(case)
        file.unlink()
        return '"error"' not in line


def routing_paths():
    paths = []

    def walk(path, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                is_name = len(path) == 2 or re.fullmatch(r"name\d", key) or path[-2:] == ("<name>", "plugin")
                walk((*path, "<name>" if is_name else key), inner)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                walk((*path, "[0]"), item)
        else:
            paths.append(path)

    for fixture in ["all-v3.yaml", "newer.yaml"]:
        walk((), yaml.safe_load((HERE.parent / "fixtures" / fixture).read_text()))
    return prefixes(paths)


def record_dynamic(traefik, folder):
    routing = Routing(traefik, folder)
    try:
        rows = []
        for path in routing_paths():
            takes = [routing.takes(path, name, form(path)) for name, form in FORMS.items()]
            rows.append((path, "".join("+" if taken else "-" for taken in takes)))
    finally:
        routing.process.kill()
        routing.process.wait()
    save(HERE / "dynamic.tsv", list(FORMS), rows)


def save(file, forms, rows):
    lines = ["option\t" + " ".join(forms)]
    lines += [".".join(path) + "\t" + letters for path, letters in rows]
    file.write_text("\n".join(lines) + "\n")


def main():
    traefik = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        record_static(traefik, Path(folder))
        record_dynamic(traefik, Path(folder))


if __name__ == "__main__":
    main()
