"""Every reply of the simulator has the shape of Okta's. All are asked for over HTTP, as any client does."""

import re
import urllib.parse

import governance_shapes
import pytest
import shapes
from holding import NOTHING, bends, changed, hold, is_of, shortened
from schema import each
from simulated import REPOSITORY, Simulator

ANY_ID = "00000000000000000"
# Nothing else of the sample names it.
COLLECTION = "col1hT5sRw2QxZ8vKj4M"
USER_SEARCH = 'profile.email eq "{}"'

# What each call answers when all is well. `{id}` stands for an id, `?…` for parameters that change the shape.
SHAPES = {
    "GET /.well-known/okta-organization": shapes.ORGANIZATION,
    "GET /api/v1/users/{id}": shapes.USER,
    "GET /api/v1/users": each(shapes.USER),
    "GET /api/v1/users/{id}/groups": each(shapes.GROUP),
    "GET /api/v1/users/{id}/appLinks": each(shapes.APP_LINK),
    "GET /api/v1/groups/{id}": shapes.GROUP,
    "GET /api/v1/groups/{id}?expand=stats": shapes.GROUP_WITH_STATS,
    "GET /api/v1/groups/{id}/users": each(shapes.USER),
    "GET /api/v1/apps/{id}": shapes.APP,
    "GET /api/v1/apps/{id}/users": each(shapes.APP_USER),
    "GET /api/v1/logStreams": each(shapes.LOG_STREAM),
    "GET /api/v1/meta/schemas/user/{id}": shapes.USER_SCHEMA,
    "GET /api/v1/meta/types/user": each(shapes.USER_TYPE),
    "GET /governance/api/v2/resources/{id}/request-conditions": governance_shapes.CONDITIONS,
    "GET /governance/api/v1/collections/{id}": governance_shapes.COLLECTION,
    "GET /governance/api/v1/requests/{id}": governance_shapes.V1_REQUEST,
    "GET /governance/api/v2/requests/{id}": governance_shapes.V2_REQUEST,
    "GET /governance/api/v1/requests": governance_shapes.V1_REQUESTS,
    "GET /governance/api/v2/requests": governance_shapes.V2_REQUESTS,
    "POST /governance/api/v1/requests/{id}/messages": NOTHING,
    "POST /governance/api/v2/requests/{id}/messages": NOTHING,
    "GET /governance/api/v1/entitlement-bundles/{id}": governance_shapes.BUNDLE,
    "GET /governance/api/v1/entitlement-bundles/{id}?include=full_entitlements": governance_shapes.BUNDLE,
    "GET /governance/api/v1/grants": governance_shapes.GRANTS,
    "GET /governance/api/v1/resource-labels": governance_shapes.LABELS,
    "GET /governance/api/v2/tasks": governance_shapes.TASKS,
    "GET /governance/api/v1/request-types/{id}": governance_shapes.REQUEST_TYPE,
    "GET /governance/api/v2/catalogs/default/entries/{id}": governance_shapes.CATALOG_ENTRY,
}
# Judged in `test_tokens.py`.
ELSEWHERE = {"POST /oauth2/v1/token"}
WITH_ID = [route for route in SHAPES if "{id}" in route and "?" not in route]
WITH_BODY = [route for route in SHAPES if SHAPES[route] is not NOTHING]


