//! The customer's page: shows what is asked, and takes its answer.
//!
//! Reached through a function URL, by whoever holds the link from the mail. GET and HEAD change nothing, because mail
//! scanners follow links; an answer takes a form that a person submits. A link that is unknown, altered or spent shows
//! one neutral page, whatever is wrong with it.

mod answer;
mod form;
mod origin;
pub mod page;

pub use origin::OriginCheck;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::field::Field;
use domain::{
    Addressee, Claim, ClaimId, ClaimedScope, DirectoryEntries, Link, LinkToken, NoticeNumber, Standing,
};
use lambda_http::http::{HeaderValue, Method, StatusCode, header};
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use runtime::{Causes, Clock, Settings};
use store::{Claims, ExecuteError, Executor, StoreError};
use text::{Language, Partner, Sees};

use crate::answer::answer;
use crate::page::{AssociationPage, CONTENT_SECURITY_POLICY, DeclineForm, Outcome, Page, Scope, State};

/// What the handler works with.
#[derive(Debug)]
pub struct OptOut<S> {
    /// Claims, and what changes them.
    pub executor: Executor<S>,
    /// Who runs the programmes, as customers know it.
    pub vendor_name: String,
    /// What a request has to show, where the page stands on a domain of the vendor's.
    pub origin: OriginCheck,
}

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
enum PageError {
    /// No claim is behind this link.
    #[error("no claim is behind this link")]
    Unknown,
    /// The form is not one of ours.
    #[error("the form is not one of ours")]
    Form,
    /// Not now; it may work when tried again.
    #[error("the answer could not be stored")]
    Store(#[from] ExecuteError),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), Error> {
    let settings = Settings::from_env();
    let vendor_name = settings.text("VENDOR_NAME")?;
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    // Made before the first request, so that its first showing takes no longer than the next.
    Page::Neutral.render();
    let origin = OriginCheck::new(settings.optional("ORIGIN_SECRET").as_deref());
    let opt_out = Arc::new(OptOut { executor, vendor_name, origin });
    runtime::start_metrics();
    lambda_http::run(service_fn(move |request: Request| {
        let opt_out = Arc::clone(&opt_out);
        async move {
            let answer = handle(&opt_out, &request).await;
            telemetry::flush();
            Ok::<_, Error>(answer)
        }
    }))
    .await
}

/// Serves one request.
pub async fn handle<S: Claims>(opt_out: &OptOut<S>, request: &Request) -> Response<Body> {
    let chosen =
        request.query_string_parameters_ref().and_then(|query| query.first("lang")).map(Language::negotiate);
    let (status, page) = match opt_out.page(request, chosen).await {
        Ok(page) => (StatusCode::OK, page),
        Err(PageError::Unknown) => (StatusCode::NOT_FOUND, Page::Neutral),
        Err(PageError::Form) => (StatusCode::BAD_REQUEST, Page::Error(chosen.unwrap_or_default())),
        Err(PageError::Store(error)) => {
            // Never the path: it is the link.
            tracing::error!(error = %Causes(&error), "the page could not be shown");
            (StatusCode::SERVICE_UNAVAILABLE, Page::Error(chosen.unwrap_or_default()))
        }
    };
    let body = if *request.method() == Method::HEAD { String::new() } else { page.render() };
    respond(status, body)
}

impl<S: Claims> OptOut<S> {
    async fn page(&self, request: &Request, chosen: Option<Language>) -> Result<Page, PageError> {
        let token = request.raw_http_path().rsplit('/').find(|part| !part.is_empty()).map(LinkToken::parse);
        let token = token.and_then(Result::ok).filter(|_| self.origin.admits(request));
        let now = self.executor.clock.now();
        let (claim, notice, link) = self.open(token).await?;
        if *request.method() == Method::POST {
            let form = form::Form::of(request).ok_or(PageError::Form)?;
            if form.nothing_chosen() {
                let page = self.association(&claim, notice, &link, chosen, now, None).await?;
                return Ok(Page::ConfirmDecline(
                    page,
                    DeclineForm { nothing_chosen: true, reason: form.reason },
                ));
            }
            let (claim, outcome) = answer(self, &claim.id, notice, &link, &form).await?;
            return Ok(Page::Association(
                self.association(&claim, notice, &link, chosen, now, Some(outcome)).await?,
            ));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(PageError::Form);
        }
        let page = self.association(&claim, notice, &link, chosen, now, None).await?;
        let step = request.query_string_parameters_ref().and_then(|query| query.first("step"));
        Ok(match step {
            Some("decline") => Page::ConfirmDecline(page, DeclineForm::default()),
            Some("accept") => Page::ConfirmAccept(page),
            _ => Page::Association(page),
        })
    }

