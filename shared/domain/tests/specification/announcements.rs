//! What other systems are told of a change, and that its description knows all of it.

use std::collections::BTreeSet;

use domain::{Announcement, Event, Program, Standing, announcement};
use serde_json::Value;

use crate::driver::given;
use crate::fixtures::*;

/// The values that the published schema allows at a pointer.
fn allowed(pointer: &str) -> BTreeSet<String> {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../infra/events/claim-event.schema.json")).unwrap();
    let values = schema.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("{pointer}"));
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

fn set<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    values.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_schema_knows_every_kind_status_and_programme() {
    let kinds = Announcement::ALL.iter().map(|kind| kind.code());
    assert_eq!(allowed("/properties/detail-type/enum"), set(kinds));
    let detail = |member: &str| allowed(&format!("/properties/detail/properties/{member}/enum"));
    assert_eq!(detail("status"), set(Standing::ALL.iter().map(|status| status.code())));
    assert_eq!(detail("program"), set(Program::ALL.iter().map(|program| program.code())));
}

#[test]
fn an_event_is_called_what_the_history_calls_it_and_the_schema_knows_it() {
    let known = allowed("/properties/detail/properties/happened/items/enum");
    let events = [
        given(draft()).at(REVIEWED).when(submit()).events().to_vec(),
        given(awaiting()).at(WITHIN).when(decline()).events().to_vec(),
        given(awaiting()).at(WITHIN).when(bounced(1)).events().to_vec(),
        given(awaiting()).at(WITHIN).when(comment()).events().to_vec(),
        given(official()).at(AFTER).when(disassociate()).events().to_vec(),
        vec![Event::Created],
    ]
    .concat();
    for event in events {
        assert_eq!(serde_json::to_value(&event).unwrap()["event"], event.name());
        assert_eq!(known.contains(event.name()), event.is_recorded(), "{}", event.name());
    }
}

#[test]
fn a_change_is_announced_by_the_most_telling_of_what_happened() {
    let told = |outcome: &[Event]| announcement(outcome);
    let submitted = given(draft()).at(REVIEWED).when(submit());
    assert!(submitted.events().len() > 1, "approved at once");
    assert_eq!(told(submitted.events()), Some(Announcement::ClaimSubmitted));
    assert_eq!(told(&[Event::Created]), Some(Announcement::ClaimChanged));
    let scopes = vec![s(1)];
    for (event, expected) in [
        (became_official(&[1], false), Announcement::AssociationOfficial),
        (Event::Declined { scopes: scopes.clone(), by: None, reason: None }, Announcement::ClaimDeclined),
        (Event::Expired { scopes: scopes.clone() }, Announcement::ClaimEnded),
        (Event::Withdrawn { scopes, reason: None }, Announcement::ClaimEnded),
    ] {
        assert_eq!(told(std::slice::from_ref(&event)), Some(expected), "{}", event.name());
    }
    assert_eq!(
        told(given(awaiting()).at(WITHIN).when(remind(1)).events()),
        None,
        "nobody reads it in the history"
    );
}
