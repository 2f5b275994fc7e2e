//! CloudFormation's intrinsic functions, with local values for what the cloud would fill in.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value as Json, json};
use serde_yaml_ng::{Mapping, Value as Yaml};

/// The account, region and stack name of everything local.
pub const ACCOUNT: &str = "000000000000";
/// See [`ACCOUNT`].
pub const REGION: &str = "us-east-1";
/// The keys of everything local.
pub const ACCESS_KEY: &str = "local";
/// See [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "local";
/// See [`ACCOUNT`].
const STACK: &str = "local";

/// Values that only this run knows.
#[derive(Clone, Debug, Default)]
pub struct LocalValues {
    /// Parameters that have no default, or another value here.
    pub parameters: BTreeMap<String, String>,
    /// Where the gateway answers.
    pub gateway: String,
    /// Where function URLs answer.
    pub links: String,
}

/// Resolves values of one template.
pub struct Resolver<'a> {
    root: &'a Mapping,
    values: &'a LocalValues,
}

impl<'a> Resolver<'a> {
    /// A resolver for the template whose top level is `root`.
    #[must_use]
    pub fn new(root: &'a Mapping, values: &'a LocalValues) -> Self {
        Self { root, values }
    }

    /// The value with every intrinsic function replaced by its result; nothing for `AWS::NoValue`.
    pub fn resolve(&self, value: &Yaml) -> Result<Option<Json>> {
        match value {
            Yaml::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                let name = name.trim_start_matches('!');
                let name =
                    if matches!(name, "Ref" | "Condition") { name.to_owned() } else { format!("Fn::{name}") };
                self.intrinsic(&name, &tagged.value)
            }
            Yaml::Mapping(map) => {
                if let Some((name, argument)) = single(map)
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    return self.intrinsic(name, argument);
                }
                let mut object = Map::new();
                for (key, value) in map {
                    if let Some(value) = self.resolve(value)? {
                        object.insert(plain(key)?, value);
                    }
                }
                Ok(Some(Json::Object(object)))
            }
            Yaml::Sequence(items) => {
                let items: Vec<_> = items.iter().map(|item| self.resolve(item)).collect::<Result<_>>()?;
                Ok(Some(Json::Array(items.into_iter().flatten().collect())))
            }
            scalar => Ok(Some(serde_json::to_value(scalar)?)),
        }
    }

    /// The resolved value as text; numbers and booleans as CloudFormation writes them.
    pub fn text(&self, value: &Yaml) -> Result<String> {
        match self.resolve(value)? {
            Some(Json::String(text)) => Ok(text),
            Some(value @ (Json::Number(_) | Json::Bool(_))) => Ok(value.to_string()),
            other => Err(anyhow!("the template has {other:?} where text is expected")),
        }
    }

    /// The name a resource would have in the cloud: what `!Ref` gives for most types.
    pub fn name_of(&self, logical: &str) -> Result<String> {
        let properties = self.resource(logical)?.get("Properties");
        for key in ["Name", "FunctionName", "TableName", "QueueName"] {
            // A function's URL or permission names the function, not itself.
            if let Some(name) = properties.and_then(|properties| properties.get(key))
                && (key != "FunctionName" || self.type_of(logical)? == "AWS::Serverless::Function")
            {
                return self.text(name);
            }
        }
        let name = format!("{STACK}-{logical}");
        // Buckets' names are host names.
        Ok(if self.type_of(logical)? == "AWS::S3::Bucket" { name.to_lowercase() } else { name })
    }

    /// The type of a resource.
    pub fn type_of(&self, logical: &str) -> Result<&'a str> {
        let kind = self.resource(logical)?.get("Type").and_then(Yaml::as_str);
        kind.with_context(|| format!("resource {logical} has no type"))
    }

    /// Whether a condition of the template holds.
    pub fn condition(&self, name: &str) -> Result<bool> {
        let condition = self.section("Conditions").and_then(|all| all.get(name));
        let condition = condition.with_context(|| format!("there is no condition {name}"))?;
        self.truth(condition)
    }

    fn intrinsic(&self, name: &str, argument: &Yaml) -> Result<Option<Json>> {
        let text = match name {
            "Ref" => return self.reference(&plain(argument)?),
            "Fn::If" => {
                let [condition, yes, no] = arguments(name, argument)?;
                return self.resolve(if self.condition(&plain(condition)?)? { yes } else { no });
            }
            "Fn::GetAtt" => match argument {
                Yaml::Sequence(parts) => {
                    let parts: Vec<_> = parts.iter().map(plain).collect::<Result<_>>()?;
                    self.attribute(&parts.join("."))?
                }
                path => self.attribute(&plain(path)?)?,
            },
            "Fn::Sub" => self.substitute(argument)?,
            "Fn::Join" => {
                let [separator, parts] = arguments(name, argument)?;
                self.list(parts)?.join(&self.text(separator)?)
            }
            "Fn::Select" => {
                let [index, from] = arguments(name, argument)?;
                let (index, list) = (self.text(index)?, self.list(from)?);
                let chosen = index.parse().ok().and_then(|index: usize| list.get(index).cloned());
                chosen.with_context(|| format!("!Select finds no element {index}"))?
            }
            "Fn::Split" => {
                let [separator, text] = arguments(name, argument)?;
                let (separator, text) = (self.text(separator)?, self.text(text)?);
                return Ok(Some(json!(text.split(&separator).collect::<Vec<_>>())));
            }
            "Condition" | "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => {
                let truth = Yaml::Mapping([(name.into(), argument.clone())].into_iter().collect());
                return Ok(Some(Json::Bool(self.truth(&truth)?)));
            }
            other => bail!("the local stack cannot resolve {other} yet"),
        };
        Ok(Some(Json::String(text)))
    }

    fn truth(&self, condition: &Yaml) -> Result<bool> {
        let (name, argument) = match condition {
            Yaml::Tagged(tagged) => (tagged.tag.to_string(), &tagged.value),
            Yaml::Mapping(map) => match single(map) {
                Some((name, argument)) => (name.to_owned(), argument),
                None => bail!("a condition has one function"),
            },
            other => bail!("{other:?} is no condition"),
        };
        let all = |argument: &Yaml| match argument {
            Yaml::Sequence(items) => items.iter().map(|item| self.truth(item)).collect::<Result<Vec<_>>>(),
            other => Ok(vec![self.truth(other)?]),
        };
        match name.trim_start_matches('!').trim_start_matches("Fn::") {
            "Condition" => self.condition(&plain(argument)?),
            "Equals" => {
                let [left, right] = arguments("Fn::Equals", argument)?;
                Ok(self.text(left)? == self.text(right)?)
            }
            "Not" => Ok(!all(argument)?.into_iter().all(|truth| truth)),
            "And" => Ok(all(argument)?.into_iter().all(|truth| truth)),
            "Or" => Ok(all(argument)?.into_iter().any(|truth| truth)),
            other => Err(anyhow!("{other} is no condition")),
        }
    }

    fn reference(&self, name: &str) -> Result<Option<Json>> {
        let text = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Region" => REGION.to_owned(),
            "AWS::StackName" => STACK.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => {
                if let Some(value) = self.values.parameters.get(name) {
                    value.clone()
                } else if let Some(parameter) = self.section("Parameters").and_then(|all| all.get(name)) {
                    let default = parameter.get("Default").with_context(|| {
                        format!("parameter {name} has no default; give it a local value in stack.rs")
                    })?;
                    self.text(default)?
                } else {
                    match self.type_of(name)? {
                        "AWS::SNS::Topic" => self.attribute(&format!("{name}.Arn"))?,
                        "AWS::SQS::Queue" => {
                            format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{}", self.name_of(name)?)
                        }
                        _ => self.name_of(name)?,
                    }
                }
            }
        };
        Ok(Some(Json::String(text)))
    }

    fn attribute(&self, path: &str) -> Result<String> {
        let (logical, attribute) = path.split_once('.').with_context(|| format!("{path} is no attribute"))?;
        let (kind, name) = (self.type_of(logical)?, self.name_of(logical)?);
        let arn = |service: &str, rest: String| format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}");
        Ok(match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", format!("table/{name}")),
            ("AWS::DynamoDB::Table", "StreamArn") => arn("dynamodb", format!("table/{name}/stream/{STACK}")),
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => {
                arn("lambda", format!("function:{name}"))
            }
            ("AWS::Lambda::Url", "FunctionUrl") => format!("{}/", self.values.links.trim_end_matches('/')),
            ("AWS::Serverless::HttpApi", "ApiEndpoint") => self.values.gateway.clone(),
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
            ("AWS::SQS::Queue", "Arn") => arn("sqs", name),
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::Events::EventBus", "Arn") => arn("events", format!("event-bus/{name}")),
            ("AWS::SNS::Topic", "Arn" | "TopicArn") => arn("sns", name),
            ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            ("AWS::Scheduler::ScheduleGroup", "Arn") => arn("scheduler", format!("schedule-group/{name}")),
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", format!("log-group:{name}:*")),
            _ => {
                bail!("the local stack has no value for {attribute} of a {kind} ({logical}) yet");
            }
        })
    }

    fn substitute(&self, argument: &Yaml) -> Result<String> {
        let (text, own) = match argument {
            Yaml::Sequence(parts) => match parts.as_slice() {
                [text, Yaml::Mapping(own)] => (plain(text)?, own.clone()),
                _ => bail!("!Sub takes a text and a map"),
            },
            text => (plain(text)?, Mapping::new()),
        };
        let mut result = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find("${") {
            let length = rest[start..].find('}').with_context(|| format!("`{text}` has an open ${{"))?;
            let name = &rest[start + 2..start + length];
            result.push_str(&rest[..start]);
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.get(name) {
                result.push_str(&self.text(value)?);
            } else if name.contains('.') {
                result.push_str(&self.attribute(name)?);
            } else {
                let value = self.reference(name)?;
                result.push_str(value.as_ref().and_then(Json::as_str).unwrap_or_default());
            }
            rest = &rest[start + length + 1..];
        }
        Ok(result + rest)
    }

    fn list(&self, value: &Yaml) -> Result<Vec<String>> {
        match self.resolve(value)? {
            Some(Json::Array(items)) => Ok(items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect()),
            other => Err(anyhow!("the template has {other:?} where a list is expected")),
        }
    }

    fn section(&self, name: &str) -> Option<&'a Yaml> {
        self.root.get(name)
    }

    fn resource(&self, logical: &str) -> Result<&'a Yaml> {
        let resource = self.section("Resources").and_then(|all| all.get(logical));
        resource.with_context(|| format!("the template has neither a resource nor a parameter {logical}"))
    }
}

fn single(map: &Mapping) -> Option<(&str, &Yaml)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key.as_str()?, value)),
        _ => None,
    }
}

fn plain(value: &Yaml) -> Result<String> {
    match value {
        Yaml::String(text) => Ok(text.clone()),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(truth) => Ok(truth.to_string()),
        other => Err(anyhow!("the template has {other:?} where a name is expected")),
    }
}

fn arguments<'v, const N: usize>(name: &str, value: &'v Yaml) -> Result<[&'v Yaml; N]> {
    let items = value.as_sequence().map(|items| items.iter().collect::<Vec<_>>()).unwrap_or_default();
    items.try_into().map_err(|_| anyhow!("{name} takes {N} arguments"))
}