class Walk:
    """Every reply about the sample org, found as a client finds it: from the lists to all that their entries name."""

    def __init__(self, okta: Simulator):
        self.okta = okta
        self.replies = {route: [] for route in SHAPES}
        self.of("GET /.well-known/okta-organization")
        self.of("GET /api/v1/logStreams")
        requests = [entry for api in ("v1", "v2") for page in self.pages(api) for entry in page["data"]]
        v1 = [self.of("GET /governance/api/v1/requests/{id}", entry["id"]) for entry in requests if "requestStatus" in entry]
        v2 = [self.of("GET /governance/api/v2/requests/{id}", entry["id"]) for entry in requests if "requested" in entry]
        users = self.of("GET /api/v1/users")
        named = [entry["requesterUserIds"][0] for entry in v1] + [entry["requestedFor"]["externalId"] for entry in v2]
        users = {user["id"] for user in users} | set(named)
        groups, apps = set(), set()
        for user in sorted(users):
            email = self.of("GET /api/v1/users/{id}", user)["profile"]["email"]
            assert user in [found["id"] for found in self.of("GET /api/v1/users", search=USER_SEARCH.format(email))]
            groups |= {group["id"] for group in self.of("GET /api/v1/users/{id}/groups", user)}
            apps |= {link["appInstanceId"] for link in self.of("GET /api/v1/users/{id}/appLinks", user)}
            principal = f'targetPrincipal.externalId eq "{user}" AND targetPrincipal.type eq "OKTA_USER"'
            self.of("GET /governance/api/v1/grants", filter=principal)
        wanted = {request["requested"]["accessScopeId"] for request in v2}
        for group in sorted(groups | {scope for scope in wanted if scope.startswith("00g")}):
            self.of("GET /api/v1/groups/{id}", group)
            self.of("GET /api/v1/groups/{id}?expand=stats", group)
            self.of("GET /api/v1/groups/{id}/users", group)
        for app in sorted(apps | {request["requested"]["resourceId"] for request in v2}):
            orn = self.of("GET /api/v1/apps/{id}", app)["orn"]
            self.of("GET /api/v1/apps/{id}/users", app)
            self.of("GET /governance/api/v2/resources/{id}/request-conditions", app)
            self.of("GET /governance/api/v1/resource-labels", filter=f'orn eq "{orn}"')
        for bundle in sorted(scope for scope in wanted if scope.startswith("enb")):
            self.of("GET /governance/api/v1/entitlement-bundles/{id}", bundle)
            orn = self.of("GET /governance/api/v1/entitlement-bundles/{id}?include=full_entitlements", bundle)["orn"]
            self.of("GET /governance/api/v1/resource-labels", filter=f'orn eq "{orn}"')
        for kind in sorted({request["requestTypeId"] for request in v1} - {None}):
            self.of("GET /governance/api/v1/request-types/{id}", kind)
        for entry in sorted({request["requested"]["entryId"] for request in v2}):
            while entry:
                entry = self.of("GET /governance/api/v2/catalogs/default/entries/{id}", entry).get("parent")
        self.of("GET /governance/api/v1/resource-labels", filter='resourceType eq "groups"')
        self.of("GET /governance/api/v2/tasks")
        self.of("GET /governance/api/v1/collections/{id}", COLLECTION)
        self.of("GET /api/v1/meta/schemas/user/{id}", "default")
        for kind in self.of("GET /api/v1/meta/types/user"):
            self.of("GET /api/v1/meta/schemas/user/{id}", kind["_links"]["schema"]["href"].rsplit("/", 1)[-1])
        for request in v2:
            self.of("GET /governance/api/v2/tasks", filter=f'requestId eq "{request["id"]}"')
        for api, (request, *_) in {"v1": v1, "v2": v2}.items():
            self.of(f"POST /governance/api/{api}/requests/{{id}}/messages", request["id"])

    def of(self, route: str, identifier: str = "", **parameters: str):
        """Makes one call and keeps the reply with its path. Returns its JSON."""
        method, path = route.replace("{id}", identifier).split(" ")
        reply = self.okta.post(path, {"message": "Hello"}) if method == "POST" else self.okta.get(path, **parameters)
        assert reply.status in (200, 201), (path, reply)
        self.replies[route].append((path, reply))
        return reply.json() if reply.body else None

    def pages(self, api: str):
        """All pages of a request list, by the cursors in their links."""
        parameters = {"limit": "3", "orderBy": "lastUpdated desc", "filter": 'lastUpdated gt "2020-01-01T00:00:00Z"'}
        while True:
            page = self.of(f"GET /governance/api/{api}/requests", **parameters)
            yield page
            if "next" not in page["_links"]:
                return
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page["_links"]["next"]["href"]).query))
            assert query["after"] == page["data"][-1]["id"] and query["after"] != parameters.get("after")
            parameters = query


@pytest.fixture(scope="module")
def walk(okta) -> Walk:
    return Walk(okta)


def test_every_route_of_the_simulator_has_a_shape():
    source = (REPOSITORY / "simulator" / "src" / "route.rs").read_text()
    routes = set(re.findall(r'"((?:GET|POST) /[^"]*)"', source.split("#[cfg(test)]")[0]))
    assert routes == {route.split("?")[0] for route in SHAPES} | ELSEWHERE


@pytest.mark.parametrize("route", SHAPES)
def test_every_reply_has_the_shape_of_its_call(walk, route):
    assert walk.replies[route]
    for path, reply in walk.replies[route]:
        document = hold(reply, SHAPES[route], 201 if route.startswith("POST") else 200)
        if isinstance(document, dict) and "self" in document.get("_links", {}):
            own = urllib.parse.urlsplit(document["_links"]["self"]["href"]).path
            assert own == path.split("?")[0], path
        entries = document if isinstance(document, list) else (document or {}).get("data", [])
        for entry in entries:
            link = entry.get("_links", {}).get("self")
            assert link is None or link["href"].endswith(f"/{entry['id']}"), entry


