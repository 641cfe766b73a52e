"""Holding a reply to a shape, and bending a document so that its shape must refuse it."""

import copy
import email.utils
from collections.abc import Iterator

from jsonschema import Draft202012Validator
from simulated import Reply

RATE_LIMITS = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")
# The shape of a reply without a body.
NOTHING = None


def is_of(document, shape: dict) -> bool:
    return Draft202012Validator(shape).is_valid(document)


def faults(document, shape: dict) -> list[str]:
    """What of the document is not as the shape says."""
    found = Draft202012Validator(shape).iter_errors(document)
    return [f"{'/'.join(map(str, fault.absolute_path)) or 'the whole'}: {fault.message[:300]}" for fault in found]


def hold(reply: Reply, shape: dict | None, status: int = 200):
    """Fails unless the reply has this status, this shape, and the headers that every reply of Okta has. Returns its JSON."""
    assert reply.status == status, reply
    for name in RATE_LIMITS:
        assert reply.headers[name] and reply.headers[name].isdigit(), f"{name} of {reply}"
    assert reply.headers["X-Okta-Request-Id"], reply
    assert email.utils.parsedate_to_datetime(reply.headers["Date"]), reply
    if shape is NOTHING:
        assert reply.body == b"" and reply.headers["Content-Type"] is None, reply
        return None
    assert reply.headers.get_content_type() == "application/json", reply
    document = reply.json()
    assert is_of(document, shape), "\n".join([*faults(document, shape), str(document)[:2000]])
    return document


def shortened(document):
    """The document with at most two entries in each of its lists, as there the others are like them."""
    if isinstance(document, dict):
        return {name: shortened(part) for name, part in document.items()}
    return [shortened(part) for part in document[:2]] if isinstance(document, list) else document


def bends(document, shape: dict) -> Iterator[tuple[str, object]]:
    """The document with one thing wrong each time, and what that is: a value of another type, a member too many or too few.

    Members that an org adds itself can have any type, so they are left alone.
    """
    for path, value, part in places(document, shape):
        where = "/".join(map(str, path)) or "the whole"
        other = "bent" if "object" in part.get("type", "") else {"bent": True}
        yield f"{where} of another type", changed(document, path, other)
        if not isinstance(value, dict):
            continue
        if part.get("additionalProperties") is False:
            yield f"{where} with a member too many", changed(document, path, {**value, "bent": True})
        for name in part.get("required", ()):
            yield f"{where} without {name}", changed(document, path, {k: v for k, v in value.items() if k != name})


def places(value, shape: dict, path: tuple = ()) -> Iterator[tuple[tuple, object, dict]]:
    """Each part of a document that its shape describes, with its path and its own shape."""
    yield path, value, shape
    if isinstance(value, dict):
        others = shape.get("additionalProperties")
        parts = [(name, part, shape.get("properties", {}).get(name, others)) for name, part in value.items()]
    elif isinstance(value, list):
        parts = [(index, part, shape.get("items")) for index, part in enumerate(value)]
    else:
        parts = []
    for step, part, own in parts:
        if isinstance(own, dict):
            yield from places(part, own, (*path, step))


def changed(document, path: tuple, value):
    """A copy of the document with another value at this path."""
    if not path:
        return value
    bent = copy.deepcopy(document)
    parent = bent
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return bent
