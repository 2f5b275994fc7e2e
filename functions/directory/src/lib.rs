//! Keeps the vendor's knowledge of partners, tenants and the catalogue: what operators put, and read back.

use std::sync::Arc;

use domain::field::{Field, Invalid, PartnerId, TenantId};
use domain::input::InputError;
use domain::{Action, Catalogue, Partner, Tenant};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response};
use runtime::{Clock, Settings};
use serde::Serialize;
use store::{Directory, Dynamo};
use web::{Answer, ApiError, ApiRequest, CallerClaims, view};

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(_clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let claims = CallerClaims::from_settings(&settings);
    let store = Dynamo::open(&settings, &runtime::aws(&settings)?).await?;
    web::serve(store, claims, handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S: Directory>(store: Arc<S>, request: ApiRequest) -> Answer {
    request.allow(Action::ManageDirectory)?;
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("PUT", ["partners", id]) => {
            let id: PartnerId = in_path(id)?;
            let partner = Partner::parse(&request.json()?)?;
            Ok(put(store.put_partner(&id, &partner).await?, &view::Partner::from(&partner)))
        }
        ("GET", ["partners", id]) => {
            let id: PartnerId = in_path(id)?;
            let partner = store.partner(&id).await?.ok_or(ApiError::NotFound)?;
            Ok(web::answer(StatusCode::OK, &view::Partner::from(&partner)))
        }
        ("PUT", ["tenants", id]) => {
            let id: TenantId = in_path(id)?;
            let tenant = Tenant::parse(&request.json()?)?;
            Ok(put(store.put_tenant(&id, &tenant).await?, &view::Tenant::from(&tenant)))
        }
        ("GET", ["tenants", id]) => {
            let id: TenantId = in_path(id)?;
            let tenant = store.tenant(&id).await?.ok_or(ApiError::NotFound)?;
            Ok(web::answer(StatusCode::OK, &view::Tenant::from(&tenant)))
        }
        ("PUT", ["catalogue"]) => {
            let catalogue = Catalogue::parse(&request.json()?)?;
            Ok(put(store.put_catalogue(&catalogue).await?, &view::Catalogue::from(&catalogue)))
        }
        ("GET", ["catalogue"]) => {
            let catalogue = store.catalogue().await?.unwrap_or_else(Catalogue::standard);
            Ok(web::answer(StatusCode::OK, &view::Catalogue::from(&catalogue)))
        }
        _ => Err(ApiError::NotFound),
    }
}

/// An ID in the path of a PUT is input, not a guess at what there is: a wrong one is told what it must be.
fn in_path<T: Field>(text: &str) -> Result<T, ApiError> {
    T::parse(text)
        .map_err(|Invalid { code, detail }| ApiError::Invalid(vec![InputError::at("path", code, detail)]))
}

/// The answer to a PUT: 201 for what is new.
fn put(new: bool, shown: &impl Serialize) -> Response<Body> {
    web::answer(if new { StatusCode::CREATED } else { StatusCode::OK }, shown)
}
