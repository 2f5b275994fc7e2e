//! Carries out what reviewers decide: approve, ask for information, reject; all scopes of a claim or some.

use std::sync::Arc;

use domain::field::Remark;
use domain::input::{self, Reader};
use domain::{
    Action, Claim, Command, CommandName, MOST_SCOPES, Reason, ReasonCode, Rejection, ScopeId, ScopeReason,
    Selection,
};
use lambda_http::http::StatusCode;
use runtime::{Clock, Settings};
use store::{Claims, ExecuteError, Executor};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let executor = Executor::open(clock, &settings, &runtime::aws(&settings)?).await?;
    web::serve(executor, CallerClaims::from_settings(&settings), handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: Claims>(executor: Arc<Executor<S>>, request: ApiRequest) -> Answer {
    // First of all: what a partner asks here it may not ask of any claim, be there one or not.
    request.allow(Action::Review)?;
    let (method, path) = request.route();
    let ("POST", ["claims", id, verb]) = (method, path.as_slice()) else { return Err(ApiError::NotFound) };
    let decision = Decision::parse(&request, verb)?;
    let by = request.decider(Action::Review)?;
    let decided = executor.execute_with(&request.claim_id(id)?, &by, |claim| decision.on(claim)).await?;
    Ok(web::answer_claim(StatusCode::OK, &decided.claim))
}

/// What a reviewer decides, as it is sent.
enum Decision {
    Approve(Selection),
    RequestInformation(ReasonsGiven),
    Reject(ReasonsGiven),
}

/// Reasons, of which those without a scope are for every scope selected.
struct ReasonsGiven {
    scopes: Selection,
    reasons: Vec<(Option<ScopeId>, Reason)>,
}

impl Decision {
    /// The command that it is on a claim.
    fn on(&self, claim: &Claim) -> Result<Command, ExecuteError> {
        Ok(match self {
            Self::Approve(scopes) => Command::Approve { scopes: scopes.clone() },
            Self::RequestInformation(reasons) => Command::RequestInformation {
                reasons: for_scopes(claim, CommandName::RequestInformation, reasons)?,
            },
            Self::Reject(reasons) => {
                Command::Reject { reasons: for_scopes(claim, CommandName::Reject, reasons)? }
            }
        })
    }

    fn parse(request: &ApiRequest, verb: &str) -> Result<Self, ApiError> {
        let body = || request.json_or_nothing();
        match verb {
            "approve" => Ok(Self::Approve(input::read(&body()?, web::selection)?)),
            "request-information" => Ok(Self::RequestInformation(input::read(&body()?, given)?)),
            "reject" => Ok(Self::Reject(input::read(&body()?, given)?)),
            _ => Err(ApiError::NotFound),
        }
    }
}

/// The most that words may come to, in bytes, once they stand beside every scope that they are for: claim and transition keep them,
/// and DynamoDB takes 400 KiB of either.
const MOST_WORDS: usize = 160 * 1024;

fn given(body: &mut Reader<'_, '_>) -> Option<ReasonsGiven> {
    let scopes = web::selection(body);
    let reasons = body.objects("reasons", 5 * MOST_SCOPES, |reason| {
        let scope = reason.optional::<ScopeId>("scope");
        let (code, detail) = (reason.required::<ReasonCode>("code"), reason.optional::<Remark>("detail"));
        Some((scope, Reason { code: code?, detail }))
    });
    if reasons.as_ref().is_some_and(Vec::is_empty) {
        body.wrong("reasons", "required", "must give at least one coded reason");
    }
    if let (Some(Selection::These(selected)), Some(reasons)) = (&scopes, &reasons) {
        let named = reasons.iter().enumerate().filter_map(|(at, (scope, _))| Some((at, (*scope)?)));
        for (at, _) in named.filter(|(_, scope)| !selected.contains(scope)) {
            let detail = "must not name a scope that `scopes` does not select";
            body.wrong(&format!("reasons/{at}/scope"), "unknown_scope", detail);
        }
    }
    let every = match &scopes {
        Some(Selection::These(scopes)) => scopes.len(),
        _ => MOST_SCOPES,
    };
    let words = |(scope, reason): &(Option<ScopeId>, Reason)| {
        let length = reason.detail.as_ref().map_or(0, |detail| detail.as_str().len());
        if scope.is_some() { length } else { length * every }
    };
    if reasons.iter().flatten().map(words).sum::<usize>() > MOST_WORDS {
        let detail = "must have fewer words: those for every scope are kept with each";
        body.wrong("reasons", "too_long", detail);
    }
    Some(ReasonsGiven { scopes: scopes?, reasons: reasons? })
}

/// The reasons of each scope concerned. A scope that is selected and has no reason is refused: the partner could not
/// know what to correct.
fn for_scopes(
    claim: &Claim,
    command: CommandName,
    given: &ReasonsGiven,
) -> Result<Vec<ScopeReason>, ExecuteError> {
    let scopes: Vec<ScopeId> = match &given.scopes {
        Selection::These(scopes) => scopes.clone(),
        Selection::All if given.reasons.iter().all(|(scope, _)| scope.is_some()) => {
            given.reasons.iter().filter_map(|(scope, _)| *scope).collect()
        }
        Selection::All => {
            let open = claim.scopes.iter().filter(|scope| scope.can(command));
            open.map(|scope| scope.id).collect()
        }
    };
    if scopes.is_empty() {
        return Err(Rejection::NotInThisStatus { command, found: claim.status() }.into());
    }
    let mut reasons: Vec<ScopeReason> = Vec::new();
    for (named, reason) in &given.reasons {
        let concerned: Vec<ScopeId> = match named {
            Some(scope) => vec![*scope],
            None => scopes.clone(),
        };
        reasons.extend(concerned.into_iter().map(|scope| ScopeReason { scope, reason: reason.clone() }));
    }
    let bare = scopes.iter().any(|scope| !reasons.iter().any(|reason| reason.scope == *scope));
    if bare { Err(Rejection::ReasonMissing.into()) } else { Ok(reasons) }
}
