"""Where our controller and Traefik Mesh's are meant to differ: sets, variants and facts as expressions, and why.

An entry is (set, variant, fact, reason). One that excuses nothing in a whole run fails it.
"""

MEANT = []
