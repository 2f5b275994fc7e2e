//! The end: nothing goes wrong any more, and everything has to come to rest.

use chrono::TimeDelta;

use super::History;
use crate::cast::{Call, decision};
use crate::table::Kept;
use crate::watch;
use crate::world::open;

impl History {
    /// Nothing goes wrong any more, and time runs on until nothing is left to do.
    pub(super) fn settle(&mut self) {
        self.finish_all();
        let mut world = open(&self.world);
        world.fault_rate = 0;
        world.outage = None;
        world.note("settling");
        drop(world);
        self.settling = true;
        for _ in 0..2000 {
            if self.is_broken() {
                return;
            }
            open(&self.world).figures.settling += 1;
            if self.fire_something() {
                self.finish_all();
                watch::owned(&mut open(&self.world));
                continue;
            }
            if let Some(call) = self.review() {
                self.start_call(call);
                self.finish_all();
                continue;
            }
            let overdue = {
                let world = open(&self.world);
                let claims = world.table.claims.values().map(Kept::get);
                claims.filter_map(domain::due_at).min()
            };
            let now = self.now();
            if overdue.is_some_and(|due| due <= now) && self.reconciled < now {
                self.start_reconcile();
                self.finish_all();
                continue;
            }
            let next = self.next_due().into_iter().chain(overdue.filter(|due| *due > now)).min();
            let later =
                if overdue.is_some_and(|due| due <= now) { Some(now + TimeDelta::minutes(5)) } else { None };
            match next.into_iter().chain(later).min() {
                Some(next) => open(&self.world).now = next,
                None => break,
            }
        }
        let mut world = open(&self.world);
        let left = world.schedules.values().filter(|schedule| !schedule.lost).count()
            + world.fired.len()
            + world.news.len();
        let left = left
            + self.retries.len()
            + world.stream.values().map(|records| records.len()).sum::<usize>()
            + world.tenant_stream.len()
            + self.dead_records.len()
            + self.dead_tenants.len()
            + self.dead_timers.len()
            + self.dead_news.len();
        world
            .hold("3: every timer, record and event is worked off", left == 0, || format!("{left} are left"));
        watch::settled(&mut world);
    }

    /// A reviewer takes the next of the queue.
    fn review(&mut self) -> Option<Call> {
        let claim = {
            let world = open(&self.world);
            let claims = world.table.claims.values().map(Kept::get);
            let mut waiting: Vec<_> = claims.filter(|claim| claim.review_due().is_some()).collect();
            waiting.sort_by_key(|claim| claim.review_due());
            waiting.first().map(|claim| (*claim).clone())?
        };
        let call = decision(&mut self.rng, &claim);
        // Some claims have had all their notices: they can only be rejected.
        let target = if call.what == "approve" && self.rng.below(2) == 0 { "reject" } else { call.what };
        let body = if target == "approve" {
            "{}".to_owned()
        } else {
            r#"{"reasons":[{"code":"missing_dates"}]}"#.to_owned()
        };
        Some(Call {
            what: "review at the end",
            target: format!("/claims/{}/{target}", claim.id),
            body,
            event: None,
            if_match: Some(claim.version),
            ..call
        })
    }
}
