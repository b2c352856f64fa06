"""Document paths: where in an item a value stands.

A path is a tuple that begins with an attribute's name; every further step is a name (into a map) or an index
(into a list). A path that meets a value of another type, a missing name or an index past the end leads
nowhere.
"""

from typing import TypeAlias

from dynalite.values.types import AttributeValue, Item

Path: TypeAlias = tuple[str | int, ...]


def get(item: Item, path: Path) -> AttributeValue | None:
    """The value at `path`, or None. It is the item's own, not a copy."""
    members: Item | None = item
    value: AttributeValue | None = None
    for step in path:
        if isinstance(step, str):
            value = None if members is None else members.get(step)
        else:
            elements = None if value is None else value.get("L")
            value = elements[step] if elements is not None and step < len(elements) else None
        if value is None:
            return None
        members = value.get("M")
    return value
