"""The words in which the shapes are written: each makes a JSON Schema, of an object, an id, a link or a rule."""

ORG = "https://acme.okta.com"
# Okta's governance calls name the console's host in their links.
ADMIN = "https://acme-admin.okta.com"

TEXT = {"type": "string", "minLength": 1}
ANY_TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
FLAG = {"type": "boolean"}
COUNT = {"type": "integer", "minimum": 0}
OPEN = {"type": "object"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$"}
TIME_OR_NULL = {**TIME, "type": ["string", "null"]}
HEX = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
ISO_DURATION = {"type": "string", "pattern": r"^P(\d+[YMWD])*(T(\d+[HMS])+)?$", "minLength": 3}


def identifier(*prefixes: str) -> dict:
    """An id of Okta: 20 letters and digits, the first three say what it is of."""
    return {"type": "string", "pattern": f"^({'|'.join(prefixes)})[0-9A-Za-z]{{17}}$"}


def one_of(*values: str) -> dict:
    return {"enum": list(values)}


def each(items: dict, **limits: int) -> dict:
    return {"type": "array", "items": items, **limits}


def closed(required: dict, optional: dict | None = None, *rules: dict) -> dict:
    """An object that has each required member, may have the optional ones, and has no other. `rules` are further schemas."""
    shape = {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }
    return shape | {"allOf": list(rules)} if rules else shape


def with_members(*names: str) -> dict:
    return {"required": list(names)}


def without_members(*names: str) -> dict:
    return {"properties": {name: False for name in names}}


def when(condition: dict, then: dict, otherwise: dict | None = None) -> dict:
    """A rule for those objects that have these values."""
    is_so = {"properties": {name: {"const": value} for name, value in condition.items()}, "required": list(condition)}
    return {"if": is_so, "then": then} | ({"else": otherwise} if otherwise else {})


def governed_link(path: str) -> dict:
    """A link of the governance API to a path at the console's host. `hints` is there, and empty."""
    return closed({"href": {"type": "string", "pattern": f"^{ADMIN}/governance/api/{path}$"}, "hints": closed({})})


def plain_link(path: str) -> dict:
    return closed({"href": {"type": "string", "pattern": f"^{ORG}/{path}$"}, "hints": closed({})})


def management_link(path: str) -> dict:
    """A link of the management API, as users, groups and apps have them."""
    href = {"type": "string", "pattern": f"^{ORG}/{path}$"}
    return closed({"href": href}, {"method": one_of("GET", "POST", "PUT", "DELETE"), "hints": OPEN})
