"""Tokens of a service app: the shapes of what the simulator answers, and which scopes and roles it lets through.

Assertions and proofs are made by Okta's SDK.
"""

import json
import time
import urllib.parse

import governance_shapes
import jwt
import pytest
import shapes
from holding import bends, hold, is_of
from jwcrypto.jwk import JWK
from okta.dpop import DPoPProofGenerator
from okta.jwt import JWT
from schema import each
from simulated import Reply, Simulator

TOKEN_PATH = "/oauth2/v1/token"
USERS, REQUESTS = "okta.users.read", "okta.accessRequests.request.read"
# A scope that Okta knows, and that nobody granted.
NOT_GRANTED = "okta.logs.read"


@pytest.fixture(scope="module")
def proofs() -> DPoPProofGenerator:
    return DPoPProofGenerator({})


class Caller:
    """A service app."""

    def __init__(self, okta: Simulator, private: dict, proofs: DPoPProofGenerator):
        self.okta, self.private, self.proofs = okta, private, proofs
        self.nonce = None
        self.tokens: dict[str, str] = {}

    def assertion(self, **changes) -> str:
        """The SDK's assertion, with some claims or the `kid` changed."""
        made = JWT.create_token(self.okta.url, self.okta.client_id, dict(self.private))
        if not changes:
            return made
        claims = jwt.decode(made, options={"verify_signature": False}) | changes
        kid = claims.pop("kid", self.private["kid"])
        pem = JWK.from_json(json.dumps(self.private)).export_to_pem(private_key=True, password=None)
        return jwt.encode(claims, pem, "RS256", {"kid": kid})

    def proof(self, method: str, path: str, **more) -> str:
        return self.proofs.generate_proof_jwt(method, self.okta.url + path, **more)

    def ask(
        self, scope: str, assertion: str | None = None, with_proof: bool = True, grant: str = "client_credentials"
    ) -> Reply:
        """One call to the token endpoint, with the nonce if there is one."""
        form = {
            "grant_type": grant,
            "scope": scope,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assertion(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if with_proof:
            headers["DPoP"] = self.proof("POST", TOKEN_PATH, nonce=self.nonce)
        return self.okta.send("POST", TOKEN_PATH, headers, urllib.parse.urlencode(form))

    def token(self, scope: str) -> dict:
        self.nonce = self.nonce or self.ask(scope).headers["DPoP-Nonce"]
        return hold(self.ask(scope), shapes.TOKEN)

    def get(self, path: str, scope: str) -> Reply:
        """A call with a token for this scope."""
        if scope not in self.tokens:
            self.tokens[scope] = self.token(scope)["access_token"]
        token = self.tokens[scope]
        proof = self.proof("GET", path, access_token=token)
        return self.okta.send("GET", path, {"Authorization": f"DPoP {token}", "DPoP": proof})


@pytest.fixture(scope="module")
def caller(okta, key, proofs) -> Caller:
    caller = Caller(okta, key.private, proofs)
    caller.token(USERS)
    return caller


def test_a_first_call_learns_the_nonce_and_the_second_gets_a_token(okta, key, proofs):
    caller = Caller(okta, key.private, proofs)
    first = caller.ask(USERS)
    hold(first, shapes.token_error("use_dpop_nonce"), 400)
    caller.nonce = first.headers["DPoP-Nonce"]
    token = hold(caller.ask(f"{USERS} {REQUESTS}"), shapes.TOKEN)
    assert token["token_type"] == "DPoP" and set(token["scope"].split()) == {USERS, REQUESTS}
    for what, bent in bends(token, shapes.TOKEN):
        assert not is_of(bent, shapes.TOKEN), what


def test_a_token_has_those_of_the_scopes_that_are_granted(caller):
    assert caller.token(f"{NOT_GRANTED} {USERS}")["scope"] == USERS


def test_a_call_without_a_proof_or_with_a_wrong_grant_is_refused(caller):
    hold(caller.ask(USERS, with_proof=False), shapes.token_error("invalid_dpop_proof"), 400)
    hold(caller.ask(USERS, grant="password"), shapes.token_error("unsupported_grant_type"), 400)


@pytest.mark.parametrize(
    ("scope", "error", "says"),
    [
        (NOT_GRANTED, "consent_required", "You are not allowed any of the requested scopes."),
        (f"{NOT_GRANTED} okta.groups.manage", "consent_required", "You are not allowed any of the requested scopes."),
        ("okta.nothing.read", "invalid_scope", ""),
        (f"{USERS} okta.nothing.read", "invalid_scope", ""),
        ("", "invalid_scope", ""),
    ],
)
def test_scopes_that_cannot_be_had_are_refused(caller, scope, error, says):
    assert says in hold(caller.ask(scope), shapes.token_error(error), 400)["error_description"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": int(time.time()) - 60}, "The client_assertion token is expired."),
        ({"kid": "another"}, ""),
        ({"sub": "0oa0000000000000000A", "iss": "0oa0000000000000000A"}, ""),
        ({"aud": "https://acme.okta.com"}, ""),
        ({"exp": int(time.time()) + 7200}, ""),
    ],
)
def test_an_app_that_does_not_prove_itself_is_refused(caller, changes, says):
    refused = hold(caller.ask(USERS, caller.assertion(**changes)), shapes.token_error("invalid_client"), 401)
    assert says in refused["error_description"]


def test_an_assertion_serves_once(caller):
    assertion = caller.assertion()
    hold(caller.ask(USERS, assertion), shapes.TOKEN)
    refused = hold(caller.ask(USERS, assertion), shapes.token_error("invalid_client"), 401)
    assert refused["error_description"].endswith("has already been used.")


def test_a_caller_outside_its_network_zone_is_refused(start, key, proofs):
    okta = start("--fault", "token=403:access_denied")
    hold(Caller(okta, key.private, proofs).ask(USERS), shapes.token_error("access_denied"), 403)


def test_a_token_opens_what_its_scope_names(caller):
    users = hold(caller.get("/api/v1/users", USERS), each(shapes.USER))
    hold(caller.get(f"/api/v1/users/{users[0]['id']}", USERS), shapes.USER)
    hold(caller.get("/governance/api/v2/requests", REQUESTS), governance_shapes.V2_REQUESTS)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/v1/users", USERS),
        ("/api/v1/users/00u0000000000000000A", USERS),
        ("/api/v1/users/00u0000000000000000A/groups", USERS),
        ("/api/v1/users/00u0000000000000000A/appLinks", USERS),
        ("/api/v1/groups/00g0000000000000000A", "okta.groups.read"),
        ("/api/v1/apps/0oa0000000000000000A", "okta.apps.read"),
        ("/api/v1/logStreams", "okta.logStreams.read"),
        ("/api/v1/meta/schemas/user/default", "okta.schemas.read"),
        ("/api/v1/meta/types/user", "okta.userTypes.read"),
        ("/governance/api/v1/requests", "okta.governance.accessRequests.read"),
        ("/governance/api/v1/requests/0123456789abcdef01234567", "okta.governance.accessRequests.read"),
        ("/governance/api/v1/request-types/0123456789abcdef01234567", "okta.governance.accessRequests.read"),
        ("/governance/api/v2/requests", REQUESTS),
        ("/governance/api/v2/requests/req0000000000000000A", REQUESTS),
        ("/governance/api/v2/catalogs/default/entries/cen0000000000000000A", "okta.accessRequests.catalog.read"),
        ("/governance/api/v1/entitlement-bundles/enb0000000000000000A", "okta.governance.entitlements.read"),
        ("/governance/api/v1/grants", "okta.governance.entitlements.read"),
        ("/governance/api/v1/collections/col0000000000000000A", "okta.governance.collections.read"),
        ("/governance/api/v2/resources/0oa0000000000000000A/request-conditions", "okta.accessRequests.condition.read"),
    ],
)
def test_a_token_without_the_scope_is_refused_and_told_the_scope(caller, path, scope):
    other = "okta.apps.read" if scope == USERS else USERS
    refused = caller.get(path, other)
    hold(refused, shapes.refusal("E0000006"), 403)
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge.startswith("DPoP ") and 'error="insufficient_scope"' in challenge and f'scope="{scope}"' in challenge
    # With the scope, the same call fails for its own reason or not at all.
    assert caller.get(path, scope).status in (200, 400, 404)


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        (
            "ACCESS_REQUESTS_ADMIN",
            {
                "/governance/api/v2/requests": REQUESTS,
                "/governance/api/v1/requests": "okta.governance.accessRequests.read",
                "/governance/api/v2/catalogs/default/entries/cen0000000000000000A": "okta.accessRequests.catalog.read",
            },
            {
                "/governance/api/v1/entitlement-bundles/enb0000000000000000A": "okta.governance.entitlements.read",
                "/governance/api/v1/grants": "okta.governance.entitlements.read",
                "/api/v1/logStreams": "okta.logStreams.read",
            },
        ),
        (
            "APP_ADMIN",
            {
                "/governance/api/v1/entitlement-bundles/enb0000000000000000A": "okta.governance.entitlements.read",
                "/api/v1/apps/0oa0000000000000000A": "okta.apps.read",
            },
            {"/governance/api/v2/requests": REQUESTS, "/api/v1/logStreams": "okta.logStreams.read"},
        ),
    ],
)
def test_a_role_opens_its_own_calls_only(start, key, proofs, role, allowed, refused):
    caller = Caller(start("--client-role", role), key.private, proofs)
    for path, scope in allowed.items():
        assert caller.get(path, scope).status in (200, 404), path
    for path, scope in refused.items():
        reply = caller.get(path, scope)
        hold(reply, shapes.refusal("E0000006"), 403)
        # The scope is there: a challenge would send the reader the wrong way.
        assert "insufficient_scope" not in (reply.headers["WWW-Authenticate"] or ""), path


def test_a_call_without_its_proof_is_refused(caller):
    token = caller.token(USERS)["access_token"]
    for proof in ({}, {"DPoP": caller.proof("GET", "/api/v1/users/me", access_token=token)}, {"DPoP": "a.b.c"}):
        reply = caller.okta.send("GET", "/api/v1/users", {"Authorization": f"DPoP {token}"} | proof)
        assert reply.status == 400 and 'error="invalid_dpop_proof"' in reply.headers["WWW-Authenticate"], reply
    # A token that is bound to a key is none without it.
    hold(caller.okta.send("GET", "/api/v1/users", {"Authorization": f"Bearer {token}"}), shapes.refusal("E0000011"), 401)
