//! What partners of record read, and who has.

use std::collections::BTreeMap;

use domain::field::{Field, PartnerId};
use domain::input::InputError;
use domain::{Action, AssociationId, Figures, Month, Months, Program};
use lambda_http::http::StatusCode;
use serde::Serialize;
use store::{Access, Executor, UsageFigures};
use web::view::{Page, Time};
use web::{Answer, ApiError, ApiRequest};

/// `GET /associations/{id}/usage`: the figures of one's own scope, while the slot says that one is partner of record.
pub(crate) async fn figures<S: UsageFigures>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    request.allow(Action::ReadOwnAssociations)?;
    let now = executor.clock.now();
    let id = association_id(id)?;
    let own = executor.store.attribution(&id).await?.filter(|own| request.partner() == Some(&own.partner));
    let own = own.ok_or(ApiError::NotFound)?;
    let holder = own.holder.ok_or(ApiError::NotPartnerOfRecord)?;
    let months = months(request, Month::of(now))?;
    let figures = match months.not_before(Month::of(holder.since)) {
        Some(since) => executor.store.figures(&own.tenant, &own.scope, since).await?,
        None => Vec::new(),
    };
    let access = Access {
        association: id,
        partner_id: own.partner,
        subject: request.subject().to_owned(),
        at: now,
        from: months.from(),
        to: months.to(),
        request_id: request.id(),
    };
    // Nothing is answered that is not on record.
    executor.store.put_access(&access, now + executor.policy.retention).await?;
    let items = figures.iter().map(|(month, figures)| ShownFigures::new(*month, figures, holder.program));
    Ok(web::answer(StatusCode::OK, &AllMonths { items: items.collect() }))
}

/// `GET /associations/{id}/accesses`: who has read an association's figures, the latest first.
pub(crate) async fn accesses<S: UsageFigures>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    request.allow(Action::ReadAccesses)?;
    let mut errors = request.unknown_parameters(&["limit", "cursor"]);
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let id = association_id(id)?;
    let page = executor.store.accesses(&id, limit, cursor.as_ref()).await?;
    // Records may outlive their claim; only where there is neither is there nothing.
    if page.items.is_empty() && cursor.is_none() && executor.store.attribution(&id).await?.is_none() {
        return Err(ApiError::NotFound);
    }
    let items = page.items.iter().map(ShownAccess::from);
    Ok(web::answer(StatusCode::OK, &Page::new(items, page.next.as_ref())))
}

/// A malformed ID names no association.
fn association_id(segment: &str) -> Result<AssociationId, ApiError> {
    AssociationId::parse(segment).map_err(|_| ApiError::NotFound)
}

/// The months that are asked for: `from` and `to`, both optional, both included.
fn months(request: &ApiRequest, present: Month) -> Result<Months, ApiError> {
    let mut errors = request.unknown_parameters(&["from", "to"]);
    let (from, to) = (request.parameter("from", &mut errors), request.parameter("to", &mut errors));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    Months::asked(from, to, present)
        .map_err(|error| vec![InputError::at("?to", error.code, error.detail)].into())
}

/// The figures of all months asked for: they are few, and come on no pages.
#[derive(Serialize)]
struct AllMonths {
    items: Vec<ShownFigures>,
}

/// The figures of a month that the association's programme pays for, and no others.
#[derive(Serialize)]
struct ShownFigures {
    month: Month,
    #[serde(flatten)]
    figures: BTreeMap<&'static str, u32>,
}

impl ShownFigures {
    fn new(month: Month, figures: &Figures, program: Program) -> Self {
        Self { month, figures: figures.under(program).into_iter().collect() }
    }
}

/// That somebody read figures.
#[derive(Serialize)]
struct ShownAccess<'a> {
    at: Time,
    association_id: &'a AssociationId,
    partner_id: &'a PartnerId,
    subject: &'a str,
    from: Month,
    to: Month,
    request_id: &'a str,
}

impl<'a> From<&'a Access> for ShownAccess<'a> {
    fn from(access: &'a Access) -> Self {
        let Access { association, partner_id, subject, at, from, to, request_id } = access;
        Self {
            at: Time(*at),
            association_id: association,
            partner_id,
            subject,
            from: *from,
            to: *to,
            request_id,
        }
    }
}