def test_a_correct_client_causes_no_complaint(walk):
    assert walk.okta.seen("complaints") == []


# The judges themselves.


@pytest.mark.parametrize("route", WITH_BODY)
def test_a_bent_reply_is_refused(walk, route):
    """No judge passes by accident: each shape refuses its own replies as soon as one thing in them is wrong."""
    shape, tried = SHAPES[route], 0
    for _, reply in walk.replies[route][:5]:
        document = shortened(reply.json())
        assert is_of(document, shape)
        for what, bent in bends(document, shape):
            assert not is_of(bent, shape), f"accepts {what}: {bent}"
            tried += 1
    assert tried > 3


V1, V2 = "GET /governance/api/v1/requests", "GET /governance/api/v2/requests"
CENTURY = "2026-11-24T09:06:26+01:00"
LINK = {"href": "https://acme.okta.com/governance/api/v2/requests/req16zRXf4PBGnr7o18A", "hints": {}}


@pytest.mark.parametrize(
    ("route", "path", "value"),
    [
        # What a list does not show.
        (V2, ("data", 0, "requestApproval"), {"type": "OKTA", "permalinkId": 1, "decisions": []}),
        (V2, ("data", 0, "riskAssessment"), {"requestSubmissionType": "RESTRICTED", "riskRules": []}),
        (V2, ("data", 0, "accessDuration"), "P1D"),
        (V2, ("data", 0, "requesterFieldValues"), []),
        (V1, ("data", 0, "requesterFieldValues"), []),
        (V1, ("data", 0, "approvals"), []),
        (V1, ("data", 0, "actions"), None),
        # What a request has at no such stage.
        (V2 + "/{id}", ("status",), "SUBMITTED"),
        (V2 + "/{id}", ("grantStatus",), None),
        # Links and times that Okta does not send so.
        (V2 + "/{id}", ("_links", "self"), LINK),
        (V2 + "/{id}", ("created",), CENTURY),
        (V2 + "/{id}", ("requestedBy",), {"type": "UNKNOWN", "externalId": f"00u{ANY_ID}"}),
        (V2 + "/{id}", ("requested", "accessScopeType"), "COLLECTION"),
        (V2 + "/{id}", ("id",), "618ad20a5ccefb000985fd15"),
        (V2 + "/{id}", ("requesterFieldValues", 0, "value"), ""),
        (V1 + "/{id}", ("_links", "self", "href"), "https://acme.okta.com/governance/api/v1/requests/618ad20a5ccefb000985fd15"),
        (V1 + "/{id}", ("type",), "CUSTOM_REQUEST"),
        (V1 + "/{id}", ("permalinkId",), "3"),
        (V1 + "/{id}", ("requesterUserIds",), []),
        ("GET /api/v1/logStreams", (0, "_links", "self"), {"href": "https://acme.okta.com/api/v1/logStreams/x", "hints": {}}),
        ("GET /api/v1/logStreams", (0, "settings", "eventSourceName"), "with blanks in it"),
        ("GET /api/v1/users/{id}", ("status",), "SLEEPING"),
        ("GET /api/v1/users/{id}", ("profile", "managerId"), 7),
        ("GET /api/v1/groups/{id}?expand=stats", ("_embedded", "stats", "usersCount"), -1),
        ("GET /governance/api/v2/catalogs/default/entries/{id}", ("parent",), None),
        ("GET /governance/api/v1/grants", ("data", 0, "status"), "EXPIRED"),
    ],
)
def test_a_reply_that_only_looks_like_oktas_is_refused(walk, route, path, value):
    def reaches(document) -> bool:
        try:
            for step in path[:-1]:
                document = document[step]
        except (KeyError, IndexError):
            return False
        return True

    documents = [document for _, reply in walk.replies[route] if reaches(document := reply.json())]
    assert documents
    for document in documents:
        assert not is_of(changed(document, path, value), SHAPES[route])


def test_an_approval_that_nobody_decided_has_no_older_id(walk):
    route = V2 + "/{id}"
    documents = [reply.json() for _, reply in walk.replies[route]]
    undecided = [document for document in documents if document.get("requestApproval", {}).get("decisions") == []]
    assert undecided
    for document in undecided:
        odd = changed(document, ("requestApproval", "externalRequestId"), "6df00acaafb22642fc98ff94")
        assert not is_of(odd, SHAPES[route])


@pytest.mark.parametrize("fault", ["garbage", "empty", "html", "text", "bare", "500", "503"])
def test_a_broken_reply_is_refused(start, fault):
    okta = start("--fault", f"any={fault}")
    with pytest.raises((AssertionError, ValueError)):
        hold(okta.get("/.well-known/okta-organization"), shapes.ORGANIZATION)
