//! Keeps the vendor's knowledge of partners, tenants and the catalogue: what operators put, and read back.

use std::sync::Arc;

use domain::field::{Field, Invalid, PartnerId, TenantId};
use domain::input::InputError;
use domain::{Action, Catalogue, Partner, Tenant};
use lambda_http::http::StatusCode;
use runtime::{Clock, Settings};
use serde_json::json;
use store::{Directory, Dynamo};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(_clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let claims = CallerClaims::from_settings(&settings);
    let store: Dynamo = runtime::table(&settings, &runtime::aws(&settings)?).await?;
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
            put(store.put_partner(&id, &partner).await?, &partner)
        }
        ("GET", ["partners", id]) => {
            let id: PartnerId = in_path(id)?;
            get(store.partner(&id).await?)
        }
        ("PUT", ["tenants", id]) => {
            let id: TenantId = in_path(id)?;
            let tenant = Tenant::parse(&request.json()?)?;
            put(store.put_tenant(&id, &tenant).await?, &tenant)
        }
        ("GET", ["tenants", id]) => {
            let id: TenantId = in_path(id)?;
            get(store.tenant(&id).await?)
        }
        ("PUT", ["catalogue"]) => {
            let catalogue = Catalogue::parse(&request.json()?)?;
            put(store.put_catalogue(&catalogue).await?, &catalogue)
        }
        ("GET", ["catalogue"]) => get(Some(store.catalogue().await?.unwrap_or_else(Catalogue::standard))),
        _ => Err(ApiError::NotFound),
    }
}

/// An ID in the path of a PUT is input, not a guess at what there is: a wrong one is told what it must be.
fn in_path<T: Field>(text: &str) -> Result<T, ApiError> {
    T::parse(text)
        .map_err(|Invalid { code, detail }| ApiError::Invalid(vec![InputError::at("path", code, detail)]))
}

fn put<T: serde::Serialize>(new: bool, value: &T) -> Answer {
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(web::answer(status, &json!(value)))
}

fn get<T: serde::Serialize>(value: Option<T>) -> Answer {
    Ok(web::answer(StatusCode::OK, &json!(value.ok_or(ApiError::NotFound)?)))
}
