//! Tables and lines, tried with whatever callers might send: never a panic, an answer for each row, a named error for each that
//! is none. `PROPTEST_CASES` says how many inputs each property is tried with.

use domain::Submission;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{lines, table};
use web::ApiError;

fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_210_503),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A cell as a spreadsheet writes it.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_a_table_or_refused_by_name(text in prop_oneof![any::<String>(), "[a-z_.,;|=:@\"\r\n ]{0,200}"]) {
        match table::rows(&text) {
            Err(ApiError::Invalid(errors)) => prop_assert!(!errors.is_empty() && errors.len() <= 20),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
            Ok(rows) => for row in rows.into_iter().flatten() {
                prop_assert!(row.is_object());
            },
        }
    }

    #[test]
    fn any_cells_under_a_right_header_are_a_body_that_is_read_or_refused_by_name(
        rows in prop::collection::vec((any::<String>(), any::<String>(), "[a-z:@;|= -]{0,40}", any::<String>()), 1..5),
    ) {
        let mut text = "name,customer_contact.email,scopes,evidence\r\n".to_owned();
        for (name, email, scopes, evidence) in &rows {
            text += &format!("{},{},{},{}\r\n", cell(name), cell(email), cell(scopes), cell(evidence));
        }
        let Ok(read) = table::rows(&text) else { return Err(TestCaseError::fail("the header is right")) };
        prop_assert_eq!(read.len(), rows.len(), "a row for each: {:?}", text);
        for (row, (name, ..)) in read.into_iter().zip(&rows) {
            let Ok(body) = row else { return Err(TestCaseError::fail("every row has its cells")) };
            // What is typed into one cell stays in it.
            prop_assert_eq!(body["name"].as_str().unwrap_or_default(), name.trim());
            prop_assert!(Submission::parse(&body).is_err_and(|errors| !errors.is_empty()));
        }
    }

    #[test]
    fn any_text_is_lines_of_which_each_is_json_or_refused(text in prop_oneof![any::<String>(), "[\\[\\]{}\":,0-9a-z \r\n]{0,120}"]) {
        let rows = lines(&text);
        prop_assert_eq!(rows.len(), text.lines().filter(|line| !line.trim().is_empty()).count());
        for row in rows {
            prop_assert!(!matches!(row, Err(error) if !matches!(error, ApiError::NotJson(_))));
        }
    }
}
