"""The shape of each reply of Okta's Identity Governance API as a JSON Schema, as `shapes` has those of other calls.

V1 requests are those of request types, V2 requests those of request conditions. Lists show less of a request than a call for
the request itself.
"""

from schema import (
    ANY_TEXT,
    COUNT,
    FLAG,
    HEX,
    ISO_DURATION,
    OPEN,
    TEXT,
    TEXT_OR_NULL,
    TIME,
    TIME_OR_NULL,
    closed,
    each,
    governed_link,
    identifier,
    one_of,
    plain_link,
    when,
    with_members,
    without_members,
)
from shapes import USER_ID

BUNDLE_ID = identifier("enb")
PERSON = closed({"externalId": USER_ID, "type": one_of("OKTA_USER")})
# `pca…` is a program that called with client credentials.
CALLER = closed(
    {"externalId": identifier("00u", "pca"), "type": one_of("OKTA_USER", "UNKNOWN")},
    None,
    when({"type": "OKTA_USER"}, {"properties": {"externalId": USER_ID}}, {"properties": {"externalId": identifier("pca")}}),
)
APP_TARGET = closed({"externalId": identifier("0oa"), "type": one_of("APPLICATION")})
# An app's own id in one of the org's clouds.
APP_ORN = {"type": "string", "pattern": "^orn:okta[a-z]*:idp:00o[0-9A-Za-z]{17}:apps:[^:]+:0oa[0-9A-Za-z]{17}$"}
CHANGES = {
    "created": TIME,
    "createdBy": identifier("00u", "pca"),
    "lastUpdated": TIME,
    "lastUpdatedBy": identifier("00u", "pca"),
}


def governance_list(path: str, entries: dict) -> dict:
    links = closed({"self": governed_link(rf"{path}(\?.*)?")}, {"next": governed_link(rf"{path}\?.*after=.+")})
    return closed({"data": each(entries), "_links": links})


V1_LINKS = closed(
    {"self": governed_link("v1/requests/[0-9a-f]{24}")}, {"requestType": governed_link("v1/request-types/[0-9a-f]{24}")}
)
V1_SPARSE = {
    "id": HEX,
    **CHANGES,
    "type": one_of("ACCESS_REQUEST", "CUSTOM"),
    "subject": TEXT,
    # Null, and without its link, for a request that has no request type.
    "requestTypeId": {**HEX, "type": ["string", "null"]},
    "requestStatus": one_of("OPEN", "PENDING", "RESOLVED", "LOCKED"),
    "permalinkId": COUNT,
    "requesterUserIds": each(USER_ID, minItems=1, maxItems=1),
    "resolved": TIME_OR_NULL,
    "_links": V1_LINKS,
}
V1_TYPE_RULES = [
    when(
        {"requestTypeId": None},
        {"properties": {"_links": without_members("requestType"), "type": {"const": "CUSTOM"}}},
        {"properties": {"_links": with_members("requestType")}},
    ),
    when({"requestStatus": "RESOLVED"}, {"properties": {"resolved": TIME}}),
]
V1_ANSWER = closed(
    {"id": TEXT, "prompt": TEXT, "type": one_of("TEXT", "SELECT", "DATE-TIME"), "required": FLAG, "value": True},
    None,
    when(
        {"type": "SELECT"},
        {"properties": {"value": {"type": ["array", "null"], "items": TEXT}}},
        {"properties": {"value": TEXT_OR_NULL}},
    ),
)
V1_APPROVAL = closed(
    {"status": one_of("PENDING", "COMPLETED"), "approvalId": HEX},
    {
        "approverId": USER_ID,
        "approverName": TEXT,
        "decision": one_of("APPROVED", "DENIED"),
        "decided": TIME,
        "fieldValues": each(V1_ANSWER),
    },
    when(
        {"status": "PENDING"},
        without_members("approverId", "approverName", "decision", "decided", "fieldValues"),
        with_members("approverId", "approverName", "decision", "decided"),
    ),
)
V1_ACTION = closed(
    {
        "status": one_of("PENDING", "COMPLETED"),
        "action": one_of("ADD_USER_TO_GROUP", "ASSIGN_APP_TO_USER", "GRANT_ACCESS_TO_ENTITLEMENT_BUNDLE"),
    },
    {
        "actionId": HEX,
        "actionStatus": one_of("SUCCEEDED", "FAILED"),
        "actionAttempted": TIME,
        "accessRemoved": TIME_OR_NULL,
        "resourceId": identifier("0oa", "00g", "enb"),
        "resourceName": TEXT,
        "resourceType": one_of("APP", "GROUP", "ENTITLEMENT_BUNDLE"),
    },
    when(
        {"status": "PENDING"},
        without_members("actionStatus", "actionAttempted", "accessRemoved", "resourceId", "resourceName", "resourceType"),
        with_members("resourceId", "resourceName", "resourceType"),
    ),
)
V1_REQUEST = closed(
    {**V1_SPARSE, "requesterFieldValues": {**each(V1_ANSWER), "type": ["array", "null"]}},
    {"approvals": each(V1_APPROVAL), "actions": {**each(V1_ACTION, minItems=1, maxItems=1), "type": ["array", "null"]}},
    *V1_TYPE_RULES,
    when({"type": "CUSTOM"}, without_members("approvals", "actions"), with_members("approvals", "actions")),
)
V1_REQUESTS = governance_list("v1/requests", closed(V1_SPARSE, None, *V1_TYPE_RULES))

