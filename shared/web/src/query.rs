//! Which claims a list or an export is asked for.

use domain::field::{Field, Invalid, PartnerId, TenantId};
use domain::input::InputError;
use domain::{Program, Standing};
use store::{ClaimQuery, Sort};

use crate::{ApiError, ApiRequest};

/// The parameters that a list of claims is asked for with, apart from those of its pages.
pub const CLAIM_FILTERS: [&str; 6] = ["status", "program", "tenant_id", "q", "sort", "partner_id"];

/// Which claims a request asks for; `None` for another partner's, of which there are none to see.
///
/// # Errors
/// [`ApiError::Invalid`] with these errors and all that are found.
pub fn claim_query(
    request: &ApiRequest,
    mut errors: Vec<InputError>,
) -> Result<Option<ClaimQuery>, ApiError> {
    let named: Option<PartnerId> = request.parameter("partner_id", &mut errors);
    let order =
        request.parameter("sort", &mut errors).unwrap_or(Order { sort: Sort::Created, descending: true });
    let status: Option<Standing> = request.parameter("status", &mut errors);
    let program: Option<Program> = request.parameter("program", &mut errors);
    let tenant: Option<TenantId> = request.parameter("tenant_id", &mut errors);
    let partner = request.partner().cloned().or_else(|| named.clone());
    if partner.is_none() && errors.is_empty() {
        let detail = "is required for the vendor's staff, unless queue=review is asked for";
        errors.push(InputError::at("?partner_id", "required", detail));
    }
    let Some(partner) = partner.filter(|_| errors.is_empty()) else { return Err(errors.into()) };
    let name_contains = request.query("q").map(|q| q.chars().take(120).collect());
    let (sort, descending) = (order.sort, order.descending);
    let foreign = named.is_some_and(|named| named != partner);
    let query = ClaimQuery { partner, status, program, tenant, name_contains, sort, descending };
    Ok((!foreign).then_some(query))
}

/// `sort=created`, `sort=-created`, `sort=deadline`, `sort=-deadline`.
struct Order {
    sort: Sort,
    descending: bool,
}

impl Field for Order {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let sort = match name {
            "created" => Sort::Created,
            "deadline" => Sort::Deadline,
            _ => {
                return Err(Invalid::new(
                    "unknown_value",
                    "must be created, -created, deadline or -deadline",
                ));
            }
        };
        Ok(Self { sort, descending })
    }
}
