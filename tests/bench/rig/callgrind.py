"""A program under valgrind's callgrind: instructions between two moments, by source file and by function."""

import re
from collections import Counter
from pathlib import Path

from .system import Failed, run, tool


class Counted:
    """A started program whose instructions are counted: those of its youngest process, which does the work."""

    def __init__(self, session, name, command):
        self._prefix = session.folder / f"{name}.callgrind"
        valgrind = [tool("valgrind").resolve(), "--tool=callgrind", "--trace-children=yes",
                    f"--callgrind-out-file={self._prefix}.%p"]
        self.process = session.start(name, valgrind + command, session.proxy_cores)
        self._dumps = 0

    def during(self, work):
        """The `Profile` of what the program did while `work` ran."""
        worker = self.process.family()[-1]
        self._control("-z", worker)
        work()
        self._control("-d", worker)
        self._dumps += 1
        path = Path(f"{self._prefix}.{worker}.{self._dumps}")
        self.process.wait(path.exists, f"write {path.name}")
        return Profile(path)

    def _control(self, option, worker):
        output = run([tool("valgrind").resolve().with_name("callgrind_control"), option, worker], "talk to callgrind")
        if "OK" not in output:
            raise Failed(f"callgrind did not obey {option}: {output.strip()}")


class Profile:
    """Instructions by (function, source file) and, with all that they called, by function."""

    def __init__(self, path):
        self.own = Counter()
        self.inclusive = Counter()
        _read(path, self.own, self.inclusive)

    @property
    def total(self):
        return sum(self.own.values())

    def minus(self, other):
        """What this one did more."""
        rest = Profile.__new__(Profile)
        rest.own, rest.inclusive = Counter(self.own), Counter(self.inclusive)
        rest.own.subtract(other.own)
        rest.inclusive.subtract(other.inclusive)
        return rest


class _Names:
    """Callgrind writes a name once, as `(7) name`, and afterwards `(7)`."""

    def __init__(self):
        self._known = {}

    def read(self, text):
        number, _, name = text.partition(" ")
        if name:
            self._known[number] = name
        return self._known.get(number, number)


def _read(path, own, inclusive):
    files, functions = _Names(), _Names()
    function = file = ""
    # What was called, while the next cost is that of the call; a call of itself is counted already.
    callee = None
    with open(path, errors="replace") as lines:
        for line in lines:
            cost = COST.match(line)
            if cost:
                spent = int(cost[1])
                if callee is None:
                    own[function, file] += spent
                if callee != function:
                    inclusive[function] += spent
                callee = None
                continue
            key, _, value = line.rstrip("\n").partition("=")
            if key == "fn":
                function = functions.read(value)
            elif key in ("fl", "fi", "fe"):
                file = files.read(value)
            elif key in ("cfi", "cfl"):
                files.read(value)
            elif key == "cfn":
                called = functions.read(value)
            elif key == "calls":
                callee = called


# A position, absolute or relative to the one before, and a cost.
COST = re.compile(r"(?:[+-]?\d+|\*|0x[0-9a-f]+) (\d+)")
