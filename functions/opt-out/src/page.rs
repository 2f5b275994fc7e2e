//! What the customer sees at its link: plain HTML, without script, that works on its own and with any base path.
//!
//! Pages only show and ask. Links lead to `?step=decline` and `?step=accept`, which change nothing either; the one
//! button there, and the undo button, POST a form to the same path, with `lang` as the only query.

use std::sync::LazyLock;

use askama::Template;
use chrono::{DateTime, Utc};
use text::{Language, Partner, Sees, Text, Zone, safe};

/// Goes with every HTML answer as `Content-Security-Policy`. Nothing loads and nothing runs; the style is allowed by
/// its hash, which a test compares with the file.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-dkD6WnNtonoWe9fxJteQ9DaTDyID3XH5pm/xA0NcuqE='; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("../templates/style.css");

/// The longest reason that the form takes, in characters.
pub const LONGEST_REASON: usize = 500;

/// A page to show.
#[derive(Clone, Debug)]
pub enum Page {
    /// The request and its present state, perhaps with what came of the customer's step.
    Association(AssociationPage),
    /// Asks for the services to decline, and a reason.
    ConfirmDecline(AssociationPage, DeclineForm),
    /// Says what accepting means, and asks for it.
    ConfirmAccept(AssociationPage),
    /// For a link that is unknown, altered or spent. Always the same bytes.
    Neutral,
    /// Something failed, and the customer should look again.
    Error(Language),
}

/// All that the customer's page shows. Names may come from anybody: they are made harmless here.
#[derive(Clone, Debug)]
pub struct AssociationPage {
    /// The contact's language, or the one it chose.
    pub language: Language,
    /// Who asks.
    pub partner: Partner,
    /// What the customer's tenant is called.
    pub tenant_name: String,
    /// The tenant's domain that the partner gave.
    pub domain: String,
    /// Who runs the programme.
    pub vendor_name: String,
    /// Every service of the claim.
    pub scopes: Vec<Scope>,
    /// What the partner would see of them.
    pub sees: Sees,
    /// The first moment that is too late to say no before one of the services that wait becomes official, if one is set.
    pub deadline: Option<DateTime<Utc>>,
    /// The first moment that is too late to take back a no that was given through this link.
    pub undo_until: Option<DateTime<Utc>>,
    /// Where the customer is: times are shown in its zone.
    pub time_zone: Zone,
    /// What came of the form just sent.
    pub outcome: Option<Outcome>,
    /// Whether the customer may take its no back now.
    pub can_undo: bool,
}

/// One service of the claim.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What the form sends back.
    pub id: String,
    /// The service as people know it.
    pub label: String,
    /// How it stands.
    pub state: State,
    /// Whether the customer can say no to it now.
    pub can_decline: bool,
    /// Whether the customer can accept it now, through this link.
    pub can_accept: bool,
}

/// How a service stands, as far as the customer is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The vendor has not approved it, or the notice is not out.
    Preparing,
    /// The window is open.
    Waiting,
    /// The partner is partner of record.
    Official,
    /// The customer said no.
    Declined,
    /// The partner was partner of record, and is no more.
    Ended,
    /// The request has ended before the partner was.
    Over,
}

/// What came of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The services chosen are declined.
    Declined,
    /// What waited is official.
    Accepted,
    /// What was accepted has to be compared with another partner's first.
    Examined,
    /// The no is taken back.
    Undone,
    /// The no is taken back, and the request is looked at before the customer is asked again.
    UndoneToReview,
    /// It was already so.
    NothingToDo,
    /// The window has closed.
    TooLate,
    /// Another link has to be used for it.
    OtherLink,
}

/// What the decline form holds when it is shown again. The default is its first showing, with every service chosen.
#[derive(Clone, Debug, Default)]
pub struct DeclineForm {
    /// The form came without a service.
    pub nothing_chosen: bool,
    /// The reason that came with it.
    pub reason: String,
}

