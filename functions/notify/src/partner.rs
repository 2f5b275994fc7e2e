//! Mails to partners: one on every outcome.

use domain::field::Remark;
use domain::{AssociationId, Claim, ClaimId, ClaimedScope, Policy, ReasonCode, ScopeId, Standing, Telling};
use mail::{Outgoing, PartnerUpdate, Post, Reason, ScopeLine, SendError, UpdateKind};
use schedule::Timers;
use store::{Claims, Directory, Quotas};
use text::Language;

use crate::{Notify, NotifyError};

impl<S: Claims + Directory + Quotas, P: Post, T: Timers> Notify<S, P, T> {
    /// Tells a claim's partner what happened to some of its scopes.
    pub(crate) async fn tell_partner(
        &self,
        id: &ClaimId,
        about: Telling,
        scopes: &[ScopeId],
        remark: Option<&Remark>,
    ) -> Result<(), NotifyError> {
        let Some(claim) = self.claim(id).await? else { return Ok(()) };
        match kind(&claim, about, scopes, remark, &self.policy) {
            Some(kind) => self.post_update(&claim, kind, scopes).await,
            // The claim has moved on so far that the news would be wrong; news of where it is now is under way.
            None => Ok(()),
        }
    }

    /// Tells the partner of record that another partner's claim to its scope was approved.
    pub(crate) async fn tell_incumbent(&self, association: &AssociationId) -> Result<(), NotifyError> {
        let (id, scope) = association.parts();
        let Some(claim) = self.claim(&id).await? else { return Ok(()) };
        self.post_update(&claim, UpdateKind::CompetingClaim, &[scope]).await
    }

    async fn post_update(
        &self,
        claim: &Claim,
        kind: UpdateKind,
        scopes: &[ScopeId],
    ) -> Result<(), NotifyError> {
        let context = self.context(claim).await?;
        let contact = &claim.details.partner_contact;
        let told: Vec<_> = claim.scopes.iter().filter(|scope| scopes.contains(&scope.id)).collect();
        let labels = context.labels(told.iter().map(|scope| &scope.scope));
        let update = PartnerUpdate {
            language: contact
                .language
                .as_ref()
                .map_or_else(Language::default, |tag| Language::negotiate(tag.as_str())),
            kind,
            contact_name: contact.name.to_string(),
            claim_name: claim.details.name.to_string(),
            claim_id: claim.id.to_string(),
            tenant_name: context.tenant_name(&claim.details),
            scopes: told
                .into_iter()
                .zip(labels)
                .map(|(scope, label)| ScopeLine {
                    label,
                    standing: scope.standing.code().to_owned(),
                    reasons: scope
                        .reasons
                        .iter()
                        .map(|reason| Reason {
                            code: reason.code.code().to_owned(),
                            detail: reason.detail.as_ref().map(ToString::to_string),
                        })
                        .collect(),
                })
                .collect(),
            time_zone: claim.locality().time_zone,
            vendor_name: self.vendor_name.clone(),
        };
        let mail = Outgoing {
            to: contact.email.to_string(),
            reply_to: None,
            rendered: update.render(),
            tags: vec![
                ("claim".to_owned(), claim.id.to_string()),
                ("recipient".to_owned(), "partner".to_owned()),
            ],
        };
        match self.post.send(&mail).await {
            Ok(_) => Ok(()),
            // The partner can read in the claim what the mail would have said: nothing waits for a wrong address, and
            // nobody gets the same news twice.
            Err(error @ (SendError::Permanent { .. } | SendError::Ambiguous { .. })) => {
                tracing::warn!(claim_id = %claim.id, error = %error, "a mail to the partner may not have left");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What the mail is about, with the times and words that the claim has for it.
fn kind(
    claim: &Claim,
    about: Telling,
    scopes: &[ScopeId],
    remark: Option<&Remark>,
    policy: &Policy,
) -> Option<UpdateKind> {
    let deadline = |of: fn(&ClaimedScope) -> bool| {
        let told = scopes.iter().filter_map(|id| claim.scope(*id)).filter(|scope| of(scope));
        told.filter_map(|scope| claim.notice(scope.notice)?.deadline).min()
    };
    let waits =
        |scope: &ClaimedScope| matches!(scope.standing, Standing::Notifying | Standing::AwaitingCustomer);
    let until = |standing: Standing| {
        let told = scopes.iter().filter_map(|id| claim.scope(*id));
        told.filter(move |scope| scope.standing == standing).filter_map(|scope| scope.until)
    };
    let undeliverable = || {
        let reasons = scopes.iter().filter_map(|id| claim.scope(*id)).flat_map(|scope| &scope.reasons);
        reasons.into_iter().any(|reason| reason.code == ReasonCode::CustomerContactUndeliverable)
    };
    let was_official = || {
        let mut told = scopes.iter().filter_map(|id| claim.scope(*id));
        told.any(|scope| scope.official_since.is_some())
    };
    Some(match about {
        Telling::UnderReview => UpdateKind::UnderReview,
        Telling::NoticeSent => UpdateKind::NoticeSent { deadline: deadline(|_| true)? },
        Telling::Official => UpdateKind::Official,
        Telling::Declined => UpdateKind::Declined { reason: remark.map(ToString::to_string) },
        // Of what goes to a reviewer, or to the partner, that is told by itself.
        Telling::DeclineUndone => UpdateKind::DeclineUndone { deadline: deadline(waits)? },
        Telling::ActionRequired if undeliverable() => {
            UpdateKind::Undeliverable { due: until(Standing::ActionRequired).min()? }
        }
        Telling::ActionRequired => UpdateKind::ActionRequired { due: until(Standing::ActionRequired).min()? },
        Telling::Rejected => {
            // Of what the customer cannot be told any more, there is nothing to dispute.
            let dispute_until = until(Standing::Rejected).max();
            UpdateKind::Rejected {
                dispute_until: dispute_until.filter(|_| !claim.has_exhausted_notices(policy)),
            }
        }
        Telling::RejectedFinal => UpdateKind::Rejected { dispute_until: None },
        Telling::Superseded => UpdateKind::Superseded,
        Telling::Expired => UpdateKind::Expired { was_official: was_official() },
        Telling::Withdrawn => UpdateKind::Withdrawn,
        Telling::Disassociated => UpdateKind::Disassociated,
    })
}