    /// The claim behind a link. A text that cannot be a link takes as long as one that could: it reads a claim, too.
    async fn open(&self, token: Option<LinkToken>) -> Result<(Claim, NoticeNumber, Link), PageError> {
        let nobody = || ClaimId::parse("clm_aaaaaaaaaaaaaaaaaaaaaaaaaa").map_err(|_| PageError::Unknown);
        let id = match &token {
            Some(token) => token.claim().or_else(|_| nobody())?,
            None => nobody()?,
        };
        let claim = self.executor.store.claim(&id).await?.ok_or(PageError::Unknown)?;
        let token = token.ok_or(PageError::Unknown)?;
        let (notice, link) = claim.opened_by(&token).ok_or(PageError::Unknown)?;
        let link = link.clone();
        Ok((claim, notice, link))
    }

    async fn association(
        &self,
        claim: &Claim,
        notice: NoticeNumber,
        link: &Link,
        chosen: Option<Language>,
        now: DateTime<Utc>,
        outcome: Option<Outcome>,
    ) -> Result<AssociationPage, ExecuteError> {
        let details = &claim.details;
        let directory = self.executor.directory(details).await?;
        let contact = claim.notice(notice).and_then(|notice| claim.contact(notice.to));
        let contact = contact.unwrap_or(&details.customer_contact);
        let deadline = |scope: &ClaimedScope| claim.notice_of(scope)?.deadline;
        let by = Addressee { notice, to: link.to };
        let declined = claim.scopes.iter().filter(|scope| scope.standing() == Standing::Declined);
        let windows = declined.filter(|scope| scope.lets_undo(by)).filter_map(deadline);
        let undo_until = windows.filter(|until| now < *until).min();
        // The customer may have been told of others since, or of some again: what holds is what they wait for now.
        let waiting = claim.scopes.iter().filter(|scope| scope.waits_for_customer());
        Ok(AssociationPage {
            language: chosen.unwrap_or_else(|| Language::negotiate(document_language(contact))),
            partner: Partner {
                name: directory.partner_name(details),
                id: details.partner_id.to_string(),
                contact_name: details.partner_contact.name.to_string(),
                contact_email: details.partner_contact.email.to_string(),
            },
            tenant_name: directory.tenant_name(details),
            domain: details.domain.to_string(),
            vendor_name: self.vendor_name.clone(),
            scopes: scopes(claim, notice, &directory),
            sees: Sees {
                usage: details.program.shows_usage(),
                sold_seats: details.program.shows_sold_seats(),
            },
            deadline: waiting.filter_map(deadline).min(),
            undo_until,
            time_zone: contact.locality().time_zone,
            outcome,
            can_undo: undo_until.is_some(),
        })
    }
}

fn document_language(contact: &domain::Contact) -> &str {
    contact.language.as_str()
}

/// The services of a claim as they are seen through the link of a notice.
fn scopes(claim: &Claim, notice: NoticeNumber, directory: &DirectoryEntries) -> Vec<Scope> {
    let labels = directory.labels(claim.scopes.iter().map(|claimed| &claimed.scope));
    let shown = claim.scopes.iter().zip(labels).map(|(claimed, label)| Scope {
        id: claimed.id.to_string(),
        label,
        state: match claimed.standing() {
            Standing::Draft
            | Standing::Submitted
            | Standing::UnderReview
            | Standing::ActionRequired
            | Standing::Disputed => State::Preparing,
            Standing::Notifying | Standing::AwaitingCustomer => State::Waiting,
            Standing::Official => State::Official,
            Standing::Declined => State::Declined,
            Standing::Rejected
            | Standing::RejectedFinal
            | Standing::Withdrawn
            | Standing::Disassociated
            | Standing::Superseded
            | Standing::Expired => {
                if claimed.tenure().is_some() {
                    State::Ended
                } else {
                    State::Over
                }
            }
        },
        can_decline: claimed.can(domain::CommandName::Decline),
        can_accept: claimed.waits_for_customer() && claimed.notice == Some(notice),
    });
    shown.collect()
}

/// Nothing on the way keeps, indexes, frames or refers to the page: its address is a key.
fn respond(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow, noarchive"));
    headers.insert("permissions-policy", HeaderValue::from_static("interest-cohort=()"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
