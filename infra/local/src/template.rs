//! What the stack reads from infra/template.yaml: functions with their settings and triggers, the table, the authorizer.

mod parameter;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value as Json};
use serde_yaml_ng::{Mapping, Value as Yaml};

pub use resolve::{ACCESS_KEY, ACCOUNT, LocalValues, REGION, SECRET_KEY};

use resolve::Resolver;

/// The template, compiled in: the program then works from any directory.
pub const SOURCE: &str = include_str!("../../template.yaml");

/// The part of the template that runs locally, every value resolved.
#[derive(Debug, Clone)]
pub struct Template {
    /// The functions, in the template's order.
    pub functions: Vec<Function>,
    /// Properties of the table, as CreateTable takes them with few exceptions.
    pub table: Map<String, Json>,
    /// The table's name.
    pub table_name: String,
    /// What the HTTP API asks of a token.
    pub authorizer: Authorizer,
    /// Groups that schedules may be made in.
    pub schedule_groups: Vec<String>,
    /// SES configuration sets that mail may name.
    pub configuration_sets: Vec<String>,
    /// Pipes from the table's stream to an event bus.
    pub pipes: Vec<PipeSource>,
    /// The bucket.
    pub bucket: Bucket,
}

/// A bucket of files.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// After how many days objects expire, by the beginnings of their keys.
    pub expiry: Vec<(String, i64)>,
}

/// A Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name in the stack, `local-submit-claim`.
    pub name: String,
    /// The crate it is built from, `submit-claim`.
    pub package: String,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Its memory in MiB; told to the function, not enforced.
    pub memory: u64,
    /// Its reserved concurrency, if it has any.
    pub concurrency: Option<usize>,
    /// Its routes on the HTTP API.
    pub routes: Vec<Route>,
    /// Whether it has a function URL.
    pub has_url: bool,
    /// Streams it reads.
    pub streams: Vec<StreamSource>,
    /// EventBridge patterns that start it.
    pub rules: Vec<Json>,
    /// Periods at which it is started, and with which input.
    pub rates: Vec<Rate>,
    /// How often a failed asynchronous invocation is repeated.
    pub retries: u32,
    /// The queue that takes what failed every time.
    pub on_failure: Option<String>,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method in capitals, or `ANY`.
    pub method: String,
    /// The path with `{parameters}`.
    pub path: String,
    /// Whether a token is asked for.
    pub authorized: bool,
}

/// An event source mapping on the table's stream.
#[derive(Clone, Debug)]
pub struct StreamSource {
    /// The stream's ARN as functions see it.
    pub arn: String,
    /// Patterns of which one must match; all records when empty.
    pub filters: Vec<Json>,
    /// Most records per invocation.
    pub batch_size: usize,
    /// Whether the function says which records failed.
    pub partial_failures: bool,
    /// Whether a failed batch is split in two.
    pub bisect: bool,
    /// How often a record is repeated; for ever when absent.
    pub retries: Option<u32>,
    /// The queue told of records that were given up.
    pub on_failure: Option<String>,
    /// Whether records older than the mapping are read.
    pub from_start: bool,
}

/// A pipe from the table's stream to an event bus.
#[derive(Clone, Debug)]
pub struct PipeSource {
    /// Its name.
    pub name: String,
    /// The stream's ARN.
    pub arn: String,
    /// Patterns of which one must match; all records when empty.
    pub filters: Vec<Json>,
    /// What the events' detail is made of.
    pub input_template: String,
    /// The events' source: fixed, or a path into the record.
    pub source: String,
    /// Their type, likewise.
    pub detail_type: String,
    /// Their time, likewise.
    pub time: String,
}

/// A period at which a function is started.
#[derive(Clone, Debug)]
pub struct Rate {
    /// The period.
    pub every: Duration,
    /// The event, Scheduler's or EventBridge's empty one where there is none.
    pub input: Json,
}

/// What the JWT authorizer asks.
#[derive(Clone, Debug, Default)]
pub struct Authorizer {
    /// The issuer it trusts.
    pub issuer: String,
    /// The audiences of which a token must name one.
    pub audiences: Vec<String>,
    /// The scopes of which a token must have one; any token when empty.
    pub scopes: Vec<String>,
}