V2_REQUESTED = closed(
    {
        "entryId": identifier("cen"),
        "resourceId": {"type": "string", "pattern": "^(0oa[0-9A-Za-z]{17}|[0-9a-f]{24})$"},
        "resourceType": one_of("APPLICATION", "REQUEST_TYPE"),
        "accessScopeId": {"type": "string", "pattern": "^((0oa|00g|enb)[0-9A-Za-z]{17}|[0-9a-f]{24})$"},
        "accessScopeType": one_of("ENTITLEMENT_BUNDLE", "GROUP", "APPLICATION", "REQUEST_TYPE"),
    },
    None,
    when({"accessScopeType": "ENTITLEMENT_BUNDLE"}, {"properties": {"accessScopeId": BUNDLE_ID}}),
    when({"accessScopeType": "GROUP"}, {"properties": {"accessScopeId": identifier("00g")}}),
    when({"accessScopeType": "APPLICATION"}, {"properties": {"accessScopeId": identifier("0oa")}}),
)
V2_LINKS = closed(
    {"self": governed_link("v2/requests/req[0-9A-Za-z]{17}")},
    {
        "catalogEntry": governed_link("v2/catalogs/default/entries/cen[0-9A-Za-z]{17}"),
        "approvalCondition": governed_link("v2/resources/[0-9A-Za-z]{20,24}/request-conditions/rco[0-9A-Za-z]{17}"),
        # The sequences live in the app Access Requests, at a host of its own.
        "approvalSequence": closed(
            {
                "href": {"type": "string", "pattern": r"^https://acme\.at\.okta\.com/next/sequences/[0-9a-f]{24}$"},
                "hints": closed({}),
            }
        ),
    },
)
V2_SPARSE = {
    "id": identifier("req"),
    **CHANGES,
    "status": one_of("SUBMITTED", "REJECTED", "PENDING", "APPROVED", "DENIED", "CANCELED", "EXPIRED"),
    "requestedBy": CALLER,
    "requestedFor": PERSON,
    "requested": V2_REQUESTED,
    "_links": V2_LINKS,
}
V2_SPARSE_OPTIONAL = {
    "resolved": TIME_OR_NULL,
    "grantStatus": one_of("PENDING", "GRANTED", "FAILED", "MANUAL_REQUIRED"),
    "granted": TIME_OR_NULL,
    "revocationStatus": one_of("PENDING", "REVOKED", "FAILED"),
    "revoked": TIME_OR_NULL,
}
V2_STAGES = [
    # A new request has met no condition, so nobody approves it yet.
    when(
        {"status": "SUBMITTED"},
        {"properties": {"_links": without_members("approvalCondition", "approvalSequence"), "grantStatus": False}},
    ),
    when(
        {"status": "PENDING"},
        {"properties": {"_links": with_members("approvalCondition", "approvalSequence"), "grantStatus": False}},
    ),
]
V2_ANSWER = closed(
    {"id": TEXT},
    {
        "label": TEXT,
        "type": one_of("TEXT", "SELECT", "MULTISELECT", "ISO_DATE", "DURATION", "OKTA_USER_ID"),
        "value": {"type": "string", "minLength": 1, "maxLength": 1000},
        "values": each(TEXT),
    },
    when({"type": "MULTISELECT"}, without_members("value"), without_members("values")),
    when({"type": "OKTA_USER_ID"}, {"properties": {"value": USER_ID}}),
    when({"type": "DURATION"}, {"properties": {"value": ISO_DURATION}}),
)
V2_APPROVAL = closed(
    {
        "type": one_of("OKTA", "EXTERNAL"),
        "decisions": each(
            closed(
                {"deciderId": USER_ID, "decision": one_of("APPROVE", "APPROVED", "DENY", "DENIED", "CANCEL"), "decided": TIME},
                {"deciderName": TEXT},
            )
        ),
    },
    {
        "providerName": TEXT,
        "providerDescription": TEXT,
        "externalRequestId": TEXT,
        "permalinkId": COUNT,
        "status": TEXT,
        "decided": TIME,
    },
    when({"type": "OKTA"}, with_members("permalinkId"), {"properties": {"externalRequestId": {"const": "N/A"}}}),
    # The id of the approval appears with the first decision.
    when({"type": "OKTA", "decisions": []}, without_members("externalRequestId")),
)
RISK_RULE = closed({"name": TEXT}, {"description": TEXT, "resourceName": ANY_TEXT})
V2_REQUEST = closed(
    {
        **V2_SPARSE,
        "requesterFieldValues": each(V2_ANSWER),
        "riskAssessment": closed(
            {
                "requestSubmissionType": one_of("ALLOWED_WITH_NO_OVERRIDES", "ALLOWED_WITH_OVERRIDES", "RESTRICTED"),
                "riskRules": each(RISK_RULE),
            }
        ),
    },
    {
        **V2_SPARSE_OPTIONAL,
        "accessDuration": {**ISO_DURATION, "type": ["string", "null"]},
        "revocationScheduled": TIME_OR_NULL,
        "requestApproval": V2_APPROVAL,
    },
    *V2_STAGES,
    when({"status": "SUBMITTED"}, without_members("requestApproval")),
    when({"status": "PENDING"}, with_members("requestApproval")),
)
V2_REQUESTS = governance_list("v2/requests", closed(V2_SPARSE, V2_SPARSE_OPTIONAL, *V2_STAGES))

