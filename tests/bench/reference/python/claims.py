"""The claim submission in Python, as far as its calls go: the same read, a few of the checks, the same transaction.

Written as such functions usually are: boto3's client made at import, the event as a dictionary. It checks less than the
function that it is compared with, so the comparison is in its favour.
"""

import base64
import datetime
import hashlib
import json
import os

import boto3

TABLE = os.environ["TABLE_NAME"]
FIELDS = (
    "name program activity partner_id tenant_id domain scopes customer_contact partner_contact evidence".split()
)
database = boto3.client("dynamodb")


def handler(event, context):
    caller = event["requestContext"]["authorizer"]["jwt"]["claims"]
    if "incentives_admin" not in caller["roles"]:
        return answer(403, {"code": "forbidden"})
    key = event["headers"]["idempotency-key"]
    claim = json.loads(event["body"])
    missing = [field for field in FIELDS if field not in claim]
    if missing or claim["partner_id"] != caller["partner_id"]:
        return answer(400, {"code": "invalid_request", "errors": missing})

    partner, tenant = f"PARTNER#{claim['partner_id']}", f"TENANT#{claim['tenant_id']}"
    slots = [f"SLOT#workload:{scope['workload']}" for scope in claim["scopes"]]
    wanted = [(partner, "PARTNER"), (tenant, "TENANT"), ("CATALOGUE", "CATALOGUE")] + [(tenant, slot) for slot in slots]
    read = database.batch_get_item(
        RequestItems={TABLE: {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted]}},
    )
    found = {(item["pk"]["S"], item["sk"]["S"]): item for item in read["Responses"][TABLE]}
    if (partner, "PARTNER") not in found or (tenant, "TENANT") not in found:
        return answer(422, {"code": "claim_not_acceptable"})
    if any((tenant, slot) in found for slot in slots):
        return answer(422, {"code": "claim_not_acceptable"})

    digest = hashlib.sha256(f"{claim['partner_id']}/{key}".encode()).digest()[:16]
    claim_id = "clm_" + base64.b32encode(digest).decode().lower().rstrip("=")
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = {field: {"S": json.dumps(claim[field])} for field in FIELDS}
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    item = {
        "pk": {"S": claim_id}, "sk": {"S": "CLAIM"}, "version": {"N": "1"}, "status": {"S": "notifying"},
        "created_at": {"S": now}, "list_key": {"S": f"C#{claim['partner_id']}"}, "list_sort": {"S": f"{now}#{claim_id}"},
        **text,
    }
    transition = {
        "pk": {"S": claim_id}, "sk": {"S": "T#00000001"}, "at": {"S": now},
        "events": {"S": json.dumps([{"type": "created"}, {"type": "submitted"}])},
    }
    enter = [
        {"Update": {
            "TableName": TABLE, "Key": {"pk": {"S": tenant}, "sk": {"S": slot}},
            "UpdateExpression": "ADD #version :one, claimants :me",
            "ConditionExpression": "attribute_not_exists(#version)",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":me": {"SS": [f"{claim['partner_id']}/{claim_id}"]}},
        }}
        for slot in slots
    ]
    puts = [{"Put": {"TableName": TABLE, "Item": new, **absent}} for new in (item, transition)]
    database.transact_write_items(TransactItems=puts + enter)
    return answer(201, {**claim, "id": claim_id, "version": 1, "status": "notifying", "created_at": now})


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
