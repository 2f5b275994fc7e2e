//! `given(claim).at(time).when(command).then([events])`.

use chrono::{DateTime, Utc};
use domain::{Claim, Event, Policy, Rejection, Standing, evolve};

use crate::fixtures::{Asked, at};

/// A claim about to be asked something, under the default policy unless another is named.
#[must_use]
pub struct Given {
    claim: Claim,
    policy: Policy,
    now: DateTime<Utc>,
}

/// What came of it.
#[must_use]
pub struct Outcome {
    before: Claim,
    now: DateTime<Utc>,
    result: Result<Vec<Event>, Rejection>,
}

pub fn given(claim: Claim) -> Given {
    let now = claim.updated_at;
    Given { claim, policy: Policy::default(), now }
}

impl Given {
    pub fn at(self, time: &str) -> Self {
        Self { now: at(time), ..self }
    }

    pub fn under(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    pub fn when(self, asked: impl Into<Asked>) -> Outcome {
        let result = asked.into().decided(&self.claim, &self.policy, self.now);
        Outcome { before: self.claim, now: self.now, result }
    }
}

impl Outcome {
    /// Exactly these events happen. Answers the claim after them.
    #[track_caller]
    pub fn then<const N: usize>(self, expected: [Event; N]) -> Claim {
        assert_eq!(self.result, Ok(expected.to_vec()));
        self.after()
    }

    #[track_caller]
    pub fn rejects(self, code: &str) -> Rejection {
        match self.result {
            Err(rejection) => {
                assert_eq!(rejection.code(), code, "{rejection}");
                rejection
            }
            Ok(events) => panic!("expected {code}, but it is accepted: {events:#?}"),
        }
    }

    #[track_caller]
    pub fn changes_nothing(self) {
        assert_eq!(self.result, Ok(Vec::new()));
    }

    /// It is accepted, and leaves the claim in this standing.
    #[track_caller]
    pub fn leads_to(self, standing: Standing) -> Claim {
        let after = self.after();
        assert_eq!(after.status(), standing);
        after
    }

    /// Which standing it leads to, `-` for nothing, `!` for a claim that is not where the command applies, or the code
    /// of another rejection.
    pub fn in_short(&self) -> &'static str {
        match &self.result {
            Ok(events) if events.is_empty() => "-",
            Ok(events) => evolve(&self.before, events, self.now).status().code(),
            Err(Rejection::NotInThisStatus { .. }) => "!",
            Err(rejection) => rejection.code(),
        }
    }

    #[track_caller]
    pub fn events(&self) -> &[Event] {
        match &self.result {
            Ok(events) => events,
            Err(rejection) => panic!("{}: {rejection}", rejection.code()),
        }
    }

    /// The claim after what happened, which must be something.
    #[track_caller]
    pub fn after(&self) -> Claim {
        assert!(!self.events().is_empty(), "nothing happened");
        evolve(&self.before, self.events(), self.now)
    }
}

/// Brings a claim to where a test starts, one real step after the other.
pub trait Story: Sized {
    /// Carries out a command, which must change something.
    fn does(self, time: &str, asked: impl Into<Asked>) -> Self;
}

impl Story for Claim {
    #[track_caller]
    fn does(self, time: &str, asked: impl Into<Asked>) -> Self {
        given(self).at(time).when(asked).after()
    }
}
