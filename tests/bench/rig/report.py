"""Tables on the terminal, JSON beside them, and the claims that `--check` holds a run to."""

import json
import statistics
import sys

from .system import OUT, Failed


def note(text):
    """Progress goes to standard error, so that standard output is the result alone."""
    print(text, file=sys.stderr, flush=True)


def table(columns, rows):
    """Left-aligned first column, right-aligned others."""
    cells = [columns] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        first, *others = row
        print("  ".join([first.ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(others, widths[1:])]))
    print(flush=True)


def median(values):
    return statistics.median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def mib(size):
    return size / (1 << 20)


def save(name, result):
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    note(f"written: {path}")


class Claims:
    """Limits that were met or missed; only what was measured is judged."""

    def __init__(self):
        self.judged = []

    def at_most(self, what, value, limit, unit=""):
        self._judge(what, value, "at most", limit, unit, value <= limit)

    def at_least(self, what, value, limit, unit=""):
        self._judge(what, value, "at least", limit, unit, value >= limit)

    def _judge(self, what, value, bound, limit, unit, met):
        self.judged.append({"claim": what, "value": value, "bound": bound, "limit": limit, "unit": unit, "met": met})

    def close(self, check):
        """Prints the verdicts; the exit code of the run."""
        for claim in self.judged:
            verdict = "met   " if claim["met"] else "MISSED"
            unit = f" {claim['unit']}" if claim["unit"] else ""
            print(f"{verdict} {claim['claim']}: {claim['value']:.4g}{unit}, {claim['bound']} {claim['limit']:g}{unit}")
        missed = sum(not claim["met"] for claim in self.judged)
        if check and not self.judged:
            print("nothing was judged: run with windrose and the peers it is compared with")
            return 1
        return 1 if check and missed else 0


def guarded(main):
    """Runs a rig's main function; a failure is one line, an interruption is silent."""
    try:
        sys.exit(main())
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
