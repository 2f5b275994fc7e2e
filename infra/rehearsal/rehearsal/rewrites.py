"""What the emulator cannot take as it is. Each rewrite has its reason, does nothing else, and says how often it was needed."""

import copy


class Rewrites:
    """Rewrites a translated template, and keeps count."""

    def __init__(self):
        self.done = {}

    def apply(self, template):
        template = copy.deepcopy(template)
        for rewrite in (self._routes, self._alarms_over_several_metrics, self._resources_it_cannot_name, self._plain_http):
            reason = " ".join(rewrite.__doc__.split())
            self.done[reason] = rewrite(template["Resources"])
        return template

    @staticmethod
    def _routes(resources):
        """The OpenAPI body of an HTTP API becomes explicit routes, integrations and an authorizer: the emulator ignores the body."""
        made = {}
        for name, api in resources.items():
            if api["Type"] != "AWS::ApiGatewayV2::Api" or "Body" not in api["Properties"]:
                continue
            body = api["Properties"].pop("Body")
            api["Properties"].update({"Name": name, "ProtocolType": "HTTP"})
            reference = {"Ref": name}
            schemes = body.get("components", {}).get("securitySchemes", {})
            for scheme, stated in schemes.items():
                authorizer = stated["x-amazon-apigateway-authorizer"]
                jwt = authorizer["jwtConfiguration"]
                made[f"{name}{scheme}"] = {
                    "Type": "AWS::ApiGatewayV2::Authorizer",
                    "Properties": {
                        "ApiId": reference,
                        "AuthorizerType": "JWT",
                        "Name": scheme,
                        "IdentitySource": [authorizer["identitySource"]],
                        "JwtConfiguration": {"Issuer": jwt["issuer"], "Audience": jwt["audience"]},
                    },
                }
            for path, methods in body["paths"].items():
                for method, operation in methods.items():
                    key = f"{name}Route{len(made)}"
                    integration = operation["x-amazon-apigateway-integration"]
                    made[f"{key}Integration"] = {
                        "Type": "AWS::ApiGatewayV2::Integration",
                        "Properties": {
                            "ApiId": reference,
                            "IntegrationType": "AWS_PROXY",
                            "IntegrationMethod": integration["httpMethod"],
                            "IntegrationUri": integration["uri"],
                            "PayloadFormatVersion": integration["payloadFormatVersion"],
                        },
                    }
                    route = {
                        "ApiId": reference,
                        "RouteKey": "$default" if path == "/$default" else f"{method.upper()} {path}",
                        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": f"{key}Integration"}]]},
                    }
                    for requirement in operation.get("security", []):
                        for scheme, scopes in requirement.items():
                            if scheme in schemes:
                                route["AuthorizationType"] = "JWT"
                                route["AuthorizerId"] = {"Ref": f"{name}{scheme}"}
                                route["AuthorizationScopes"] = scopes
                    made[key] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": route}
        resources.update(made)
        return sum(1 for one in made.values() if one["Type"].endswith("Route"))

    @staticmethod
    def _alarms_over_several_metrics(resources):
        """An alarm over several metrics becomes one alarm for each of them: the emulator takes no metric math."""
        several = {
            name: alarm["Properties"]
            for name, alarm in resources.items()
            if alarm["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in alarm["Properties"]
        }
        for name, properties in several.items():
            del resources[name]
            for query in properties["Metrics"]:
                if "MetricStat" in query:
                    stat = query["MetricStat"]
                    alone = {key: value for key, value in properties.items() if key != "Metrics"}
                    alone.update(stat["Metric"], Statistic=stat["Stat"], Period=stat["Period"])
                    resources[name + query["Id"][0].upper() + query["Id"][1:]] = {"Type": "AWS::CloudWatch::Alarm", "Properties": alone}
        return len(several)

    @staticmethod
    def _resources_it_cannot_name(resources):
        """Statements that allow ses:SendEmail or scheduler:CreateSchedule lose their resources and SES's condition: the emulator checks
        both actions against `*` and does not know ses:FromAddress. The template's own are checked by the tests in infra/rehearsal."""
        count = 0
        for resource in resources.values():
            for policy in resource.get("Properties", {}).get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
                for statement in policy["PolicyDocument"]["Statement"]:
                    actions = statement.get("Action", [])
                    actions = [actions] if isinstance(actions, str) else actions
                    if all(action.split(":")[0] in ("ses", "scheduler") for action in actions):
                        statement["Resource"] = "*"
                        statement.pop("Condition", None)
                        count += 1
        return count

    @staticmethod
    def _plain_http(resources):
        """Bucket policies lose the statement that refuses plain HTTP: the emulator speaks nothing else on this machine."""
        count = 0
        for resource in resources.values():
            if resource["Type"] != "AWS::S3::BucketPolicy":
                continue
            document = resource["Properties"]["PolicyDocument"]
            kept = [one for one in document["Statement"] if one.get("Condition") != {"Bool": {"aws:SecureTransport": "false"}}]
            count += len(document["Statement"]) - len(kept)
            document["Statement"] = kept
        return count