ENTITLEMENT = closed(
    {
        "id": TEXT,
        "name": TEXT,
        "externalValue": TEXT,
        "multiValue": FLAG,
        "required": FLAG,
        "dataType": one_of("string", "array"),
    },
    # Some bundles name their entitlements only.
    {
        "description": TEXT,
        "values": each(
            closed(
                {
                    "id": identifier("ent"),
                    "name": TEXT,
                    "externalValue": TEXT,
                    "orn": {
                        "type": "string",
                        "pattern": "^orn:okta:governance:00o[0-9A-Za-z]{17}:entitlement-values:ent[0-9A-Za-z]{17}$",
                    },
                },
                {"description": TEXT, "externalId": TEXT},
            ),
            minItems=1,
        ),
    },
)
BUNDLE = closed(
    {
        "id": BUNDLE_ID,
        **CHANGES,
        "orn": {"type": "string", "pattern": "^orn:okta:governance:00o[0-9A-Za-z]{17}:entitlement-bundles:enb[0-9A-Za-z]{17}$"},
        "name": TEXT,
        "status": one_of("ACTIVE", "DELETED"),
        "target": APP_TARGET,
        "targetResourceOrn": APP_ORN,
        "_links": closed({"self": governed_link("v1/entitlement-bundles/enb[0-9A-Za-z]{17}")}),
    },
    {"description": TEXT, "entitlements": each(ENTITLEMENT, minItems=1)},
)
GRANTS = governance_list(
    "v1/grants",
    closed(
        {
            "id": identifier("gra"),
            **CHANGES,
            "grantType": one_of("CUSTOM", "ENTITLEMENT-BUNDLE", "POLICY", "ENTITLEMENT"),
            "action": one_of("ALLOW", "DENY"),
            "actor": one_of("API", "ACCESS_REQUEST", "NONE", "ADMIN"),
            "status": one_of("ACTIVE"),
            "target": APP_TARGET,
            "targetResourceOrn": APP_ORN,
            "targetPrincipal": PERSON,
            "targetPrincipalOrn": {
                "type": "string",
                "pattern": "^orn:okta:directory:00o[0-9A-Za-z]{17}:users:00u[0-9A-Za-z]{17}$",
            },
            "_links": closed(
                {"self": governed_link("v1/grants/gra[0-9A-Za-z]{17}")}, {"entitlementBundle": governed_link("v1/.+")}
            ),
        },
        {
            "entitlementBundleId": BUNDLE_ID,
            "entitlements": each(OPEN),
            "scheduleSettings": closed({}, {"expirationDate": TIME, "timeZone": TEXT}),
        },
        when({"grantType": "ENTITLEMENT-BUNDLE"}, with_members("entitlementBundleId"), without_members("entitlementBundleId")),
    ),
)
LABEL = closed(
    {
        "labelId": identifier("lbc"),
        "name": {"type": "string", "minLength": 1, "maxLength": 50},
        "values": each(closed({"labelValueId": identifier("lbl"), "name": TEXT}, {"metadata": OPEN}), maxItems=10),
        "_links": closed({"self": governed_link("v1/labels/lbc[0-9A-Za-z]{17}")}),
    }
)
CONDITIONS = governance_list(
    "v2/resources/0oa[0-9A-Za-z]{17}/request-conditions",
    closed(
        {
            "id": identifier("rco"),
            **CHANGES,
            "name": TEXT,
            "status": one_of("ACTIVE", "DELETED", "INACTIVE", "INVALID"),
            "priority": COUNT,
            "requesterSettings": closed({"type": one_of("EVERYONE", "GROUPS", "TEAMS")}),
            "accessScopeSettings": closed({"type": one_of("ENTITLEMENT_BUNDLES", "GROUPS", "RESOURCE_DEFAULT")}),
            "_links": closed({"self": governed_link("v2/resources/0oa[0-9A-Za-z]{17}/request-conditions/rco[0-9A-Za-z]{17}")}),
        },
        {"description": TEXT, "approvalSequenceId": HEX, "accessDurationSettings": OPEN},
    ),
)
COLLECTION = closed(
    {
        "id": identifier("col"),
        **CHANGES,
        "name": TEXT,
        "orn": {"type": "string", "pattern": "^orn:okta[a-z]*:governance:00o[0-9A-Za-z]{17}:collections:col[0-9A-Za-z]{17}$"},
        "_links": closed(
            {
                "self": governed_link("v1/collections/col[0-9A-Za-z]{17}"),
                "resources": governed_link("v1/collections/col[0-9A-Za-z]{17}/resources"),
            }
        ),
    },
    {"description": TEXT},
)
ORN = {"type": "string", "pattern": "^orn:okta[a-z]*:(idp|directory|governance):00o[0-9A-Za-z]{17}:.+:[0-9A-Za-z]{20}$"}
LABELS = governance_list(
    "v1/resource-labels",
    closed(
        {
            "orn": ORN,
            "profile": closed({"id": identifier("0oa", "00g", "enb"), "name": TEXT}, {"description": TEXT}),
            "labels": each(LABEL, minItems=1, maxItems=10),
            "_links": OPEN,
        }
    ),
)
TASKS = governance_list(
    "v2/tasks",
    closed(
        {
            "id": HEX,
            "requestId": identifier("req"),
            "status": one_of("OPEN", "COMPLETED", "ASSIGNING", "LOCKED"),
            "type": one_of("QUESTION", "APPROVAL", "TODO"),
            "label": TEXT,
            "assignees": each(PERSON),
            "createdAt": TIME,
            "updatedAt": TIME,
        },
        {"value": TEXT_OR_NULL},
    ),
)
CATALOG_ENTRY = closed(
    {
        "id": identifier("cen"),
        "name": TEXT,
        "label": TEXT,
        "requestable": FLAG,
        "_links": closed(
            {
                "self": plain_link("governance/api/v2/catalogs/default/entries/cen[0-9A-Za-z]{17}"),
                "logo": each(OPEN),
                "relatedEntity": plain_link("(governance/)?api/v[12]/.+"),
            }
        ),
    },
    {"description": TEXT, "parent": identifier("cen")},
)
V1_FIELD = closed(
    {"id": TEXT, "prompt": TEXT, "type": one_of("TEXT", "SELECT", "DATE-TIME"), "required": FLAG}, {"options": each(OPEN)}
)
REQUEST_TYPE = closed(
    {
        "id": HEX,
        **CHANGES,
        "name": {"type": "string", "minLength": 1, "maxLength": 50},
        "ownerId": HEX,
        "status": one_of("DRAFT", "ACTIVE", "DISABLED"),
        "lastUpdateSource": one_of("API", "WEB"),
        "accessDuration": {**ISO_DURATION, "type": ["string", "null"]},
        "resourceSettings": closed(
            {"type": one_of("APPS", "GROUPS", "ENTITLEMENT_BUNDLES", "CUSTOM")},
            {"targetResources": each(closed({"resourceId": TEXT}, {"includeAllEntitlementBundles": FLAG}), minItems=1)},
            when({"type": "CUSTOM"}, without_members("targetResources"), with_members("targetResources")),
        ),
        "requestSettings": closed(
            {"type": one_of("EVERYONE", "MEMBER_OF", "CUSTOM")},
            {"requesterMemberOf": each(TEXT), "requesterFields": each(V1_FIELD)},
        ),
        "approvalSettings": closed({"type": one_of("SERIAL", "CUSTOM", "NONE")}, {"approvals": each(OPEN, minItems=1)}),
        "_links": closed(
            {
                "self": governed_link("v1/request-types/[0-9a-f]{24}"),
                "requests": governed_link(r"v1/requests(\?.*)?"),
            },
            {"createRequest": governed_link("v1/requests")},
        ),
    },
    {"description": TEXT},
)
