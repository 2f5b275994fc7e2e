//! Figures of usage, who may read them, and who did.

use std::collections::BTreeSet;
use std::future::Future;

use chrono::{DateTime, Utc};
use domain::field::{PartnerId, TenantId};
use domain::{AssociationId, Figures, Holder, Month, Months, Scope, Usage};
use serde::{Deserialize, Serialize};

use crate::port::{Cursor, Page, StoreError};

/// An association as those see it who ask whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// Whose it is.
    pub partner: PartnerId,
    /// The tenant.
    pub tenant: TenantId,
    /// The scope.
    pub scope: Scope,
    /// What the slot says of it at this instant; `None` when it does not hold the slot.
    pub holder: Option<Holder>,
}

/// One read of figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The association whose figures were read.
    pub association: AssociationId,
    /// The partner.
    pub partner_id: PartnerId,
    /// The subject of the reader's token.
    pub subject: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The first month asked for.
    pub from: Month,
    /// The last month asked for.
    pub to: Month,
    /// The request, as the log names it.
    pub request_id: String,
}

/// Figures of usage, gated and accounted for.
pub trait UsageFigures: Sync {
    /// An association, with what its slot says now. `None` for one that never was.
    fn attribution(
        &self,
        id: &AssociationId,
    ) -> impl Future<Output = Result<Option<Attribution>, StoreError>> + Send;
    /// Stores figures in place of what there was, no two of them for the same tenant, scope and month. Answers the
    /// places of those for which the database was too busy; the others are stored.
    fn put_figures(
        &self,
        figures: &[&Usage],
    ) -> impl Future<Output = Result<BTreeSet<usize>, StoreError>> + Send;
    /// The figures of a scope, oldest first.
    fn figures(
        &self,
        tenant: &TenantId,
        scope: &Scope,
        months: Months,
    ) -> impl Future<Output = Result<Vec<(Month, Figures)>, StoreError>> + Send;
    /// Records a read, to be kept until then. The same read is not recorded twice: that is a conflict.
    fn put_access(
        &self,
        access: &Access,
        keep_until: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Who has read an association's figures, the latest first.
    fn accesses(
        &self,
        id: &AssociationId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> impl Future<Output = Result<Page<Access>, StoreError>> + Send;
}
