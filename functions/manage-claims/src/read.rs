//! What callers read.

use domain::field::TenantId;
use domain::input::InputError;
use domain::{Action, Claim};
use lambda_http::http::StatusCode;
use store::{Claims, Executor, Lists};
use web::view::{self, Page, Review, Side};
use web::{Answer, ApiError, ApiRequest};

/// `GET /claims`: a partner's own, or for the vendor's staff a partner's or the review queue.
pub(crate) async fn claims<S: Lists>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::ReadClaims)?;
    if request.query("queue").is_some() {
        return queue(executor, request).await;
    }
    let mut errors =
        request.unknown_parameters(&[web::CLAIM_FILTERS.as_slice(), &["limit", "cursor", "queue"]].concat());
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    let Some(query) = web::claim_query(request, errors)? else {
        return Ok(web::answer(StatusCode::OK, &Page::<view::Claim<'_>>::empty()));
    };
    let page = executor.store.claims(&query, limit, cursor.as_ref()).await?;
    Ok(web::answer(StatusCode::OK, &Page::new(page.items.iter().map(view::Claim::from), page.next.as_ref())))
}

/// `GET /claims?queue=review`: what waits for a reviewer, due first first.
async fn queue<S: Lists>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::Review)?;
    let mut errors = request.unknown_parameters(&["queue", "limit", "cursor"]);
    if request.query("queue").as_deref() != Some("review") {
        errors.push(InputError::at("?queue", "unknown_value", "must be review"));
    }
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let page = executor.store.review_queue(limit, cursor.as_ref()).await?;
    let slots = executor.store.slots_of(&page.items).await?;
    let rivals = executor.store.claims_by_id(&view::rivals(&page.items, &slots)).await?;
    let reviews = page.items.iter().zip(&slots).map(|(claim, slots)| Review::new(claim, slots, &rivals));
    Ok(web::answer(StatusCode::OK, &Page::new(reviews, page.next.as_ref())))
}

/// `GET /claims/{id}`; for the vendor's staff with what stands against it.
pub(crate) async fn claim<S: Claims + Lists>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    let claim = visible(executor, request, id).await?;
    if request.partner().is_some() {
        return Ok(web::answer_claim(StatusCode::OK, &claim));
    }
    let slots = executor.store.slots_of(std::slice::from_ref(&claim)).await?;
    let rivals = executor.store.claims_by_id(&view::rivals(std::slice::from_ref(&claim), &slots)).await?;
    let slots = slots.into_iter().next().unwrap_or_default();
    Ok(web::answer_shown(StatusCode::OK, &claim, &Review::new(&claim, &slots, &rivals)))
}

/// `GET /claims/{id}/history`.
pub(crate) async fn history<S: Claims + Lists>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
) -> Answer {
    let claim = visible(executor, request, id).await?;
    let mut errors = request.unknown_parameters(&["limit", "cursor"]);
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let page = executor.store.history(&claim.id, limit, cursor.as_ref()).await?;
    let to = if request.partner().is_some() { Side::Partner } else { Side::Vendor };
    let items = page.items.iter().map(|transition| view::Transition::new(transition, to));
    Ok(web::answer(StatusCode::OK, &Page::new(items, page.next.as_ref())))
}

/// `GET /associations`: a partner's own, or for the vendor's staff those of a tenant.
pub(crate) async fn associations<S: Lists>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    let mut errors = request.unknown_parameters(&["tenant_id", "limit", "cursor"]);
    let (limit, cursor) = (request.limit(&mut errors), request.cursor(&mut errors));
    let tenant: Option<TenantId> = request.parameter("tenant_id", &mut errors);
    let page = match request.partner() {
        Some(partner) => {
            request.allow(Action::ReadOwnAssociations)?;
            if !errors.is_empty() {
                return Err(errors.into());
            }
            let mut page = executor.store.associations(partner, limit, cursor.as_ref()).await?;
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
            executor.store.tenant_associations(&tenant, limit, cursor.as_ref()).await?
        }
    };
    let items = page.items.iter().map(view::Association::from);
    Ok(web::answer(StatusCode::OK, &Page::new(items, page.next.as_ref())))
}

/// A claim that the caller may see; any other is not found.
async fn visible<S: Claims>(
    executor: &Executor<S>,
    request: &ApiRequest,
    id: &str,
) -> Result<Claim, ApiError> {
    request.allow(Action::ReadClaims)?;
    Ok(executor.claim(&request.claim_id(id)?, &request.sees()).await?)
}
