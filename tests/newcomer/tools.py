"""Our completions, manual, schemas and units, as the tools of others read them."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kit"))
from ports import free_port  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1]
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="windrose-newcomer."))
(FOLDER / "windrose").symlink_to(PROGRAM)
ENVIRONMENT = {**os.environ, "PATH": f"{FOLDER}:/usr/bin:/bin", "HOME": str(FOLDER), "LANG": "C.UTF-8", "TERM": "xterm"}


def run(*command, **more):
    return subprocess.run(command, env=ENVIRONMENT, cwd=FOLDER, capture_output=True, text=True, timeout=60, **more)


def printed(*command, **more):
    done = run(*command, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def fish():
    """fish itself says what it would offer."""
    script = "windrose completions fish | source; complete -C '{}'"
    offered = lambda line: printed("fish", "-c", script.format(line)).split()
    assert "check" in offered("windrose ch"), offered("windrose ch")
    assert offered("windrose run --entryPoints.web.addr") == ["--entryPoints.web.address="]


def zsh():
    """zsh loads it, and its completion of a line, typed into a terminal of its own, is ours."""
    printed("zsh", "-fc", "autoload -Uz compinit && compinit -u && source <(windrose completions zsh) && whence -w _windrose")
    typed = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= ; autoload -Uz compinit && compinit -u && source <(windrose completions zsh); echo re''ady"
local seen= part
while zpty -r z part; do seen+=$part; [[ $seen == *ready* ]] && break; done
zpty -w -n z $'windrose run --entryPoints.web.addr\t\x01echo "\x05"\n'
seen=
while zpty -r z part; do seen+=$part; [[ $seen == *$'\n'*address=* || $seen == *'address='* ]] && break; done
print -r -- $seen
zpty -d z
"""
    seen = printed("zsh", "-fc", typed)
    assert "--entryPoints.web.address=" in seen, seen


def bash():
    """bash, as it calls the function."""
    script = """source <(windrose completions bash); complete -p windrose
COMP_WORDS=(windrose schema r); COMP_CWORD=2; _windrose; printf '%s\\n' "${COMPREPLY[@]}" """
    said = printed("bash", "-c", script)
    assert "complete -o default -o nospace -F _windrose windrose" in said and said.endswith("routing \n"), said


def manual():
    """man renders the page without a complaint."""
    (FOLDER / "windrose.1").write_text(printed(PROGRAM, "man"))
    done = run("man", "--warnings", "-l", "windrose.1")
    text = re.sub(r".\x08", "", done.stdout)
    assert done.returncode == 0 and not done.stderr, done.stderr
    for words in ["windrose - one proxy for every direction", "windrose check FILE...", "--entryPoints.<name>.address",
                  "EXIT CODES"]:
        assert words in text, words


def schemas():
    """Every example of ours is accepted, and a slip of the pen is not."""
    schema = {name: json.loads(printed(PROGRAM, "schema", name)) for name in ["install", "routing"]}
    for one in schema.values():
        jsonschema.Draft7Validator.check_schema(one)
    count = {"install": 0, "routing": 0}
    for where, text in examples():
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError:
            continue
        if not isinstance(document, dict) or not document:
            continue
        kind = kind_of(document, schema)
        if kind is None:
            continue
        errors = [error.message[:300] for error in jsonschema.Draft7Validator(schema[kind]).iter_errors(document)]
        assert not errors, f"{where}: {errors}"
        count[kind] += 1
    assert count["install"] >= 8 and count["routing"] >= 30, count
    wrong = [("install", {"entryPoints": {"web": {"adress": ":80"}}}), ("install", {"entryPoint": {}}),
             ("routing", {"http": {"routers": {"a": {"rules": "Host(`a`)"}}}}),
             ("routing", {"http": {"middlewares": {"m": {"stripPrefix": {}, "compress": {}}}}}),
             ("routing", {"http": {"middlewares": {"m": {"rateLimit": {"averege": 1}}}}}),
             ("routing", {"http": {"services": {"s": {"loadBalancer": {"servers": {}}}}}})]
    for kind, document in wrong:
        assert not jsonschema.Draft7Validator(schema[kind]).is_valid(document), document


def kind_of(document, schema):
    """Which schema a document is for; an install configuration may have a key of its own that routing does not have."""
    keys = set(document)
    if keys <= {"http", "tcp", "udp", "tls"}:
        return "routing"
    return "install" if keys <= set(schema["install"]["properties"]) else None


def examples():
    for page in sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("compose/**/*.md")]):
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)):
            yield f"{page.relative_to(ROOT)} block {number + 1}", block
    files = [*ROOT.glob("compose/**/*.yml"), *ROOT.glob("gateway/bin/tests/compose/**/*.yml"),
             *ROOT.glob("gateway/bin/src/helper/init/*.yml")]
    for file in sorted(files):
        yield str(file.relative_to(ROOT)), file.read_text()
    for kind in sorted(ROOT.glob("gateway/middleware/src/http/*/mod.rs")):
        docs = "\n".join(line[4:] for line in kind.read_text().splitlines() if line.startswith("//!"))
        for block in re.findall(r"^```yaml\n(.*?)^```$", docs, flags=re.MULTILINE | re.DOTALL):
            yield str(kind.relative_to(ROOT)), yaml.safe_dump({"http": {"middlewares": {"m": yaml.safe_load(block)}}})


def units():
    """systemd reads the units; a socket that it opened serves under its name."""
    folder = FOLDER / "units"
    folder.mkdir()
    for unit in (ROOT / "packaging/systemd").iterdir():
        text = unit.read_text().replace("/usr/local/bin/windrose", PROGRAM).replace("Documentation=man:windrose(1)\n", "")
        (folder / unit.name).write_text(text)
    done = run("systemd-analyze", "verify", *map(str, sorted(folder.iterdir())))
    assert done.returncode == 0 and not done.stderr, done.stderr

    printed(PROGRAM, "init", "conf")
    port = free_port()
    configuration = (FOLDER / "conf/windrose.yml").read_text()
    configuration = configuration.replace(':8080"', '127.0.0.1:0"').replace(':8443"', '127.0.0.1:0"').replace(":8081", ":0")
    (FOLDER / "conf/windrose.yml").write_text(configuration)
    activated = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", "--fdname=web", PROGRAM, "run", "conf/windrose.yml"]
    process = subprocess.Popen(activated, env=ENVIRONMENT, cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # The first connection is what starts the gateway, and is answered by it: its server is not there.
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30)
                raise AssertionError("a server answers that nobody started")
            except urllib.error.HTTPError as error:
                assert error.code == 502, error.code
                break
            except urllib.error.URLError:
                # systemd-socket-activate does not listen yet.
                assert time.monotonic() < deadline, "nobody listens"
                time.sleep(0.05)
    finally:
        process.kill()
        process.wait()


failures = 0
for test in [bash, zsh, fish, manual, schemas, units]:
    try:
        test()
        print(f"ok   {test.__name__}", flush=True)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        failures += 1
        print(f"FAIL {test.__name__}: {error}", flush=True)
subprocess.run(["rm", "-rf", str(FOLDER)], check=False)
sys.exit(1 if failures else 0)
