//! The domain's specification: what a claim becomes when something is asked of it, told as given, when, then.
//!
//! Times are fixed. The usual claim is made on Monday, 3 May 2021, for a customer in Prague (UTC+2 then): its customer is
//! told at noon there, and its window holds 4, 5, 6, 7 and 10 May, so that it ends at `2021-05-10T22:00:00Z`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod announcements;
mod any_sequence;
mod bodies;
mod checks;
mod customer;
mod driver;
mod fixtures;
mod insights;
mod links;
mod no_way_around;
mod notice_and_mail;
mod partner_moves;
mod promotion_and_competition;
mod review;
mod slots_and_effects;
mod submission;
mod table;
