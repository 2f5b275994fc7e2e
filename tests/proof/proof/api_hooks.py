"""What schemathesis is told beside the description: what is there to be found, and how lines are written.

The description says what a request may look like; which partner calls, which tenant there is and which days have passed it
cannot say. Without that, nearly every request would be refused at the door.
"""

import copy
import json
import os
import re

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

SEED = json.loads(os.environ["PROOF_SEED"])

# Errors of values that the description allows and that no schema can tell from right ones.
BEYOND_SCHEMAS = {
    "partner_id_not_yours",  # who calls
    "unknown_region",  # depends on the country
    "invalid_country",  # must exist
    "invalid_time_zone",  # must exist
    "invalid_cursor",  # only the service can make one
    "invalid_date",  # must exist
    "repeated",  # the same after upper and lower case, or white space, are gone
    "out_of_order",  # two parameters of one request
    "too_many_months",  # as above
    "not_a_subscription",  # depends on the claim
    "not_approved",  # depends on what was decided of the claim
    "wrong_number_of_rows",  # lines are counted, not text
    "unknown_column",  # a table is text to a schema
    "repeated_column",  # as above
    "invalid_csv",  # as above
    "unknown_scope",  # depends on the claim
    "required",  # of two parameters, one; or a body's member that another calls for
    "unknown_parameter",  # parameters that exclude each other
}

# The description's own pattern: coverage takes the quotes off some values before it sends them.
IF_MATCH = re.compile(r'((W/)?"[0-9]+"|\*)')

# Path parameters are real ones more often than not.
REAL = {"ClaimIdInPath": "claims", "AssociationIdInPath": "associations", "EvidenceIdInPath": "evidence"}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Narrows the description to what there is in the stack."""
    schemas = raw_schema["components"]["schemas"]
    for name, real in REAL.items():
        parameter = raw_schema["components"]["parameters"][name]
        parameter["schema"] = {"anyOf": [{"type": "string", "enum": SEED[real]}, parameter["schema"]]}
    for body in ("ClaimBody", "ClaimPatch"):
        members = schemas[body]["properties"]
        members["partner_id"] = {"type": "string", "enum": [SEED["partner"]]}
        members["tenant_id"] = {"type": "string", "enum": [SEED["tenant"]]}
        members["domain"] = {"type": "string", "enum": ["contoso.com"]}
    schemas["UsageRow"]["properties"]["tenant_id"] = {"type": "string", "enum": [SEED["tenant"]]}
    # What is answered may have been signed on any day.
    schemas["EvidenceStated"] = copy.deepcopy(schemas["Evidence"])
    schemas["EvidenceStated"]["properties"]["signed_on"] = {"type": "string", "enum": [SEED["signed_on"]]}
    for body in ("ClaimBody", "ClaimPatch", "Dispute"):
        evidence = schemas[body]["properties"]["evidence"]
        schemas[body]["properties"]["evidence"] = json.loads(json.dumps(evidence).replace("schemas/Evidence\"", "schemas/EvidenceStated\""))
    # A patch has one schema under two media types.
    del raw_schema["paths"]["/claims/{id}"]["patch"]["requestBody"]["content"]["application/json"]
    lines = {"/claims/bulk": "ClaimBody", "/usage": "UsageRow"}
    for path, row in lines.items():
        content = raw_schema["paths"][path]["post"]["requestBody"]["content"]
        reference = {"$ref": f"#/components/schemas/{row}"}
        content["application/jsonl"] = {"schema": {"type": "array", "items": reference}}


@schemathesis.serializer("application/jsonl")
def lines(context, value):
    """A list is a line for each item; what is no list is sent as it is."""
    if isinstance(value, list):
        return "\n".join(json.dumps(item) for item in value).encode()
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.serializer("text/csv")
def table(context, value):
    """A table is text, and bytes when somebody says so."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps a failure, unless the service was right and the request was not what it was taken for."""
    # An empty parameter is an absent one, as the description says.
    if isinstance(failure, AcceptedNegativeData) and any(value == "" for value in (case.query or {}).values()):
        return False
    try:
        answer = response.json()
    except ValueError:
        return True
    if isinstance(failure, AcceptedNegativeData):
        # Lines are refused one by one, in an answer that is a success.
        return not answer.get("refused")
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        if answer.get("code") == "invalid_if_match":
            return bool(IF_MATCH.fullmatch(str((case.headers or {}).get("If-Match"))))
        if not isinstance(case.body, dict) and case.media_type == "application/json":
            # No body of ours is anything else: the generator had none, and sent what it had.
            return False
        errors = answer.get("errors", [])
        if errors and all("must be a whole number" in error["detail"] for error in errors):
            # JSON Schema takes 12.0 for an integer. The service does not: counts are written without a fraction.
            return not re.search(r"[0-9]\.0\b", json.dumps(case.body))
        return not {error["code"] for error in answer.get("errors", [{"code": None}])} <= BEYOND_SCHEMAS
    return True