impl Template {
    /// Reads a template with these local values.
    pub fn read(source: &str, values: &LocalValues) -> Result<Self> {
        let root: Mapping = serde_yaml_ng::from_str(source).context("the template is no YAML")?;
        let known =
            |name: &String| root.get("Parameters").is_some_and(|parameters| parameters.get(name).is_some());
        if let Some(unknown) = values.parameters.keys().find(|name| !known(name)) {
            bail!("the template has no parameter {unknown}");
        }
        for (name, value) in &values.parameters {
            parameter::check(name, value, &root["Parameters"][name.as_str()])?;
        }
        let resolver = Resolver::new(&root, values);
        let resources = root.get("Resources").and_then(Yaml::as_mapping);
        let resources = resources.context("the template has no resources")?;
        let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for logical in resources.keys().filter_map(Yaml::as_str) {
            let condition = resources[logical].get("Condition").and_then(Yaml::as_str);
            if condition.is_some_and(|name| matches!(resolver.condition(name), Ok(false))) {
                continue;
            }
            by_type.entry(resolver.type_of(logical)?).or_default().push(logical);
        }
        let of_type = |kind: &str| by_type.get(kind).cloned().unwrap_or_default();
        let properties = |logical: &str| object(&resolver, resources[logical].get("Properties"));
        let names =
            |kind: &str| of_type(kind).into_iter().map(|name| resolver.name_of(name)).collect::<Result<_>>();

        let globals = root.get("Globals").and_then(|globals| globals.get("Function"));
        let globals = object(&resolver, globals).context("Globals")?;
        let with_url: Vec<String> = (of_type("AWS::Lambda::Url").into_iter())
            .map(|url| Ok(text(&properties(url)?, "TargetFunctionArn")))
            .collect::<Result<_>>()?;
        let mut functions = Vec::new();
        for logical in of_type("AWS::Serverless::Function") {
            let own = properties(logical).with_context(|| logical.to_owned())?;
            let name = resolver.name_of(logical)?;
            let has_url = own.contains_key("FunctionUrlConfig")
                || with_url.iter().any(|target| target == &name || target.ends_with(&format!(":{name}")));
            functions
                .push(function(name, has_url, merged(&globals, own)).with_context(|| logical.to_owned())?);
        }
        let tables = of_type("AWS::DynamoDB::Table");
        let [table] = tables[..] else { bail!("the local stack expects exactly one table") };
        let buckets = of_type("AWS::S3::Bucket");
        let [bucket] = buckets[..] else {
            bail!("the local stack expects exactly one bucket");
        };
        let bucket = Bucket { name: resolver.name_of(bucket)?, expiry: expiry(&properties(bucket)?) };
        let authorizer = match of_type("AWS::Serverless::HttpApi").first() {
            Some(api) => authorizer(&properties(api).with_context(|| (*api).to_owned())?),
            None => Authorizer::default(),
        };
        Ok(Self {
            functions,
            table: properties(table)?,
            table_name: resolver.name_of(table)?,
            authorizer,
            schedule_groups: names("AWS::Scheduler::ScheduleGroup")?,
            configuration_sets: names("AWS::SES::ConfigurationSet")?,
            bucket,
            pipes: (of_type("AWS::Pipes::Pipe").into_iter())
                .map(|logical| {
                    pipe(resolver.name_of(logical)?, &properties(logical)?)
                        .with_context(|| logical.to_owned())
                })
                .collect::<Result<_>>()?,
        })
    }
}

impl Function {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.name)
    }
}

fn function(name: String, has_url: bool, properties: Map<String, Json>) -> Result<Function> {
    let code = text(&properties, "CodeUri");
    let package = code.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let environment = properties.get("Environment").and_then(|environment| environment.get("Variables"));
    let environment = environment.and_then(Json::as_object).into_iter().flatten();
    let asynchronous = properties.get("EventInvokeConfig").unwrap_or(&Json::Null);
    let mut function = Function {
        name,
        package,
        environment: environment.map(|(key, value)| (key.clone(), plain(value))).collect(),
        timeout: Duration::from_secs(number(properties.get("Timeout")).unwrap_or(3)),
        memory: number(properties.get("MemorySize")).unwrap_or(128),
        concurrency: number(properties.get("ReservedConcurrentExecutions"))
            .and_then(|n| usize::try_from(n).ok()),
        routes: Vec::new(),
        has_url,
        streams: Vec::new(),
        rules: Vec::new(),
        rates: Vec::new(),
        // Lambda's own default.
        retries: retries(asynchronous).unwrap_or(2),
        on_failure: on_failure(asynchronous),
    };
    for (event, definition) in properties.get("Events").and_then(Json::as_object).into_iter().flatten() {
        let kind = definition["Type"].as_str().unwrap_or_default();
        let properties = definition["Properties"].as_object().cloned().unwrap_or_default();
        match kind {
            "HttpApi" => function.routes.push(Route {
                method: text(&properties, "Method").to_uppercase(),
                path: text(&properties, "Path"),
                authorized: definition["Properties"]["Auth"]["Authorizer"] != "NONE",
            }),
            "DynamoDB" => function.streams.push(stream(&properties).with_context(|| event.to_owned())?),
            "EventBridgeRule" | "CloudWatchEvent" => {
                function.rules.push(properties.get("Pattern").cloned().unwrap_or_default());
            }
            "Schedule" | "ScheduleV2" => {
                function.rates.push(rate(&properties).with_context(|| event.to_owned())?)
            }
            other => {
                bail!("event {event}: the local stack has no {other} events yet");
            }
        }
    }
    Ok(function)
}

