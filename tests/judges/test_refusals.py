"""Every refusal of the simulator has the shape of Okta's, whatever the reason: the caller, the call, or Okta itself."""

import email.utils

import pytest
import shapes
from holding import NOTHING, hold
from test_shapes import SHAPES, WITH_ID

# Ids of the right format that nothing has.
UNKNOWN = {
    "users": "00u0000000000000000A",
    "groups": "00g0000000000000000A",
    "apps": "0oa0000000000000000A",
    "resources": "0oa0000000000000000A",
    "v1/requests": "0123456789abcdef01234567",
    "v2/requests": "req0000000000000000A",
    "entitlement-bundles": "enb0000000000000000A",
    "request-types": "0123456789abcdef01234567",
    "entries": "cen0000000000000000A",
    "user": "osc0000000000000000A",
    "collections": "col0000000000000000A",
}
V1, V2, GRANTS = "/governance/api/v1/requests", "/governance/api/v2/requests", "/governance/api/v1/grants"
LATER = '{} {} "2026-01-01T00:00:00Z"'
PAGE = shapes.refusal("E0000029", shapes.CAUSE)


def part(location_type: str, location: str) -> dict:
    return shapes.refusal("E0000001", shapes.governance_cause(location_type, location))


def unknown(route: str) -> tuple[str, str]:
    """The route for an id that nothing has: method and path."""
    (identifier,) = [identifier for name, identifier in UNKNOWN.items() if f"/{name}/{{id}}" in route]
    method, path = route.replace("{id}", identifier).split(" ")
    return method, path


@pytest.mark.parametrize("route", WITH_ID)
def test_what_does_not_exist_is_not_found(okta, route):
    method, path = unknown(route)
    reply = okta.post(path, {"message": "Hello"}) if method == "POST" else okta.get(path)
    hold(reply, shapes.refusal("E0000007"), 404)


@pytest.mark.parametrize("route", set(SHAPES) - {"GET /.well-known/okta-organization"})
@pytest.mark.parametrize("credential", ["SSWS wrong", "Bearer wrong", "DPoP wrong", None])
def test_an_unknown_credential_is_refused(okta, route, credential):
    method, path = unknown(route) if "{id}" in route else route.split(" ")
    headers = {"Authorization": credential} if credential else {}
    reply = okta.send(method, path, headers)
    hold(reply, shapes.refusal("E0000011"), 401)
    challenge = reply.headers["WWW-Authenticate"]
    if credential in ("Bearer wrong", "DPoP wrong"):
        assert challenge.startswith(credential.split()[0]) and 'error="invalid_token"' in challenge, challenge


@pytest.mark.parametrize(
    ("path", "parameters", "shape"),
    [
        (V1, {"filter": LATER.format("lastUpdated", "ge")}, part("query", "/filter")),
        (V2, {"filter": LATER.format("lastUpdated", "ge")}, part("query", "/filter")),
        (V2, {"filter": LATER.format("lastUpdated", "lt")}, part("query", "/filter")),
        (V2, {"filter": LATER.format("created", "gt")}, part("query", "/filter")),
        (V2, {"filter": 'requestStatus eq "OPEN"'}, part("query", "/filter")),
        (V1, {"filter": 'status eq "PENDING"'}, part("query", "/filter")),
        (V2, {"filter": 'status ne "PENDING"'}, part("query", "/filter")),
        (V2, {"filter": 'status eq "PENDING" or status eq "APPROVED"'}, part("query", "/filter")),
        (V2, {"filter": "status eq PENDING"}, part("query", "/filter")),
        (GRANTS, {}, part("query", "/filter")),
        (GRANTS, {"filter": 'status eq "ACTIVE"'}, part("query", "/filter")),
        (V1, {"limit": "0"}, PAGE),
        (V2, {"limit": "201"}, PAGE),
        (V2, {"limit": "many"}, PAGE),
        (V1, {"after": "0123456789abcdef01234567"}, PAGE),
        (V2, {"after": "req0000000000000000A"}, PAGE),
        (V2, {"orderBy": "permalinkId desc"}, PAGE),
        (V1, {"orderBy": "created"}, PAGE),
        ("/api/v1/users", {"search": 'profile.email sounds "a"'}, shapes.refusal("E0000031", shapes.CAUSE)),
        (f"{V1}/req0000000000000000A", {}, part("path", "/requestId")),
        (f"{V2}/0123456789abcdef01234567", {}, part("path", "/requestId")),
    ],
)
def test_a_malformed_call_is_refused(okta, path, parameters, shape):
    hold(okta.get(path, **parameters), shape, 400)


@pytest.mark.parametrize(
    "body", [{"message": ""}, {"message": "x" * 5001}, {"message": 7}, {}, {"message": "x", "to": "me"}, []]
)
@pytest.mark.parametrize("path", [V1, V2])
def test_a_malformed_message_is_refused_and_not_stored(okta, path, body):
    request = okta.get(path, limit="1").json()["data"][0]["id"]
    hold(okta.post(f"{path}/{request}/messages", body), part("body", "/message"), 400)
    assert okta.seen("messages") == []


def seconds(reply) -> float:
    """The time of the reply by Okta's clock."""
    return email.utils.parsedate_to_datetime(reply.headers["Date"]).timestamp()


def test_too_many_calls_are_refused_until_the_window_ends(start):
    okta, (_, path) = start(), unknown("GET /governance/api/v1/entitlement-bundles/{id}")
    limit = int(okta.get(path).headers["X-Rate-Limit-Limit"])
    assert 15 <= limit <= 50
    left = [int(okta.get(path).headers["X-Rate-Limit-Remaining"]) for _ in range(limit - 1)]
    assert left == list(range(limit - 2, -1, -1))
    refused = okta.get(path)
    hold(refused, shapes.refusal("E0000047"), 429)
    assert refused.headers["X-Rate-Limit-Remaining"] == "0"
    assert seconds(refused) < int(refused.headers["X-Rate-Limit-Reset"]) <= seconds(refused) + 60
    # Each call has a limit of its own.
    hold(okta.get("/.well-known/okta-organization"), shapes.ORGANIZATION)


@pytest.mark.parametrize(
    ("fault", "status", "shape"),
    [
        ("any=429:5", 429, shapes.refusal("E0000047")),
        ("any=429:limit0", 429, shapes.refusal("E0000047")),
        ("any=401:E0000015", 401, shapes.refusal("E0000015")),
        ("any=503:E0000010", 503, shapes.refusal("E0000010")),
        ("any=500", 500, shapes.refusal("E0000009")),
        ("any=403", 403, shapes.refusal("E0000006")),
        ("any=409", 409, shapes.refusal("E0000001")),
        ("any=302", 302, NOTHING),
    ],
)
def test_each_failure_of_okta_has_its_shape(start, fault, status, shape):
    okta = start("--fault", fault)
    for route in (V1, V2, "/api/v1/users"):
        reply = okta.get(route)
        hold(reply, shape, status)
        if fault == "any=429:limit0":
            assert reply.headers["X-Rate-Limit-Limit"] == "0"
        assert ("Location" in reply.headers) == (status == 302)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_load_balancer_answers_with_a_page(start, status):
    reply = start("--fault", f"any={status}").get(V2)
    assert reply.status == status and reply.headers.get_content_type() == "text/html"
    assert reply.body.startswith(b"<html>")
