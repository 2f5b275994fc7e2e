//! A stack that somebody has deployed, and that all tests share.

/// Where it answers, and where its desk is: tokens, mails, and waiting until what is under way has come to rest.
pub struct Deployed {
    /// The API.
    pub gateway: String,
    /// The customers' links.
    pub links: String,
    /// What the local stack offers under `/_local`.
    pub desk: String,
    /// Tells this run's names from those of runs before.
    pub run: u32,
}

impl Deployed {
    /// The one that `ACCEPTANCE_GATEWAY`, `ACCEPTANCE_LINKS` and `ACCEPTANCE_DESK` name; none when they name none.
    pub fn named() -> Option<Self> {
        let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let gateway = named("ACCEPTANCE_GATEWAY")?;
        let links = named("ACCEPTANCE_LINKS").expect("ACCEPTANCE_LINKS goes with ACCEPTANCE_GATEWAY");
        let desk = named("ACCEPTANCE_DESK").expect("ACCEPTANCE_DESK goes with ACCEPTANCE_GATEWAY");
        Some(Self { gateway, links, desk, run: std::process::id() })
    }
}
