"""What Amazon Cognito calls before it issues a token: puts the caller's roles and partner ID into the access token.

A pre-token-generation trigger of version 3, because version 2 is not called for systems. People have their roles by their
groups and their partner by the attribute `custom:partner_id`; systems have both by their client's ID, in the variable
SYSTEMS: {"<client ID>": {"roles": ["incentives_admin"], "partner_id": "1234567"}}.
"""

import json
import os

SYSTEMS = json.loads(os.environ.get("SYSTEMS", "{}"))


def handler(event, _context):
    """The event, with the claims to add. Who is neither in a group nor a known system gets no role, and may do nothing."""
    request = event["request"]
    if event["triggerSource"] == "TokenGeneration_ClientCredentials":
        who = SYSTEMS.get(event["callerContext"]["clientId"], {})
    else:
        groups = request.get("groupConfiguration", {}).get("groupsToOverride")
        who = {"roles": groups, "partner_id": request.get("userAttributes", {}).get("custom:partner_id")}
    claims = {name: who[name] for name in ("roles", "partner_id") if who.get(name)}
    event["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": claims}}}
    return event
