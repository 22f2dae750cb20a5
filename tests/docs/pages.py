"""Executes the blocks of pages.

`sh` blocks are run, in order, by one shell for each page; each command has to succeed. A `yaml` block that begins with
`# file: NAME` is written into that file. A `text` block right after commands is what they print: each of its lines must
be there, in this order; `…` stands for anything.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Pages that need an engine; `tests/docker` has one.
OF_ENGINE = {"docs/start/compose.md"}


class Block:
    def __init__(self, kind, line, text):
        self.kind, self.line, self.text = kind, line, text


def blocks(page):
    found, current = [], None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = re.match(r"^```(\w*)$", line)
        if fence and current is None:
            current = Block(fence.group(1), number + 1, [])
        elif fence:
            found.append(current)
            current = None
        elif current is not None:
            current.text.append(line)
    return found


def script(page, folder):
    """All commands of a page, each block between marks that say where it is."""
    lines = ["set -eo pipefail"]
    for block in blocks(page):
        text = "\n".join(block.text)
        named = re.match(r"# file: (\S+)", text)
        if block.kind == "yaml" and named:
            # Written when its turn comes: a page may change a file while the gateway runs.
            staged = folder / ".staged" / str(block.line)
            staged.parent.mkdir(exist_ok=True)
            staged.write_text(text + "\n")
            lines += [f"mkdir -p $(dirname {named.group(1)})", f"cp {staged} {named.group(1)}"]
        elif block.kind == "sh":
            lines += [f"echo '@@ {block.line}'", text]
    return "\n".join([*lines, "echo '@@ end'", "kill $(jobs -p) 2>/dev/null || true", ""])


def run(page, program, path):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="windrose-docs."))
    try:
        (folder / ".bin").mkdir()
        (folder / ".bin" / "windrose").symlink_to(program)
        (folder / "compose").symlink_to(ROOT / "compose")
        environment = {"PATH": f"{path}{folder}/.bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder), "LANG": "C.UTF-8",
                       **{name: value for name, value in os.environ.items() if name.startswith("DOCKER") or name.endswith("_IMAGE")}}
        done = subprocess.run(["bash", "-c", script(page, folder)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False)
        return done.returncode, done.stdout
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def missing(page, printed):
    """The lines that a page promises and that were not printed."""
    parts = re.split(r"^@@ (\w+)$", printed, flags=re.MULTILINE)
    said = dict(zip(parts[1::2], parts[2::2]))
    before, lost = None, []
    for block in blocks(page):
        if block.kind == "text" and before is not None:
            rest = said.get(str(before.line), "")
            for line in filter(None, block.text):
                pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
                at = re.search(pattern, rest, flags=re.IGNORECASE)
                if not at:
                    lost.append(f"{page}:{block.line}: not printed: {line}")
                    break
                rest = rest[at.end():]
        before = block if block.kind == "sh" else None
    return lost


def check(page, program, path=""):
    code, printed = run(page, program, path)
    name = page.relative_to(ROOT)
    if code != 0 or "@@ end" not in printed:
        at = re.findall(r"^@@ (\w+)$", printed, flags=re.MULTILINE)
        return [f"{name}:{at[-1] if at else 1}: ended with {code}\n{printed[-3000:]}"]
    lost = missing(page, printed)
    return lost and [*lost, printed[-3000:]]


def main():
    program, words = sys.argv[1], sys.argv[2:]
    pages = sorted([*ROOT.glob("docs/start/*.md"), *ROOT.glob("docs/tasks/*.md")])
    failures, count = [], 0
    for page in pages:
        name = str(page.relative_to(ROOT))
        if name in OF_ENGINE or (words and not any(word in name for word in words)):
            continue
        wrong = check(page, program)
        print(f"{'FAIL' if wrong else 'ok  '} {name}", flush=True)
        failures += wrong
        count += 1
    print("\n".join(failures))
    print(f"docs: {count - len([1 for line in failures if line.startswith('docs/')])} of {count} pages do what they say")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
