"""All sets of objects, each with a name that is also its namespace."""

from sets import annotations, limits, lists, routes, services, splits, targets


def every():
    made = [one for module in [annotations, services, limits, lists, splits, targets, routes] for one in module.every()]
    names = [one.name for one in made]
    assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
    return sorted(made, key=lambda one: one.leaves)
