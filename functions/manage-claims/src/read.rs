//! What callers read.

use domain::field::TenantId;
use domain::input::InputError;
use domain::{Action, Claim};
use lambda_http::http::StatusCode;
use store::{Claims, Lists};
use web::view::{self, Page, Review, Side};
use web::{Answer, ApiError, ApiRequest};

use crate::ManageClaims;

/// `GET /claims`: a partner's own, or for the vendor's staff a partner's or the review queue.
pub(crate) async fn claims<S: Lists>(state: &ManageClaims<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::ReadClaims)?;
    if request.query("queue").is_some() {
        return queue(state, request).await;
    }
    let mut errors =
        request.unknown_parameters(&[web::CLAIM_FILTERS.as_slice(), &["limit", "cursor", "queue"]].concat());
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    let Some(query) = web::claim_query(request, errors)? else {
        return Ok(web::answer(StatusCode::OK, &Page::<view::Claim<'_>>::empty()));
    };
    let page = state.store.claims(&query, limit, cursor.as_ref()).await?;
    Ok(web::answer(StatusCode::OK, &Page::new(page.items.iter().map(view::Claim::from), page.next.as_ref())))
}

/// `GET /claims?queue=review`: what waits for a reviewer, due first first.
async fn queue<S: Lists>(state: &ManageClaims<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::Review)?;
    let mut errors = request.unknown_parameters(&["queue", "limit", "cursor"]);
    if request.query("queue").as_deref() != Some("review") {
        errors.push(InputError::at("?queue", "unknown_value", "must be review"));
    }
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let page = state.store.review_queue(limit, cursor.as_ref()).await?;
    let slots = state.store.slots_of(&page.items).await?;
    let rivals = state.store.claims_by_id(&view::rivals(&page.items, &slots)).await?;
    let reviews = page.items.iter().zip(&slots).map(|(claim, slots)| Review::new(claim, slots, &rivals));
    Ok(web::answer(StatusCode::OK, &Page::new(reviews, page.next.as_ref())))
}

/// `GET /claims/{id}`; for the vendor's staff with what stands against it.
pub(crate) async fn claim<S: Claims + Lists>(
    state: &ManageClaims<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    let claim = visible(state, request, id).await?;
    if request.partner().is_some() {
        return Ok(web::answer_claim(StatusCode::OK, &claim));
    }
    let slots = state.store.slots_of(std::slice::from_ref(&claim)).await?;
    let rivals = state.store.claims_by_id(&view::rivals(std::slice::from_ref(&claim), &slots)).await?;
    let slots = slots.into_iter().next().unwrap_or_default();
    Ok(web::answer_shown(StatusCode::OK, &claim, &Review::new(&claim, &slots, &rivals)))
}

/// `GET /claims/{id}/history`.
pub(crate) async fn history<S: Claims + Lists>(
    state: &ManageClaims<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    let claim = visible(state, request, id).await?;
    let mut errors = request.unknown_parameters(&["limit", "cursor"]);
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let page = state.store.history(&claim.id, limit, cursor.as_ref()).await?;
    let to = if request.partner().is_some() { Side::Partner } else { Side::Vendor };
    let items = page.items.iter().map(|transition| view::Transition::new(transition, to));
    Ok(web::answer(StatusCode::OK, &Page::new(items, page.next.as_ref())))
}

/// `GET /associations`: a partner's own, or for the vendor's staff those of a tenant.
pub(crate) async fn associations<S: Lists>(state: &ManageClaims<S>, request: &ApiRequest) -> Answer {
    let mut errors = request.unknown_parameters(&["tenant_id", "limit", "cursor"]);
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    let tenant: Option<TenantId> = request.parameter("tenant_id", &mut errors);
    let page = match request.partner() {
        Some(partner) => {
            request.allow(Action::ReadOwnAssociations)?;
            if !errors.is_empty() {
                return Err(errors.into());
            }
            let mut page = state.store.associations(partner, limit, cursor.as_ref()).await?;
            page.items
                .retain(|association| tenant.as_ref().is_none_or(|tenant| association.tenant == *tenant));
            page
        }
        None => {
            request.allow(Action::ReadTenantAssociations)?;
            if tenant.is_none() && errors.is_empty() {
                errors.push(InputError::at("?tenant_id", "required", "is required for the vendor's staff"));
            }
            let Some(tenant) = tenant.filter(|_| errors.is_empty()) else { return Err(errors.into()) };
            state.store.tenant_associations(&tenant, limit, cursor.as_ref()).await?
        }
    };
    let items = page.items.iter().map(view::Association::from);
    Ok(web::answer(StatusCode::OK, &Page::new(items, page.next.as_ref())))
}

/// A claim that the caller may see; any other is not found.
async fn visible<S: Claims>(
    state: &ManageClaims<S>,
    request: &ApiRequest,
    id: &str,
) -> Result<Claim, ApiError> {
    request.allow(Action::ReadClaims)?;
    let claim = state.store.claim(&request.claim_id(id)?).await?;
    claim.filter(|claim| request.may_see(&claim.details.partner_id)).ok_or(ApiError::NotFound)
}
