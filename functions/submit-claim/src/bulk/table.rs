//! Claims as CSV: a header of field names, dotted for fields within fields, and a claim a row.
//!
//! `scopes` holds scopes as `workload:teams` or `product:power_bi@<subscription>`, separated by semicolons;
//! `evidence` holds proofs as `signed_statement|2021-05-03|SOW-118`, separated likewise; a proof with a file or with who
//! acknowledged it begins with those, as in `file=evd_…|acknowledged_by=Jana Nováková|signed_statement|2021-05-03|SOW-118`.
//! An empty cell is an absent field.

use domain::input::InputError;
use serde_json::{Map, Value, json};
use web::ApiError;

use super::Row;

/// The columns that there are. Only `scopes` and what the claim itself requires have to be there.
const COLUMNS: &[&str] = &[
    "name",
    "program",
    "activity",
    "partner_id",
    "tenant_id",
    "domain",
    "scopes",
    "evidence",
    "comment",
    "draft",
    "customer_contact.name",
    "customer_contact.title",
    "customer_contact.email",
    "customer_contact.language",
    "customer_contact.country",
    "customer_contact.region",
    "customer_contact.time_zone",
    "second_contact.name",
    "second_contact.title",
    "second_contact.email",
    "second_contact.language",
    "second_contact.country",
    "second_contact.region",
    "second_contact.time_zone",
    "partner_contact.name",
    "partner_contact.email",
    "partner_contact.language",
];

/// How many wrong columns are named: each error says which columns there are, and a header may have a million.
const MOST_ERRORS: usize = 20;

/// The rows of a table.
///
/// # Errors
/// [`ApiError::Invalid`] when the header has columns that are not known, or one twice: then no row means anything.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, ApiError> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |code: &str, detail: String| InputError::at("", code, detail);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(ApiError::Invalid(vec![wrong("invalid_csv", error.to_string())])),
    };
    let mut errors = Vec::new();
    for (at, name) in header.iter().enumerate() {
        if errors.len() == MOST_ERRORS {
            break;
        }
        if !COLUMNS.contains(&name) {
            let shown: String = name.chars().take(60).collect();
            let detail = format!("`{shown}` is not a column; columns are {}", COLUMNS.join(", "));
            errors.push(wrong("unknown_column", detail));
        } else if header.iter().take(at).any(|other| other == name) {
            errors.push(wrong("repeated_column", format!("`{name}` is there twice")));
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::Invalid(errors));
    }
    let rows = reader.records().map(|record| match record {
        Ok(record) => Ok(claim(header.iter().zip(record.iter()))),
        Err(error) => Err(ApiError::Invalid(vec![wrong("invalid_csv", error.to_string())])),
    });
    Ok(rows.collect())
}

/// The body that a row amounts to, which is then parsed as any other.
fn claim<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let mut claim = Map::new();
    for (name, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        let value = match name {
            "scopes" => list(cell, scope),
            "evidence" => list(cell, evidence),
            "draft" => match cell {
                "true" => json!(true),
                "false" => json!(false),
                other => json!(other),
            },
            _ => json!(cell),
        };
        match name.split_once('.') {
            None => claim.insert(name.to_owned(), value),
            Some((outer, inner)) => {
                let object = claim.entry(outer).or_insert_with(|| json!({}));
                object[inner] = value;
                None
            }
        };
    }
    Value::Object(claim)
}

fn list(cell: &str, entry: fn(&str) -> Value) -> Value {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty()).map(entry).collect()
}

/// A bare code is a workload's.
fn scope(text: &str) -> Value {
    match text.split_once(':') {
        Some(("workload", code)) => json!({ "workload": code }),
        Some(("product", rest)) => {
            let (product, subscription) = rest.split_once('@').unwrap_or((rest, ""));
            json!({ "product": product, "subscription_id": subscription })
        }
        _ => json!({ "workload": text }),
    }
}

fn evidence(text: &str) -> Value {
    let mut proof = Map::new();
    let mut rest = text;
    // Named parts come first, because a reference may hold anything.
    while let Some((name, (value, more))) =
        rest.split_once('=').and_then(|(name, value)| Some((name.trim(), value.split_once('|')?)))
        && ["file", "acknowledged_by"].contains(&name)
    {
        proof.insert(name.to_owned(), json!(value.trim()));
        rest = more;
    }
    let mut parts = rest.splitn(3, '|').map(str::trim);
    for name in ["kind", "signed_on", "reference"] {
        proof.insert(name.to_owned(), json!(parts.next().unwrap_or_default()));
    }
    Value::Object(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_body_that_it_amounts_to() {
        let text = "name,scopes,evidence,customer_contact.email,comment,draft\n\
            \"Contoso, Teams\",workload:teams; product:power_bi@x,signed_statement|2021-05-03|SOW|118,a@b.com,,true\n";
        let [row] = rows(text).unwrap().try_into().unwrap();
        assert_eq!(
            row.unwrap(),
            json!({ "name": "Contoso, Teams", "draft": true,
                "scopes": [{ "workload": "teams" }, { "product": "power_bi", "subscription_id": "x" }],
                "evidence": [{ "kind": "signed_statement", "signed_on": "2021-05-03", "reference": "SOW|118" }],
                "customer_contact": { "email": "a@b.com" } })
        );
    }

    #[test]
    fn a_proof_may_begin_with_its_file_and_who_acknowledged_it() {
        assert_eq!(
            evidence("file=evd_1 | acknowledged_by=Jana | contract|2021-05-03|a=b|c"),
            json!({ "file": "evd_1", "acknowledged_by": "Jana", "kind": "contract",
                "signed_on": "2021-05-03", "reference": "a=b|c" })
        );
    }

    #[test]
    fn a_row_with_too_many_cells_spoils_no_other() {
        let found = rows("name,scopes\na,b\nc,d,e\nf,g\n").unwrap();
        assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    }

    #[test]
    fn a_header_of_a_million_columns_is_refused_in_a_few_words() {
        let ApiError::Invalid(errors) = rows(&"x,".repeat(1_000_000)).unwrap_err() else { panic!() };
        assert_eq!(errors.len(), MOST_ERRORS);
    }

    #[test]
    fn a_header_that_is_not_known_is_refused_as_a_whole() {
        let ApiError::Invalid(errors) = rows("nmae,name,name\na,b,c\n").unwrap_err() else { panic!() };
        let codes: Vec<_> = errors.iter().map(|error| error.code.as_str()).collect();
        assert_eq!(codes, ["unknown_column", "repeated_column"]);
    }
}
