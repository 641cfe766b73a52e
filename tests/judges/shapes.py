"""The shape of each reply of Okta's management API, and of tokens and refusals, as a JSON Schema.

A shape says which members a reply has, and of which type and form. All are written from Okta's public reference and from
replies of real orgs. Where the two differ, the real replies decide. All objects are closed unless an org can add members
itself: a member that Okta does not send is a fault.
"""

from schema import (
    COUNT,
    FLAG,
    OPEN,
    ORG,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    closed,
    each,
    identifier,
    management_link,
    one_of,
    when,
    with_members,
)

# The management API.

USER_ID = identifier("00u")
CUSTOM_ATTRIBUTES = True
PROFILE = {
    "type": "object",
    "properties": {
        name: TEXT_OR_NULL
        for name in (
            "secondEmail middleName honorificPrefix honorificSuffix title displayName nickName profileUrl primaryPhone "
            "mobilePhone streetAddress city state zipCode countryCode postalAddress preferredLanguage locale timezone "
            "userType employeeNumber costCenter organization division department managerId manager"
        ).split()
    }
    | {"login": TEXT, "email": TEXT, "firstName": TEXT_OR_NULL, "lastName": TEXT_OR_NULL},
    "required": ["login", "email", "firstName", "lastName"],
    # An org adds attributes of any type.
    "additionalProperties": CUSTOM_ATTRIBUTES,
}
USER = closed(
    {
        "id": USER_ID,
        "status": one_of(
            "ACTIVE", "DEPROVISIONED", "LOCKED_OUT", "PASSWORD_EXPIRED", "PROVISIONED", "RECOVERY", "STAGED", "SUSPENDED"
        ),
        "created": TIME,
        "activated": TIME_OR_NULL,
        "statusChanged": TIME_OR_NULL,
        "lastLogin": TIME_OR_NULL,
        "lastUpdated": TIME,
        "passwordChanged": TIME_OR_NULL,
        "type": closed({"id": {"type": "string", "pattern": "^oty[0-9A-Za-z]{17,18}$"}}),
        "profile": PROFILE,
        "credentials": closed(
            {"provider": closed({"type": TEXT, "name": TEXT})},
            {
                "password": OPEN,
                "recovery_question": OPEN,
                "emails": each(closed({"value": TEXT, "status": TEXT, "type": TEXT})),
            },
        ),
        "_links": {
            "type": "object",
            "properties": {"self": management_link("api/v1/users/00u[0-9A-Za-z]{17}")},
            "required": ["self"],
            "additionalProperties": management_link("api/v1/.+"),
        },
    },
    {"transitioningToStatus": TEXT_OR_NULL},
)
GROUP_MEMBERS = {
    "id": identifier("00g"),
    "created": TIME,
    "lastUpdated": TIME,
    "lastMembershipUpdated": TIME,
    "objectClass": each(TEXT, minItems=1),
    "type": one_of("OKTA_GROUP", "APP_GROUP", "BUILT_IN"),
    "profile": {
        "type": "object",
        "properties": {"name": TEXT, "description": TEXT_OR_NULL},
        "required": ["name", "description"],
        "additionalProperties": CUSTOM_ATTRIBUTES,
    },
    "_links": {
        "type": "object",
        "properties": {
            "users": management_link("api/v1/groups/00g[0-9A-Za-z]{17}/users"),
            "apps": management_link("api/v1/groups/00g[0-9A-Za-z]{17}/apps"),
        },
        "required": ["users", "apps"],
        "additionalProperties": False,
    },
}
GROUP = closed(GROUP_MEMBERS, {"source": closed({"id": identifier("0oa")})})
# Okta's reference spells the last one `hasAdminPrivlege` in places; real replies do not.
STATS = closed(
    {"usersCount": COUNT, "appsCount": COUNT, "groupPushMappingsCount": COUNT, "hasAdminPrivilege": FLAG}, {"_links": OPEN}
)
GROUP_WITH_STATS = closed(
    {**GROUP_MEMBERS, "_embedded": closed({"stats": STATS})}, {"source": closed({"id": identifier("0oa")})}
)
APP_LINK = closed(
    {
        "id": TEXT,
        "label": TEXT,
        "linkUrl": {"type": "string", "pattern": f"^{ORG}/home/"},
        "logoUrl": {"type": "string", "pattern": "^https://"},
        "appName": TEXT,
        "appInstanceId": identifier("0oa"),
        "appAssignmentId": identifier("0ua"),
        "credentialsSetup": FLAG,
        "hidden": FLAG,
        "sortOrder": COUNT,
    }
)
APP = closed(
    {
        "id": identifier("0oa"),
        "name": TEXT,
        "label": TEXT,
        "status": one_of("ACTIVE", "INACTIVE"),
        "created": TIME,
        "lastUpdated": TIME,
        "features": each(TEXT),
        "signOnMode": TEXT,
        "accessibility": OPEN,
        "visibility": OPEN,
        "settings": OPEN,
        "_links": {"type": "object", "additionalProperties": management_link("api/v1/apps/0oa[0-9A-Za-z]{17}.*")},
    },
    {
        "orn": {"type": "string", "pattern": "^orn:okta:idp:00o[0-9A-Za-z]{17}:apps:[^:]+:0oa[0-9A-Za-z]{17}$"},
        "profile": {"type": ["object", "null"]},
        "credentials": OPEN,
        "licensing": OPEN,
        "universalLogout": OPEN,
    },
)
APP_USER = closed(
    {
        "id": USER_ID,
        "externalId": TEXT_OR_NULL,
        "created": TIME,
        "lastUpdated": TIME,
        "scope": one_of("USER", "GROUP"),
        "status": TEXT,
        "statusChanged": TIME_OR_NULL,
        "passwordChanged": TIME_OR_NULL,
        "syncState": one_of("DISABLED", "ERROR", "OUT_OF_SYNC", "SYNCHRONIZED", "SYNCING"),
        "credentials": closed({"userName": TEXT}),
        "profile": OPEN,
        "_links": closed(
            {
                "app": management_link("api/v1/apps/0oa[0-9A-Za-z]{17}"),
                "user": management_link("api/v1/users/00u[0-9A-Za-z]{17}"),
            }
        ),
    }
)
ORGANIZATION = closed(
    {
        "id": identifier("00o"),
        "cell": TEXT,
        "pipeline": one_of("idx", "v1"),
        "settings": {"type": "object", "minProperties": 1, "additionalProperties": FLAG},
        "_links": closed({"organization": closed({"href": {"const": ORG}})}, {"alternate": closed({"href": TEXT})}),
    }
)
META_LINK = {"rel": TEXT, "method": one_of("GET")}


