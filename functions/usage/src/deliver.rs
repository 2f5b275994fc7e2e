//! What operators deliver.

use domain::input::InputError;
use domain::{Action, Delivery, RowOutcome};
use lambda_http::http::StatusCode;
use serde_json::{Value, json};
use store::{Executor, UsageFigures};
use web::{Answer, ApiRequest};

/// `POST /usage`: JSON lines. The same figures twice are stored once, so that a delivery can be repeated as a whole.
pub(crate) async fn deliver<S: UsageFigures>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::DeliverUsage)?;
    let delivery = Delivery::parse(request.lines()?)?;
    let figures: Vec<_> = delivery
        .rows
        .iter()
        .filter_map(|(_, fate)| if let RowOutcome::Stored(usage) = fate { Some(usage) } else { None })
        .collect();
    let left =
        if figures.is_empty() { Default::default() } else { executor.store.put_figures(&figures).await? };
    let (mut stored, mut replaced, mut refused) = (0_usize, 0_usize, 0_usize);
    let mut place = 0..figures.len();
    let mut row = |(line, fate): &(usize, RowOutcome)| -> Value {
        match fate {
            RowOutcome::Stored(_) if place.next().is_some_and(|place| left.contains(&place)) => {
                refused += 1;
                let detail = "the database was too busy; send this row, or the same delivery, again";
                let errors = [InputError::at("", "try_again", detail)];
                json!({ "row": line, "status": "refused", "errors": errors })
            }
            RowOutcome::Stored(_) => {
                stored += 1;
                json!({ "row": line, "status": "stored" })
            }
            RowOutcome::Replaced { by } => {
                replaced += 1;
                json!({ "row": line, "status": "replaced", "by": by })
            }
            RowOutcome::Refused(errors) => {
                refused += 1;
                json!({ "row": line, "status": "refused", "errors": errors })
            }
        }
    };
    let rows: Vec<_> = delivery.rows.iter().map(&mut row).collect();
    Ok(web::answer(
        StatusCode::OK,
        &json!({
            "stored": stored,
            "replaced": replaced,
            "refused": refused,
            "errors_left_out": delivery.errors_left_out,
            "rows": rows,
        }),
    ))
}
