//! Slots: one per tenant and scope. Who holds a slot is the partner of record; that is the one place that says so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::claim::standing::Standing;
use crate::directory::program::{Program, Scope};
use crate::value::field::PartnerId;
use crate::value::field::TenantId;
use crate::value::id::{AssociationId, ClaimId};

/// Who is partner of record for a scope of a tenant, and whose claims to it are open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slot {
    /// Counts changes; 0 for a slot that nobody has claimed yet.
    pub version: u64,
    /// The partner of record.
    pub holder: Option<Holder>,
    /// Open claims to it.
    pub claimants: BTreeSet<Claimant>,
}

impl Slot {
    /// Whether somebody holds it, or has an open claim to it.
    pub fn is_claimed(&self) -> bool {
        self.holder.is_some() || !self.claimants.is_empty()
    }

    /// Its holder, if it holds it by this association.
    pub fn held_by(&self, association: &AssociationId) -> Option<&Holder> {
        self.holder.as_ref().filter(|holder| holder.association == *association)
    }
}

/// The partner of record for a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its association.
    pub association: AssociationId,
    /// The partner.
    pub partner: PartnerId,
    /// The programme it holds the scope under.
    pub program: Program,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// An open claim to a slot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claimant {
    /// Whose it is.
    pub partner: PartnerId,
    /// The claim.
    pub claim: ClaimId,
}

/// An association as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// Its ID.
    pub id: AssociationId,
    /// The tenant.
    pub tenant: TenantId,
    /// The scope.
    pub scope: Scope,
    /// Who holds, or held, it.
    pub holder: Holder,
    /// How and when it ended; `None` while it is official.
    pub ended: Option<(DateTime<Utc>, Standing)>,
}

/// The slots of a claim's scopes, as they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slots(BTreeMap<Scope, Slot>);

impl Slots {
    /// The slot of a scope, an empty one where nothing is stored; `None` for one that was not read.
    pub fn get(&self, scope: &Scope) -> Option<&Slot> {
        self.0.get(scope)
    }

    /// The slots that were read, by their scopes.
    pub fn iter(&self) -> impl Iterator<Item = (&Scope, &Slot)> {
        self.0.iter()
    }
}

impl FromIterator<(Scope, Slot)> for Slots {
    fn from_iter<I: IntoIterator<Item = (Scope, Slot)>>(slots: I) -> Self {
        Self(slots.into_iter().collect())
    }
}