def meta_link(kind: str, beginning: str) -> dict:
    href = {"type": "string", "pattern": f"^{ORG}/api/v1/meta/{kind}/user/{beginning}[0-9A-Za-z]{{17,18}}$"}
    return closed({"href": href, **META_LINK})


USER_TYPE = closed(
    {
        "id": {"type": "string", "pattern": "^oty[0-9A-Za-z]{17,18}$"},
        "displayName": TEXT,
        "name": TEXT,
        "description": TEXT_OR_NULL,
        "createdBy": TEXT,
        "lastUpdatedBy": TEXT,
        "created": TIME,
        "lastUpdated": TIME,
        "default": FLAG,
        "_links": closed({"self": meta_link("types", "oty"), "schema": meta_link("schemas", "osc")}),
    }
)
ATTRIBUTE = closed(
    {
        "title": TEXT,
        "type": one_of("array", "boolean", "integer", "number", "string"),
        "mutability": one_of("IMMUTABLE", "READ_ONLY", "READ_WRITE", "WRITE_ONLY"),
        "scope": one_of("NONE", "SELF", "SYSTEM"),
        "permissions": each(closed({"principal": one_of("SELF"), "action": one_of("HIDE", "READ_ONLY", "READ_WRITE")})),
        "master": closed({"type": one_of("OKTA", "OVERRIDE", "PROFILE_MASTER")}),
    },
    {
        "description": TEXT,
        "required": FLAG,
        "format": one_of("country-code", "date", "date-time", "email", "language-code", "locale", "timezone", "uri"),
        "minLength": COUNT,
        "maxLength": COUNT,
        "items": closed({"type": one_of("integer", "number", "string")}),
        "enum": each(TEXT, minItems=1),
    },
    when({"type": "array"}, with_members("items"), {"not": with_members("items")}),
)