impl Page {
    /// The HTML document.
    pub fn render(&self) -> String {
        match self {
            Self::Association(page) => html(&Association::new(page)),
            // A form that could decide nothing would only mislead: the state is the answer then.
            Self::ConfirmDecline(page, form) => match page.scopes.iter().any(|scope| scope.can_decline) {
                true => html(&Decline::new(page, form)),
                false => html(&Association::new(page)),
            },
            Self::ConfirmAccept(page) => match page.can_accept() {
                true => html(&Accept::new(page)),
                false => html(&Association::new(page)),
            },
            Self::Neutral => NEUTRAL.clone(),
            Self::Error(language) => {
                let text = Text::new(*language);
                html(&ErrorTemplate { text, title: text.say("error-title") })
            }
        }
    }
}

/// Made once, so that no two showings differ in what they cost.
static NEUTRAL: LazyLock<String> = LazyLock::new(|| {
    let text = Text::default();
    let others = Language::all().filter(|language| *language != text.language()).map(Text::new).collect();
    html(&Neutral { text, title: text.say("neutral-title"), others })
});

/// Writing to a string does not fail; should it ever, an empty page tells nothing and does nothing.
fn html(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "association.html")]
struct Association<'a> {
    text: Text,
    page: &'a AssociationPage,
    title: String,
    step: &'static str,
    heading: String,
    intro: String,
    purpose: String,
    partner: String,
    contact: String,
    customer: String,
    outcome: Option<(String, String)>,
    state: Option<(String, String)>,
    /// Empty where there is nothing to say, as the next two.
    until: String,
    undo: String,
    refuse: String,
    decline: String,
}

impl<'a> Association<'a> {
    fn new(page: &'a AssociationPage) -> Self {
        let text = Text::new(page.language);
        let name = safe::name(&page.partner.name);
        let tenant = safe::name(&page.tenant_name);
        let shown = |id, time| text.get(id, &[("deadline", text.deadline(time, page.time_zone).into())]);
        let deadline = page.deadline.filter(|_| page.any(State::Waiting));
        let until = |id| deadline.map(|deadline| shown(id, deadline)).unwrap_or_default();
        let undo = match page.undo_until {
            _ if !page.can_undo => String::new(),
            Some(until) => shown("page-undo-more", until),
            None => text.say("page-undo-open"),
        };
        let only_official =
            page.scopes.iter().all(|scope| !scope.can_decline || scope.state == State::Official);
        let decline = if only_official { "page-decline-end" } else { "page-decline" };

        let names = [("partner", name.as_str().into()), ("tenant", tenant.as_str().into())];
        let heading = text.get("page-title", &names);
        let state = page.state(text);
        let outcome = page.outcome.map(|outcome| outcome.say(text));
        let (summary, _) = outcome.as_ref().unwrap_or(&state);
        let vendor = [("vendor", page.vendor_name.as_str().into())];
        let id = safe::name(&page.partner.id);
        let domain = safe::name(&page.domain);
        let address = safe::address(&page.partner.contact_email);
        Self {
            text,
            page,
            title: format!("{summary} – {heading}"),
            step: "",
            intro: text.get("page-intro", &[&names[..], &vendor].concat()),
            purpose: text.get("request-purpose", &vendor),
            partner: text.get("request-partner-value", &[("name", name.into()), ("id", id.into())]),
            contact: format!("{}, {address}", safe::name(&page.partner.contact_name)),
            customer: text
                .get("request-customer-value", &[("tenant", tenant.into()), ("domain", domain.into())]),
            // What was just done is the state: saying it twice would only make the page longer.
            state: (!matches!(
                page.outcome,
                Some(Outcome::Declined | Outcome::Accepted | Outcome::Examined | Outcome::UndoneToReview)
            ))
            .then_some(state),
            outcome,
            until: until("page-until"),
            undo,
            refuse: until("refuse-until"),
            decline: text.get(decline, &[]),
            heading,
        }
    }

