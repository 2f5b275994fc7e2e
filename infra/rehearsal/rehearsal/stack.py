"""The stack, deployed with CloudFormation as `sam deploy` would."""

import json
import time
from collections import Counter

from .build import zipped
from .desk import AUDIENCE, SCOPE
from .rewrites import Rewrites
from .template import packaged, read, translated

NAME = "rehearsal"
CODE = "rehearsal-code"
SENDER = "partners@vendor.example"


class Stack:
    """A deployed stack."""

    def __init__(self, aws, outputs, resources, rewrites):
        self.aws, self.outputs, self.resources, self.rewrites = aws, outputs, resources, rewrites
        # The names in both addresses resolve in AWS only; the emulator answers for them under its own.
        api = outputs["ApiUrl"].split("//")[1].split(".")[0]
        self.gateway = f"{aws.endpoint}/_aws/execute-api/{api}/$default"
        link = outputs["OptOutUrl"].split("//")[1].split(".")[0]
        self.links = f"{aws.endpoint}/_aws/lambda-url/{link}"
        self.link_addresses = (outputs["OptOutUrl"].rstrip("/"), self.links)

    def types(self):
        """How many resources of each type there are."""
        return Counter(resource["ResourceType"] for resource in self.resources)

    def physical(self, logical):
        """What a resource is called where it is deployed."""
        found = [one["PhysicalResourceId"] for one in self.resources if one["LogicalResourceId"] == logical]
        return found[0]


def parameters(issuer, windows):
    """What this stack is deployed with, apart from the defaults."""
    return {
        "JwtIssuer": issuer,
        "JwtAudience": AUDIENCE,
        "JwtScope": SCOPE,
        "SenderAddress": SENDER,
        "VendorName": "Partner associations",
        "CreateSenderIdentity": "true",
        "Architecture": "x86_64",
        # Every test shares the stack, and a page is asked for by many of them at once.
        "OptOutConcurrency": "200",
        "ScheduleSpreadMinutes": "0",
        "ProtectTable": "false",
        **windows,
    }


def deploy(aws, binaries, stated):
    """Creates the stack, and returns when it is there."""
    storage = aws.client("s3")
    storage.create_bucket(Bucket=CODE, CreateBucketConfiguration={"LocationConstraint": storage.meta.region_name})
    for name, binary in binaries.items():
        storage.put_object(Bucket=CODE, Key=f"{name}.zip", Body=zipped(binary))
    rewrites = Rewrites()
    template = rewrites.apply(translated(packaged(read(), CODE)))
    # As `sam deploy` does: a template of this size is an object in the bucket, not in the request.
    storage.put_object(Bucket=CODE, Key="template.json", Body=json.dumps(template).encode())
    formation = aws.client("cloudformation")
    formation.create_stack(
        StackName=NAME,
        TemplateURL=f"{aws.endpoint}/{CODE}/template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in stated.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    until = time.monotonic() + 180
    while True:
        stack = formation.describe_stacks(StackName=NAME)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            break
        if not stack["StackStatus"].endswith("CREATE_IN_PROGRESS") or time.monotonic() > until:
            events = formation.describe_stack_events(StackName=NAME)["StackEvents"]
            failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
            said = "\n".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)
            raise RuntimeError(f"the stack is {stack['StackStatus']}:\n{said}")
        time.sleep(0.2)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=NAME)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    # Whoever deploys proves to SES that the sender's domain is theirs, by DKIM records; here nobody publishes any.
    aws.client("ses").verify_domain_identity(Domain=SENDER.split("@")[1])
    return Stack(aws, outputs, resources, rewrites)