fn stream(properties: &Map<String, Json>) -> Result<StreamSource> {
    let own = Json::Object(properties.clone());
    Ok(StreamSource {
        arn: text(properties, "Stream"),
        filters: patterns(&own["FilterCriteria"])?,
        batch_size: number(own.get("BatchSize")).and_then(|size| usize::try_from(size).ok()).unwrap_or(100),
        partial_failures: own["FunctionResponseTypes"]
            .as_array()
            .is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures")),
        bisect: own["BisectBatchOnFunctionError"].as_bool().unwrap_or(false),
        retries: retries(&own),
        on_failure: on_failure(&own),
        from_start: own["StartingPosition"] != "LATEST",
    })
}

fn patterns(criteria: &Json) -> Result<Vec<Json>> {
    let filters = criteria["Filters"].as_array().into_iter().flatten();
    let filters = filters.map(|filter| serde_json::from_str(filter["Pattern"].as_str().unwrap_or_default()));
    filters.collect::<Result<_, _>>().context("a filter's pattern is no JSON")
}

fn pipe(name: String, properties: &Map<String, Json>) -> Result<PipeSource> {
    let own = Json::Object(properties.clone());
    let target = &own["TargetParameters"];
    let bus = &target["EventBridgeEventBusParameters"];
    Ok(PipeSource {
        name,
        arn: text(properties, "Source"),
        filters: patterns(&own["SourceParameters"]["FilterCriteria"])?,
        input_template: plain(&target["InputTemplate"]),
        source: plain(&bus["Source"]),
        detail_type: plain(&bus["DetailType"]),
        time: plain(&bus["Time"]),
    })
}

fn rate(properties: &Map<String, Json>) -> Result<Rate> {
    let expression = ["Schedule", "ScheduleExpression"].map(|key| text(properties, key)).concat();
    let period = expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
    let (count, unit) = period.and_then(|period| period.split_once(' ')).unwrap_or_default();
    let unit = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => bail!("the local stack fires rate(…) only, not `{expression}`"),
    };
    let count: u64 = count.parse().with_context(|| format!("`{expression}`"))?;
    let input = properties.get("Input").and_then(Json::as_str);
    let input = input.map(serde_json::from_str).transpose().context("the schedule's input is no JSON")?;
    Ok(Rate {
        every: Duration::from_secs(count.max(1) * unit),
        input: input.unwrap_or_else(|| Json::Object(Map::new())),
    })
}

/// The rules of a bucket by which objects expire.
fn expiry(bucket: &Map<String, Json>) -> Vec<(String, i64)> {
    let rules = bucket.get("LifecycleConfiguration").unwrap_or(&Json::Null)["Rules"].as_array().cloned();
    let rules = rules.into_iter().flatten().filter(|rule| rule["Status"] == "Enabled");
    let rule = |rule: Json| {
        let days = i64::try_from(number(rule.get("ExpirationInDays"))?).ok()?;
        Some((plain(&rule["Prefix"]), days))
    };
    rules.filter_map(rule).collect()
}

fn authorizer(api: &Map<String, Json>) -> Authorizer {
    let auth = api.get("Auth").unwrap_or(&Json::Null);
    let default = auth["DefaultAuthorizer"].as_str().unwrap_or_default();
    let own = &auth["Authorizers"][default];
    let list = |value: &Json| value.as_array().into_iter().flatten().map(plain).collect();
    Authorizer {
        issuer: plain(&own["JwtConfiguration"]["issuer"]),
        audiences: list(&own["JwtConfiguration"]["audience"]),
        scopes: list(&own["AuthorizationScopes"]),
    }
}

/// A function's own properties over the globals; maps such as the environment are merged, as SAM does.
fn merged(globals: &Map<String, Json>, own: Map<String, Json>) -> Map<String, Json> {
    let mut all = globals.clone();
    for (key, value) in own {
        match (all.get(&key), value) {
            (Some(Json::Object(global)), Json::Object(own)) => {
                let both = merged(global, own);
                all.insert(key, Json::Object(both));
            }
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
    all
}

fn object(resolver: &Resolver<'_>, value: Option<&Yaml>) -> Result<Map<String, Json>> {
    match value.map(|value| resolver.resolve(value)).transpose()?.flatten() {
        None => Ok(Map::new()),
        Some(Json::Object(map)) => Ok(map),
        Some(other) => Err(anyhow!("{other} where properties are expected")),
    }
}

fn on_failure(value: &Json) -> Option<String> {
    let arn = value["DestinationConfig"]["OnFailure"]["Destination"].as_str()?;
    arn.rsplit(':').next().map(str::to_owned)
}

fn retries(value: &Json) -> Option<u32> {
    number(value.get("MaximumRetryAttempts")).and_then(|retries| u32::try_from(retries).ok())
}

/// A number, also where a parameter made it text.
fn number(value: Option<&Json>) -> Option<u64> {
    value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()))
}

fn text(map: &Map<String, Json>, key: &str) -> String {
    map.get(key).map(plain).unwrap_or_default()
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
