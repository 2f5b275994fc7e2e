//! Claims as CSV that spreadsheet programs open safely.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::Claim;
const COLUMNS: [&str; 17] = [
    "id",
    "name",
    "status",
    "program",
    "activity",
    "tenant_id",
    "domain",
    "scopes",
    "standings",
    "reasons",
    "deadline",
    "action_due",
    "dispute_until",
    "customer_contact.email",
    "partner_contact.email",
    "created_at",
    "updated_at",
];

/// A table of claims.
pub(crate) struct Table(csv::Writer<Vec<u8>>);

impl Table {
    /// A table with its header.
    pub fn new() -> Self {
        let mut table = Self(csv::Writer::from_writer(Vec::new()));
        table.row(COLUMNS.map(str::to_owned));
        table
    }

    /// Adds a claim.
    pub fn add(&mut self, claim: &Claim) {
        let details = &claim.details;
        let each = |of: &dyn Fn(&domain::ClaimedScope) -> String| {
            claim.scopes.iter().map(of).collect::<Vec<_>>().join("; ")
        };
        self.row([
            claim.id.to_string(),
            details.name.to_string(),
            claim.status().to_string(),
            details.program.to_string(),
            details.activity.to_string(),
            details.tenant_id.to_string(),
            details.domain.to_string(),
            each(&|scope| scope.scope.to_string()),
            each(&|scope| scope.standing().to_string()),
            each(&|scope| {
                scope.reasons().iter().map(|reason| reason.code.code()).collect::<Vec<_>>().join(" ")
            }),
            time(claim.deadline()),
            time(claim.action_due()),
            time(claim.dispute_until()),
            details.customer_contact.email.to_string(),
            details.partner_contact.email.to_string(),
            time(Some(claim.created_at)),
            time(Some(claim.updated_at)),
        ]);
    }

    /// How many bytes there are to take, but for the last few rows.
    pub fn len(&self) -> usize {
        self.0.get_ref().len()
    }

    /// Takes the rows that there are, and goes on without them.
    pub fn take(&mut self) -> Vec<u8> {
        let rows = std::mem::replace(&mut self.0, csv::Writer::from_writer(Vec::new()));
        // Writing into memory does not fail.
        rows.into_inner().unwrap_or_default()
    }

    fn row(&mut self, cells: [String; COLUMNS.len()]) {
        // Writing into memory does not fail.
        let _ = self.0.write_record(cells.map(harmless));
    }
}

/// A cell that no spreadsheet program takes for a formula, as OWASP advises: such text gets an apostrophe before it. Some
/// programs pass over what is not seen, and take signs of full width for the ordinary ones.
fn harmless(cell: String) -> String {
    let unseen =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    let first = cell.trim_start_matches(unseen).chars().next();
    let formula = first.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
    if formula || cell.starts_with(['\t', '\r']) { format!("'{cell}") } else { cell }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u{feff}=1", "\u{ff1d}1+1"] {
            assert_eq!(harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(harmless("Contoso = Teams".to_owned()), "Contoso = Teams");
    }
}