    fn waits(&self) -> bool {
        self.page.any(State::Waiting)
    }

    fn can_decline(&self) -> bool {
        self.page.scopes.iter().any(|scope| scope.can_decline)
    }

    fn has_choice(&self) -> bool {
        self.can_decline() || self.page.can_accept()
    }
}

#[derive(Template)]
#[template(path = "decline.html")]
struct Decline<'a> {
    text: Text,
    page: &'a AssociationPage,
    form: &'a DeclineForm,
    title: String,
    step: &'static str,
    heading: String,
    scopes: Vec<&'a Scope>,
    reason_hint: String,
}

impl<'a> Decline<'a> {
    fn new(page: &'a AssociationPage, form: &'a DeclineForm) -> Self {
        let text = Text::new(page.language);
        let heading = text.get("decline-title", &[("partner", safe::name(&page.partner.name).into())]);
        let title = match form.nothing_chosen {
            true => text.get("page-error-title", &[("title", heading.as_str().into())]),
            false => heading.clone(),
        };
        Self {
            text,
            page,
            form,
            title,
            step: "decline",
            heading,
            scopes: page.scopes.iter().filter(|scope| scope.can_decline).collect(),
            reason_hint: text.get("decline-reason-hint", &[("vendor", page.vendor_name.as_str().into())]),
        }
    }
}

#[derive(Template)]
#[template(path = "accept.html")]
struct Accept<'a> {
    text: Text,
    page: &'a AssociationPage,
    title: String,
    step: &'static str,
    heading: String,
    scopes: Vec<&'a Scope>,
}

impl<'a> Accept<'a> {
    fn new(page: &'a AssociationPage) -> Self {
        let text = Text::new(page.language);
        let heading = text.get("accept-title", &[("partner", safe::name(&page.partner.name).into())]);
        let scopes = page.scopes.iter().filter(|scope| scope.can_accept).collect();
        Self { text, page, title: heading.clone(), step: "accept", heading, scopes }
    }
}

#[derive(Template)]
#[template(path = "neutral.html")]
struct Neutral {
    text: Text,
    title: String,
    others: Vec<Text>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate {
    text: Text,
    title: String,
}

impl AssociationPage {
    /// Whether a service waits that the customer may accept now.
    fn can_accept(&self) -> bool {
        self.scopes.iter().any(|scope| scope.can_accept)
    }

    fn any(&self, state: State) -> bool {
        self.scopes.iter().any(|scope| scope.state == state)
    }

    /// The state of the whole request: a heading and a sentence.
    fn state(&self, text: Text) -> (String, String) {
        let mut states = self.scopes.iter().map(|scope| scope.state);
        let first = states.next().unwrap_or(State::Preparing);
        let state = if states.all(|state| state == first) { first.code() } else { "mixed" };
        let code = [("state", state.into())];
        (text.get("page-state", &code), text.get("page-state-more", &code))
    }
}

impl State {
    fn code(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Waiting => "waiting",
            Self::Official => "official",
            Self::Declined => "declined",
            Self::Ended => "ended",
            Self::Over => "over",
        }
    }

    fn say(self, text: &Text) -> String {
        text.get("page-scope-state", &[("state", self.code().into())])
    }
}

impl Outcome {
    /// A heading and a sentence.
    fn say(self, text: Text) -> (String, String) {
        let code = match self {
            Self::Declined => "declined",
            Self::Accepted => "accepted",
            Self::Examined => "examined",
            Self::Undone => "undone",
            Self::UndoneToReview => "undone_to_review",
            Self::NothingToDo => "nothing_to_do",
            Self::TooLate => "too_late",
            Self::OtherLink => "other_link",
        };
        let code = [("outcome", code.into())];
        (text.get("page-outcome", &code), text.get("page-outcome-more", &code))
    }
}

#[cfg(test)]
mod tests;
