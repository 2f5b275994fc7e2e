//! The functions as they are deployed, composed with the ports in memory.

use std::sync::Arc;

use domain::Policy;
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayRequestAuthorizer, ApiGatewayRequestAuthorizerJwtDescription, ApiGatewayV2httpRequestContext,
};
use lambda_http::http;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Request, RequestExt, Response};
use mail::Post;
use outreach::{Outreach, OutreachError};
use runtime::{Clock, Settings};
use schedule::Timers;
use store::{Claims, Directory, Executor, Insights, Lists, Quotas, UsageFigures};
use web::CallerClaims;

use crate::ports::{Alarms, LINKS, Mails, Memory};
use crate::world::{Shared, open};

/// All of them, around a store, a mail service and a scheduler.
pub struct Functions<S, P, T> {
    /// Claims, and what changes them.
    pub executor: Arc<Executor<S>>,
    directory: Arc<S>,
    /// The customer's page.
    pub opt_out: Arc<opt_out::OptOut<S>>,
    /// Mails and timers.
    pub outreach: Arc<Outreach<S, P, T>>,
    /// What else follows from changes.
    pub follow: Arc<follow::Follow<S>>,
    names: Arc<CallerClaims>,
}

impl<S, P, T> Clone for Functions<S, P, T> {
    fn clone(&self) -> Self {
        Self {
            executor: Arc::clone(&self.executor),
            directory: Arc::clone(&self.directory),
            opt_out: Arc::clone(&self.opt_out),
            outreach: Arc::clone(&self.outreach),
            follow: Arc::clone(&self.follow),
            names: Arc::clone(&self.names),
        }
    }
}

/// Draws the secrets of links.
pub type Secret = fn() -> Result<[u8; 32], OutreachError>;

impl<S, P, T> Functions<S, P, T>
where
    S: Claims + Directory + Insights + Lists + Quotas + UsageFigures + Clone + Send + Sync + 'static,
    P: Post,
    T: Timers,
{
    /// Composes them as their `serve` does.
    pub fn compose(store: &S, post: P, timers: T, policy: &Policy, clock: &Clock, secret: Secret) -> Self {
        let vendor_name = "Vendor".to_owned();
        let executor = Executor { store: store.clone(), policy: policy.clone(), clock: clock.clone() };
        let pause = |_| std::time::Duration::ZERO;
        Self {
            directory: Arc::new(store.clone()),
            opt_out: Arc::new(opt_out::OptOut {
                executor: executor.clone(),
                vendor_name: vendor_name.clone(),
                origin: opt_out::OriginCheck::default(),
            }),
            outreach: Arc::new(Outreach {
                executor: executor.clone(),
                post,
                timers,
                link_base: LINKS.to_owned(),
                vendor_name,
                secret,
            }),
            follow: Arc::new(follow::Follow { executor: executor.clone(), pause }),
            executor: Arc::new(executor),
            names: Arc::new(CallerClaims::from_settings(&Settings::new(|_| None))),
        }
    }

    /// Serves a request of the API, by the routes of infra/template.yaml.
    pub async fn api(self, request: Request) -> Response<Body> {
        let path = request.raw_http_path().to_owned();
        let segments: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (none, names): (web::Open, _) = (|_, _| None, &self.names);
        match (request.method().as_str(), segments.as_slice()) {
            ("POST", ["claims"] | ["claims", "check" | "bulk"] | ["claims", _, "submit" | "renew"]) => {
                web::respond(request, none, names, |request| submit_claim::handle(self.executor, request))
                    .await
            }
            ("POST", ["claims", _, "approve" | "request-information" | "reject"]) => {
                web::respond(request, none, names, |request| review_claims::handle(self.executor, request))
                    .await
            }
            ("POST", ["usage"]) | ("GET", ["associations", _, _]) => {
                web::respond(request, none, names, |request| usage::handle(self.executor, request)).await
            }
            (_, ["partners" | "tenants", _] | ["catalogue"]) => {
                web::respond(request, none, names, |request| directory::handle(self.directory, request)).await
            }
            _ => {
                web::respond(request, none, names, |request| manage_claims::handle(self.executor, request))
                    .await
            }
        }
    }
}

/// The functions as a history has them.
pub type Simulated = Functions<Memory, Mails, Alarms>;

std::thread_local! {
    /// The world that draws the secrets of links: `Notify` takes a plain function.
    static DRAWS: std::cell::RefCell<Option<Shared>> = const { std::cell::RefCell::new(None) };
}

fn secret() -> Result<[u8; 32], OutreachError> {
    DRAWS.with_borrow(|world| {
        let world = world.as_ref().ok_or(OutreachError::Random)?;
        let mut world = open(world);
        let mut secret = [0; 32];
        for part in secret.chunks_mut(8) {
            part.copy_from_slice(&world.secrets.draw().to_le_bytes());
        }
        Ok(secret)
    })
}

/// Composes the functions around a world, for this thread.
pub fn simulated(world: &Shared, policy: &Policy) -> Simulated {
    DRAWS.set(Some(Arc::clone(world)));
    let time = Arc::clone(world);
    let clock = Clock::new(move || open(&time).now);
    let (store, post, timers) =
        (Memory(Arc::clone(world)), Mails(Arc::clone(world)), Alarms(Arc::clone(world)));
    Functions::compose(&store, post, timers, policy, &clock, secret)
}

/// Forgets the world that this thread's secrets come from.
pub fn dissolve() {
    DRAWS.set(None);
}

/// A request as API Gateway hands it over, with a verified token's claims.
pub fn asked(
    method: &str,
    target: &str,
    caller: (&str, Option<&str>),
    headers: &[(&str, &str)],
    body: &str,
    id: &str,
) -> Request {
    let (role, partner) = caller;
    let mut jwt = ApiGatewayRequestAuthorizerJwtDescription::default();
    let subject = format!("{role}-{}", partner.unwrap_or("vendor"));
    jwt.claims.insert("sub".to_owned(), subject);
    jwt.claims.insert("roles".to_owned(), format!("[{role}]"));
    if let Some(partner) = partner {
        jwt.claims.insert("partner_id".to_owned(), partner.to_owned());
    }
    let mut authorizer = ApiGatewayRequestAuthorizer::default();
    authorizer.jwt = Some(jwt);
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.authorizer = Some(authorizer);
    plain(method, target, headers, body, id).with_request_context(RequestContext::ApiGatewayV2(context))
}

/// A request without a caller.
pub fn plain(method: &str, target: &str, headers: &[(&str, &str)], body: &str, id: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = match request.body(Body::from(body)) {
        Ok(request) => request,
        Err(error) => panic!("{method} {target}: {error}"),
    };
    let mut parameters = std::collections::HashMap::<String, Vec<String>>::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        parameters.entry(name.to_owned()).or_default().push(value.to_owned());
    }
    let mut context = Context::default();
    context.request_id = id.to_owned();
    request.with_raw_http_path(path).with_query_string_parameters(parameters).with_lambda_context(context)
}

/// The text of an answer.
pub fn text(answer: &Response<Body>) -> &str {
    match answer.body() {
        Body::Text(text) => text,
        _ => "",
    }
}
