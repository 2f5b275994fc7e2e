use chrono::{DateTime, Utc};
use text::{Language, Partner, Sees, Text, Zone, safe};

use crate::letter::{Letter, Rendered};

/// Tells a customer who asks to be its partner of record, for what, and until when it may say no.
#[derive(Clone, Debug)]
pub struct CustomerNotice {
    /// The contact's language.
    pub language: Language,
    /// The contact that the partner named.
    pub customer_name: String,
    /// Who asks.
    pub partner: Partner,
    /// What the customer's tenant is called.
    pub tenant_name: String,
    /// The tenant's domain that the partner gave.
    pub domain: String,
    /// The services that the partner claims, as people know them.
    pub scopes: Vec<String>,
    /// What the partner would see of them.
    pub sees: Sees,
    /// The first moment at which it is too late to say no before the association becomes official.
    pub deadline: DateTime<Utc>,
    /// Where the customer is: the deadline is shown in its time.
    pub time_zone: Zone,
    /// Whether the deadline leaves out the public holidays of the customer's country, or only weekends.
    pub holidays_known: bool,
    /// The customer's page.
    pub link: String,
    /// Who runs the programme.
    pub vendor_name: String,
    /// Whether this repeats an earlier notice, shortly before the deadline.
    pub reminder: bool,
}

impl CustomerNotice {
    /// The mail.
    pub fn render(&self) -> Rendered {
        let text = Text::new(self.language);
        let partner = safe::name(&self.partner.name);
        let tenant = safe::name(&self.tenant_name);
        let name = safe::name(&self.customer_name);
        let deadline = text.deadline(self.deadline, self.time_zone);
        let partner_tenant = [("partner", partner.as_str().into()), ("tenant", tenant.as_str().into())];
        let vendor = [("vendor", self.vendor_name.as_str().into())];
        let until = [("deadline", deadline.as_str().into())];

        let subject = match self.reminder {
            false => text.get("notice-subject", &partner_tenant),
            true => text.get("notice-subject-reminder", &partner_tenant),
        };
        let mut letter = Letter::new(text, &subject, text.get("notice-preheader", &until));

        letter.paragraph(text.say("notice-greeting"));
        if self.reminder {
            letter.paragraph(text.get("notice-reminder", &until));
        }
        letter.paragraph(text.get("notice-opening", &[&partner_tenant[..], &vendor].concat()));
        letter.paragraph(text.get("request-purpose", &vendor));
        if !self.reminder {
            letter.paragraph(text.get("notice-preheader", &until));
        }

        letter.heading(text.say("request-who"));
        let id = safe::name(&self.partner.id);
        let value =
            text.get("request-partner-value", &[("name", partner.as_str().into()), ("id", id.into())]);
        letter.fact(text.say("request-partner"), value);
        let address = safe::address(&self.partner.contact_email);
        letter.fact(
            text.say("request-contact"),
            format!("{}, {address}", safe::name(&self.partner.contact_name)),
        );
        let domain = safe::name(&self.domain);
        let value = text
            .get("request-customer-value", &[("tenant", tenant.as_str().into()), ("domain", domain.into())]);
        letter.fact(text.say("request-customer"), value);

        letter.heading(text.say("request-services"));
        letter.bullets(self.scopes.iter().map(|scope| safe::name(scope).into()));

        letter.heading(text.say("sees"));
        letter.paragraph(text.say("sees-intro"));
        let usage = self.sees.usage.then(|| text.say("sees-usage").into());
        let sold_seats = self.sees.sold_seats.then(|| text.say("sees-sold-seats").into());
        letter.bullets(usage.into_iter().chain(sold_seats));
        letter.paragraph(text.say("sees-nothing-else"));

        letter.heading(text.say("silence"));
        letter.paragraph(text.say("silence-waiting"));

        letter.heading(text.say("refuse"));
        letter.paragraph(text.get("refuse-until", &until));
        if !self.holidays_known {
            letter.paragraph(text.say("notice-no-holidays"));
        }
        letter.paragraph(text.say("refuse-later"));
        letter.paragraph(text.say("notice-link-use"));
        letter.link(text.say("notice-link"), self.link.clone());

        letter.heading(text.say("notice-safety"));
        letter.paragraph(text.say("safety-no-sign-in"));
        letter.paragraph(text.get("safety-no-password", &vendor));
        letter.paragraph(text.get("notice-doubt", &vendor));

        let named = [&partner_tenant[..], &[("name", name.into())]].concat();
        letter.paragraph(text.get("notice-why", &named));
        letter.paragraph(text.get("notice-automatic", &vendor));
        letter.finish()
    }
}
