//! `POST /claims/bulk`: up to 1,000 claims in one request, as JSON lines or CSV. Each row stands for itself: it is created,
//! was created before, or is refused with its errors; one bad row spoils no other.
//!
//! A row's claim is named after the request's key and the row's number, so that repeating the call creates what is
//! missing and repeats what is there. A call that runs out of time says which rows it has not tried.

mod table;

use std::time::{Duration, Instant};

use domain::input::InputError;
use domain::{Action, ClaimId};
use futures_util::{StreamExt, stream};
use lambda_http::http::StatusCode;
use serde_json::{Value, json};
use store::{Claims, Executor, Lists};
use web::{Answer, ApiError, ApiRequest};

use crate::create::{Outcome, once, stated};

/// The most rows of one request.
const MOST_ROWS: usize = 1000;
/// The largest body, in bytes: below the 6 MB that Lambda takes in one event, with room for its wrapping.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How many errors an answer names over all its rows. Lambda answers with 6 MB at most, and an error can take 700 bytes.
const MOST_ERRORS: usize = 5000;
/// How many rows are under way at once. A row is two calls of the database that mostly wait.
const AT_ONCE: usize = 16;
/// When no further row is begun. The API's gateway waits for 30 seconds.
const TIME: Duration = Duration::from_secs(20);

/// A row as it was read: its claim's body, or why it has none.
type Row = Result<Value, ApiError>;

pub(crate) async fn bulk<S: Claims + Lists>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    let role = request.allow(Action::Submit)?;
    let key = request.idempotency_key()?;
    let partner = request.partner().ok_or(ApiError::Forbidden)?;
    let text = request.text(MOST_BYTES)?;
    let rows = match request.media_type().as_str() {
        "text/csv" => table::rows(text)?,
        _ => lines(text),
    };
    if rows.is_empty() || rows.len() > MOST_ROWS {
        let detail = format!("must have 1 to {MOST_ROWS} rows; this has {}", rows.len());
        return Err(ApiError::Invalid(vec![InputError::at("", "wrong_number_of_rows", detail)]));
    }
    let began = Instant::now();
    let tried = rows.into_iter().zip(1..).map(|(row, number)| {
        let (id, actor) = (ClaimId::of_row(partner, &key, number), request.actor(role));
        async move {
            if began.elapsed() > TIME {
                return json!({ "row": number, "outcome": "not_tried" });
            }
            let created = match row {
                Ok(body) => match stated(id, partner, actor, &body) {
                    Ok(creation) => once(executor, &creation).await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            shown(number, created)
        }
    });
    let mut rows: Vec<Value> = stream::iter(tried).buffered(AT_ONCE).collect().await;
    let left_out = shortened(&mut rows);
    let count = |outcome: &str| rows.iter().filter(|row| row["outcome"] == outcome).count();
    let body = json!({
        "created": count("created"),
        "repeated": count("repeated"),
        "refused": count("refused"),
        "not_tried": count("not_tried"),
        "errors_left_out": left_out,
        "rows": rows,
    });
    Ok(web::answer(StatusCode::OK, &body))
}

/// Leaves out the errors beyond [`MOST_ERRORS`], and says how many.
fn shortened(rows: &mut [Value]) -> usize {
    let (mut room, mut left_out) = (MOST_ERRORS, 0);
    for errors in rows.iter_mut().filter_map(|row| row.get_mut("errors")?.as_array_mut()) {
        left_out += errors.len().saturating_sub(room);
        errors.truncate(room);
        room -= errors.len();
    }
    left_out
}

fn lines(text: &str) -> Vec<Row> {
    // Some programs begin a text with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let row = |line: &str| serde_json::from_str(line).map_err(|error| ApiError::NotJson(error.to_string()));
    text.lines().filter(|line| !line.trim().is_empty()).map(row).collect()
}

fn shown(row: usize, created: Result<Outcome, ApiError>) -> Value {
    let claim = |outcome: &str, claim: &domain::Claim| json!({ "row": row, "outcome": outcome, "claim_id": claim.id, "status": claim.status().code() });
    match created {
        Ok(Outcome::Created(created)) => claim("created", &created),
        Ok(Outcome::Repeated(created)) => claim("repeated", &created),
        // Whether it was stored is not known; a repeated call will tell.
        Err(error) if error.is_ours() => {
            error.log(row);
            json!({ "row": row, "outcome": "not_tried" })
        }
        Err(ApiError::Busy) => json!({ "row": row, "outcome": "not_tried" }),
        Err(error) => {
            let mut shown = error.row();
            shown["row"] = json!(row);
            shown["outcome"] = json!("refused");
            shown
        }
    }
}

#[cfg(test)]
mod parsers;
