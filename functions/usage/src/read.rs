//! What partners of record read, and who has.

use chrono::SecondsFormat;
use domain::field::Field;
use domain::input::InputError;
use domain::{Action, AssociationId, Figures, Month, Months, Program};
use lambda_http::http::StatusCode;
use serde_json::{Map, Value, json};
use store::{Access, Cursor, UsageFigures};
use web::{Answer, ApiError, ApiRequest};

use crate::ServeUsage;

/// `GET /associations/{id}/usage`: the figures of one's own scope, while the slot says that one is partner of record.
pub(crate) async fn figures<S: UsageFigures>(
    state: &ServeUsage<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    request.allow(Action::ReadOwnAssociations)?;
    let now = state.clock.now();
    let id = association_id(id)?;
    let own = state.store.attribution(&id).await?.filter(|own| request.partner() == Some(&own.partner));
    let own = own.ok_or(ApiError::NotFound)?;
    let holder = own.holder.ok_or(ApiError::NotPartnerOfRecord)?;
    let months = months(request, Month::of(now))?;
    let figures = match months.not_before(Month::of(holder.since)) {
        Some(since) => state.store.figures(&own.tenant, &own.scope, since).await?,
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
    state.store.put_access(&access, now + state.policy.retention).await?;
    let items: Vec<_> =
        figures.iter().map(|(month, figures)| item(*month, figures, holder.program)).collect();
    Ok(web::answer(StatusCode::OK, &json!({ "items": items })))
}

/// `GET /associations/{id}/accesses`: who has read an association's figures, the latest first.
pub(crate) async fn accesses<S: UsageFigures>(
    state: &ServeUsage<S>,
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
    let page = state.store.accesses(&id, limit, cursor.as_ref()).await?;
    // Records may outlive their claim; only where there is neither is there nothing.
    if page.items.is_empty() && cursor.is_none() && state.store.attribution(&id).await?.is_none() {
        return Err(ApiError::NotFound);
    }
    let items: Vec<_> = page.items.iter().map(shown).collect();
    Ok(web::answer(
        StatusCode::OK,
        &json!({ "items": items, "next": page.next.as_ref().map(Cursor::as_str) }),
    ))
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

fn item(month: Month, figures: &Figures, program: Program) -> Value {
    let mut item = Map::new();
    item.insert("month".to_owned(), json!(month));
    item.extend(figures.under(program).into_iter().map(|(name, figure)| (name.to_owned(), json!(figure))));
    Value::Object(item)
}

fn shown(access: &Access) -> Value {
    json!({
        "at": access.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "association_id": access.association,
        "partner_id": access.partner_id,
        "subject": access.subject,
        "from": access.from,
        "to": access.to,
        "request_id": access.request_id,
    })
}
