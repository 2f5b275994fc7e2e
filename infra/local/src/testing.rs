//! What several modules' tests need: a home that goes with the test, a clock in it, functions that are shell scripts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::activity::Activity;
use crate::clock::StackClock;
use crate::lambda::{Lambda, Launch, Worker};
use crate::queues::Queues;
use crate::state::Home;
use crate::template::{Function, Route};

/// Values for the template's parameters that have no default.
pub fn parameters() -> BTreeMap<String, String> {
    [("JwtIssuer", "http://issuer"), ("JwtAudience", "local"), ("SenderAddress", "claims@example.com")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// A function without anything that starts it.
pub fn function(package: &str) -> Function {
    Function {
        name: format!("local-{package}"),
        package: package.to_owned(),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(5),
        memory: 128,
        concurrency: None,
        routes: Vec::new(),
        has_url: false,
        streams: Vec::new(),
        rules: Vec::new(),
        rates: Vec::new(),
        retries: 2,
        on_failure: Some("failed".to_owned()),
    }
}

/// A route that asks for a token.
pub fn route(method: &str, path: &str) -> Route {
    Route { method: method.to_owned(), path: path.to_owned(), authorized: true }
}

/// A small stack around functions that are shell scripts.
pub struct Bench {
    pub home: Home,
    pub clock: Arc<StackClock>,
    pub queues: Queues,
    pub activity: Activity,
    pub lambda: Lambda,
}

/// A bench with these functions, each with the script its process runs.
pub fn bench(functions: Vec<(Function, &str)>) -> Bench {
    let home = Home::open(None).unwrap();
    let clock = Arc::new(StackClock::open(home.path("clock-offset"), crate::clock::now).unwrap());
    let (queues, activity) = (Queues::default(), Activity::default());
    let workers = functions.into_iter().map(|(function, script)| {
        let launch = Launch::shell(&function.package, script);
        Worker::new(&function, launch, 2)
    });
    let lambda = Lambda::with(workers.collect(), activity.clone(), queues.clone(), Arc::clone(&clock));
    Bench { home, clock, queues, activity, lambda }
}