def attributes(name: str, required: tuple[str, ...] = ()) -> dict:
    properties = {"type": "object", "required": list(required), "additionalProperties": ATTRIBUTE}
    return closed(
        {"id": {"const": f"#{name}"}, "type": {"const": "object"}, "properties": properties, "required": each(TEXT)}
    )


USER_SCHEMA = closed(
    {
        "id": {"type": "string", "pattern": f"^{ORG}/meta/schemas/user/(default|osc[0-9A-Za-z]{{17,18}})$"},
        "$schema": {"const": "http://json-schema.org/draft-04/schema#"},
        "name": TEXT,
        "title": TEXT,
        "lastUpdated": TIME,
        "created": TIME,
        "definitions": closed({"base": attributes("base", ("login", "email")), "custom": attributes("custom")}),
        "type": {"const": "object"},
        "properties": closed({"profile": closed({"allOf": each(OPEN, minItems=2, maxItems=2)})}),
    },
    {"description": TEXT_OR_NULL},
)
STREAM_LINK = closed(
    {"href": {"type": "string", "pattern": f"^{ORG}/api/v1/logStreams/0oa[0-9A-Za-z]{{17}}"}, "method": one_of("GET", "POST")}
)
LOG_STREAM = closed(
    {
        "id": identifier("0oa"),
        "type": one_of("aws_eventbridge", "splunk_cloud_logstreaming"),
        "name": TEXT,
        "created": TIME,
        "lastUpdated": TIME,
        "status": one_of("ACTIVE", "INACTIVE"),
        "settings": OPEN,
        "_links": closed({"self": STREAM_LINK}, {"activate": STREAM_LINK, "deactivate": STREAM_LINK}),
    },
    None,
    when(
        {"type": "aws_eventbridge"},
        {
            "properties": {
                "settings": closed(
                    {
                        "accountId": {"type": "string", "pattern": r"^\d{12}$"},
                        "eventSourceName": {"type": "string", "pattern": r"^[a-zA-Z0-9.\-_]{1,75}$"},
                        "region": {"type": "string", "pattern": r"^[a-z]{2}(-[a-z]+)+-\d$"},
                    }
                )
            }
        },
    ),
    when({"status": "ACTIVE"}, {"properties": {"_links": with_members("deactivate")}}),
)

# Tokens.

TOKEN = closed(
    {
        "token_type": one_of("DPoP", "Bearer"),
        "expires_in": {"type": "integer", "exclusiveMinimum": 0, "maximum": 86400},
        "access_token": {"type": "string", "minLength": 20},
        "scope": {"type": "string", "pattern": r"^okta(\.\w+)+( okta(\.\w+)+)*$"},
    }
)


def token_error(error: str) -> dict:
    return closed({"error": {"const": error}, "error_description": TEXT})


# Refusals.


def refusal(code: str, cause: dict | None = None) -> dict:
    """Okta's error with this code. Each of its causes has the shape `cause`; without one there are no causes."""
    causes = each(cause, minItems=1) if cause else each(OPEN, maxItems=0)
    return closed(
        {
            "errorCode": {"const": code},
            "errorSummary": TEXT,
            "errorLink": {"const": code},
            "errorId": TEXT,
            "errorCauses": causes,
        }
    )


CAUSE = closed({"errorSummary": TEXT})


def governance_cause(location_type: str, location: str) -> dict:
    """Why the governance API refuses a part of a call."""
    return closed(
        {
            "domain": {"const": "governance"},
            "errorSummary": TEXT,
            "locationType": {"const": location_type},
            "location": {"const": location},
        }
    )
