use chrono::{DateTime, Utc};
use text::{Language, Text, Zone, safe};

use crate::letter::{Bullet, Letter, Rendered};

/// Tells a partner what became of its claim.
#[derive(Clone, Debug)]
pub struct PartnerUpdate {
    /// The language of the partner's contact; English where it is not known.
    pub language: Language,
    /// What happened.
    pub kind: UpdateKind,
    /// The partner's contact.
    pub contact_name: String,
    /// What the partner calls the claim.
    pub claim_name: String,
    /// The claim's id in the interface.
    pub claim_id: String,
    /// What the customer's tenant is called.
    pub tenant_name: String,
    /// Every service of the claim, with its standing now.
    pub scopes: Vec<ScopeLine>,
    /// The zone that the update's date is shown in: the customer's for its deadline, so that both read the same.
    pub time_zone: Zone,
    /// Who runs the programme.
    pub vendor_name: String,
}

/// What happened to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// The customer was told, and may say no until the deadline.
    NoticeSent {
        /// The first moment that is too late for it.
        deadline: DateTime<Utc>,
    },
    /// The partner is partner of record.
    Official,
    /// The customer said no.
    Declined {
        /// Why, in the customer's words.
        reason: Option<String>,
    },
    /// The customer took its no back.
    DeclineUndone {
        /// The first moment that is too late for another no before the association becomes official.
        deadline: DateTime<Utc>,
    },
    /// The vendor needs more information.
    ActionRequired {
        /// The first moment at which the claim lapses.
        due: DateTime<Utc>,
    },
    /// The vendor rejected the claim.
    Rejected {
        /// The first moment that is too late for a dispute, if one is still possible.
        dispute_until: Option<DateTime<Utc>>,
    },
    /// To the incumbent: another partner is partner of record now.
    Superseded,
    /// To the incumbent: another partner claims what it holds.
    CompetingClaim,
    /// A reviewer looks at the claim.
    UnderReview,
    /// The subscription ended.
    Expired {
        /// Whether the partner was partner of record until then.
        was_official: bool,
    },
    /// The customer's contact could not be reached.
    Undeliverable {
        /// The first moment at which the claim lapses.
        due: DateTime<Utc>,
    },
    /// The partner withdrew the claim.
    Withdrawn,
    /// The partner ended its association.
    Disassociated,
}

/// One service of a claim.
#[derive(Clone, Debug)]
pub struct ScopeLine {
    /// The service as people know it.
    pub label: String,
    /// Its standing, by its code in the interface: "awaiting_customer".
    pub standing: String,
    /// Why it is not further.
    pub reasons: Vec<Reason>,
}

/// A coded reason. The words for it, and for what cures it, are in the languages.
#[derive(Clone, Debug)]
pub struct Reason {
    /// Its code in the interface: "missing_poe".
    pub code: String,
    /// What the reviewer added.
    pub detail: Option<String>,
}

impl PartnerUpdate {
    /// The mail.
    pub fn render(&self) -> Rendered {
        let text = Text::new(self.language);
        let claim = safe::name(&self.claim_name);
        let tenant = safe::name(&self.tenant_name);
        let (subject, paragraphs) = self.kind.words(text, &claim, &tenant, self.time_zone);

        let mut letter = Letter::new(text, &subject, paragraphs.first().cloned().unwrap_or_default());
        letter.paragraph(text.get("update-greeting", &[("name", safe::name(&self.contact_name).into())]));
        for paragraph in paragraphs {
            letter.paragraph(paragraph);
        }

        let id = safe::name(&self.claim_id);
        let value = text.get("update-claim-value", &[("name", claim.into()), ("id", id.into())]);
        letter.fact(text.say("update-claim"), value);
        letter.fact(text.say("update-customer"), tenant);
        letter.heading(text.say("update-services"));
        letter.bullets(self.scopes.iter().map(|scope| scope.bullet(text)));
        letter.paragraph(text.get("update-automatic", &[("vendor", self.vendor_name.as_str().into())]));
        letter.finish()
    }
}

impl UpdateKind {
    /// The subject and the paragraphs.
    fn words(&self, text: Text, claim: &str, tenant: &str, zone: Zone) -> (String, Vec<String>) {
        let subject = |id| text.get(id, &[("claim", claim.into())]);
        let body = |id| vec![text.get(id, &[("tenant", tenant.into())])];
        let until = |instant: &DateTime<Utc>| ("deadline", text.deadline(*instant, zone).into());
        match self {
            Self::NoticeSent { deadline } => (
                subject("update-notice-sent-subject"),
                vec![text.get("update-notice-sent", &[("tenant", tenant.into()), until(deadline)])],
            ),
            Self::Official => (subject("update-official-subject"), body("update-official")),
            Self::Declined { reason } => {
                let mut paragraphs = body("update-declined");
                paragraphs.extend(reason.as_deref().filter(|reason| !reason.trim().is_empty()).map(
                    |reason| text.get("update-declined-reason", &[("reason", safe::quote(reason).into())]),
                ));
                (subject("update-declined-subject"), paragraphs)
            }
            Self::DeclineUndone { deadline } => (
                subject("update-decline-undone-subject"),
                vec![text.get("update-decline-undone", &[("tenant", tenant.into()), until(deadline)])],
            ),
            Self::ActionRequired { due } => (
                subject("update-action-required-subject"),
                vec![text.get("update-action-required", &[until(due)])],
            ),
            Self::Rejected { dispute_until } => {
                let dispute = dispute_until
                    .as_ref()
                    .map(|instant| text.get("update-rejected-dispute", &[until(instant)]));
                let paragraphs = std::iter::once(text.say("update-rejected")).chain(dispute).collect();
                (subject("update-rejected-subject"), paragraphs)
            }
            Self::Superseded => (subject("update-superseded-subject"), body("update-superseded")),
            Self::CompetingClaim => (subject("update-competing-subject"), body("update-competing")),
            Self::UnderReview => {
                (subject("update-under-review-subject"), vec![text.say("update-under-review")])
            }
            Self::Expired { was_official: true } => {
                (subject("update-expired-subject"), body("update-expired"))
            }
            Self::Expired { was_official: false } => {
                (subject("update-expired-request-subject"), body("update-expired-request"))
            }
            Self::Undeliverable { due } => (
                subject("update-undeliverable-subject"),
                vec![text.get("update-undeliverable", &[("tenant", tenant.into()), until(due)])],
            ),
            Self::Withdrawn => (subject("update-withdrawn-subject"), body("update-withdrawn")),
            Self::Disassociated => (subject("update-disassociated-subject"), body("update-disassociated")),
        }
    }
}

impl ScopeLine {
    fn bullet(&self, text: Text) -> Bullet {
        let standing = text.get("standing", &[("standing", self.standing.as_str().into())]);
        let label = safe::name(&self.label);
        let line = text.get("update-service", &[("label", label.into()), ("standing", standing.into())]);
        Bullet { line, notes: self.reasons.iter().flat_map(|reason| reason.notes(text)).collect() }
    }
}

impl Reason {
    fn notes(&self, text: Text) -> Vec<String> {
        let code = [("reason", self.code.as_str().into())];
        let reason = text.get("update-reason", &[("reason", text.get("reason", &code).into())]);
        let detail = self.detail.as_deref().filter(|detail| !detail.trim().is_empty());
        let detail =
            detail.map(|detail| text.get("update-detail", &[("detail", safe::quote(detail).into())]));
        let cure = text.get("update-cure", &[("cure", text.get("cure", &code).into())]);
        [Some(reason), detail, Some(cure)].into_iter().flatten().collect()
    }
}
