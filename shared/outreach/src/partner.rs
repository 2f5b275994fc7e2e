//! Mails to partners: one on every outcome.

use domain::field::Remark;
use domain::{AssociationId, Claim, ClaimId, ClaimedScope, PartnerNews, Policy, ReasonCode, ScopeId};
use mail::{Outgoing, PartnerUpdate, Post, Reason, ScopeLine, SendError, UpdateKind};
use schedule::Timers;
use store::{Claims, Directory, Quotas};
use text::Language;

use crate::{Outreach, OutreachError};

impl<S: Claims + Directory + Quotas, P: Post, T: Timers> Outreach<S, P, T> {
    /// Tells a claim's partner what happened to some of its scopes.
    pub async fn tell_partner(
        &self,
        id: &ClaimId,
        about: PartnerNews,
        scopes: &[ScopeId],
        remark: Option<&Remark>,
    ) -> Result<(), OutreachError> {
        let Some(claim) = self.claim(id).await? else { return Ok(()) };
        match kind(&claim, about, scopes, remark, &self.executor.policy) {
            Some(kind) => self.post_update(&claim, kind, scopes).await,
            // The claim has moved on so far that the news would be wrong; news of where it is now is under way.
            None => Ok(()),
        }
    }

    /// Tells the partner of record that another partner's claim to its scope was approved.
    pub async fn tell_incumbent(&self, association: &AssociationId) -> Result<(), OutreachError> {
        let Some(claim) = self.claim(association.claim()).await? else { return Ok(()) };
        self.post_update(&claim, UpdateKind::CompetingClaim, &[association.scope()]).await
    }

    async fn post_update(
        &self,
        claim: &Claim,
        kind: UpdateKind,
        scopes: &[ScopeId],
    ) -> Result<(), OutreachError> {
        let directory = self.executor.directory(&claim.details).await?;
        let contact = &claim.details.partner_contact;
        let told: Vec<_> = claim.scopes.iter().filter(|scope| scopes.contains(&scope.id)).collect();
        let labels = directory.labels(told.iter().map(|scope| &scope.scope));
        let update = PartnerUpdate {
            language: contact
                .language
                .as_ref()
                .map_or_else(Language::default, |tag| Language::negotiate(tag.as_str())),
            kind,
            contact_name: contact.name.to_string(),
            claim_name: claim.details.name.to_string(),
            claim_id: claim.id.to_string(),
            tenant_name: directory.tenant_name(&claim.details),
            scopes: told
                .into_iter()
                .zip(labels)
                .map(|(scope, label)| ScopeLine {
                    label,
                    standing: scope.standing().code().to_owned(),
                    reasons: scope
                        .reasons()
                        .into_iter()
                        .map(|reason| Reason {
                            code: reason.code.code().to_owned(),
                            detail: reason.detail.map(String::from),
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
    about: PartnerNews,
    scopes: &[ScopeId],
    remark: Option<&Remark>,
    policy: &Policy,
) -> Option<UpdateKind> {
    let deadline = |of: fn(&ClaimedScope) -> bool| {
        let told = scopes.iter().filter_map(|id| claim.scope(*id)).filter(|scope| of(scope));
        told.filter_map(|scope| claim.notice_of(scope)?.deadline).min()
    };
    let told = || scopes.iter().filter_map(|id| claim.scope(*id));
    let action_due = || told().filter_map(ClaimedScope::action_due).min();
    let undeliverable = || {
        let mut reasons = told().flat_map(ClaimedScope::reasons);
        reasons.any(|reason| reason.code == ReasonCode::CustomerContactUndeliverable)
    };
    Some(match about {
        PartnerNews::UnderReview => UpdateKind::UnderReview,
        PartnerNews::NoticeSent => UpdateKind::NoticeSent { deadline: deadline(|_| true)? },
        PartnerNews::Official => UpdateKind::Official,
        PartnerNews::Declined => UpdateKind::Declined { reason: remark.map(ToString::to_string) },
        // Of what goes to a reviewer, or to the partner, that is told by itself.
        PartnerNews::DeclineUndone => {
            UpdateKind::DeclineUndone { deadline: deadline(ClaimedScope::waits_for_customer)? }
        }
        PartnerNews::ActionRequired if undeliverable() => UpdateKind::Undeliverable { due: action_due()? },
        PartnerNews::ActionRequired => UpdateKind::ActionRequired { due: action_due()? },
        PartnerNews::Rejected => {
            // Of what the customer cannot be told any more, there is nothing to dispute.
            let dispute_until = told().filter_map(ClaimedScope::dispute_until).max();
            UpdateKind::Rejected {
                dispute_until: dispute_until.filter(|_| !claim.has_exhausted_notices(policy)),
            }
        }
        PartnerNews::RejectedFinal => UpdateKind::Rejected { dispute_until: None },
        PartnerNews::Superseded => UpdateKind::Superseded,
        PartnerNews::Expired => {
            UpdateKind::Expired { was_official: told().any(|scope| scope.tenure().is_some()) }
        }
        PartnerNews::Withdrawn => UpdateKind::Withdrawn,
        PartnerNews::Disassociated => UpdateKind::Disassociated,
    })
}
