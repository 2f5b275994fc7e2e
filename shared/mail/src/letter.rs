use askama::Template;
use text::{Text, safe};

/// Mail programs that do not wrap show lines of this width without scrolling.
const WIDTH: usize = 72;

/// A mail, ready to be sent. Text and HTML say the same, so that nobody needs the other part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line without control or direction characters.
    pub subject: String,
    /// The plain text part, wrapped; the link stands alone on its line.
    pub text: String,
    /// The HTML part: nothing remote, no script, no image.
    pub html: String,
}

/// A mail as a sequence of blocks, which both parts are made from.
#[derive(Template)]
#[template(path = "mail.html")]
pub(crate) struct Letter {
    text: Text,
    subject: String,
    /// What mail programs show beside the subject in a list.
    preheader: String,
    blocks: Vec<Block>,
}

pub(crate) enum Block {
    Heading(String),
    Paragraph(String),
    /// A name and its value.
    Fact(String, String),
    Bullets(Vec<Bullet>),
    Link {
        label: String,
        url: String,
    },
}

pub(crate) struct Bullet {
    pub line: String,
    pub notes: Vec<String>,
}

impl From<String> for Bullet {
    fn from(line: String) -> Self {
        Self { line, notes: Vec::new() }
    }
}

impl Letter {
    pub fn new(text: Text, subject: &str, preheader: String) -> Self {
        Self { text, subject: safe::subject(subject), preheader, blocks: Vec::new() }
    }

    pub fn heading(&mut self, heading: String) {
        self.blocks.push(Block::Heading(heading));
    }

    pub fn paragraph(&mut self, paragraph: String) {
        self.blocks.push(Block::Paragraph(paragraph));
    }

    pub fn fact(&mut self, name: String, value: String) {
        self.blocks.push(Block::Fact(name, value));
    }

    pub fn bullets(&mut self, bullets: impl IntoIterator<Item = Bullet>) {
        self.blocks.push(Block::Bullets(bullets.into_iter().collect()));
    }

    pub fn link(&mut self, label: String, url: String) {
        self.blocks.push(Block::Link { label, url });
    }

    pub fn finish(self) -> Rendered {
        let text = self.blocks.iter().map(plain).collect::<Vec<_>>().join("\n\n") + "\n";
        // Writing to a string does not fail; should it ever, the text part is complete in itself.
        let html = self.render().unwrap_or_default();
        Rendered { subject: self.subject, text, html }
    }
}

fn plain(block: &Block) -> String {
    match block {
        Block::Heading(heading) => format!("{heading}\n{}", "-".repeat(heading.chars().count().min(WIDTH))),
        Block::Paragraph(paragraph) => wrapped(paragraph, "", ""),
        Block::Fact(name, value) => format!("{name}\n{}", wrapped(value, "  ", "  ")),
        Block::Bullets(bullets) => {
            let lines = bullets.iter().flat_map(|bullet| {
                let notes = bullet.notes.iter().map(|note| wrapped(note, "  ", "  "));
                std::iter::once(wrapped(&bullet.line, "- ", "  ")).chain(notes)
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        // Alone on its line and never wrapped: a broken link is a lost decision.
        Block::Link { label, url } => format!("{label}\n\n{url}"),
    }
}

fn wrapped(text: &str, first: &str, further: &str) -> String {
    let mut out = first.to_owned();
    let mut column = first.chars().count();
    for (index, word) in text.split(' ').enumerate() {
        let width = word.chars().count();
        if index > 0 && column + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(further);
            column = further.chars().count();
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_and_hang() {
        let text = wrapped(&"word ".repeat(20), "- ", "  ");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().skip(1).all(|line| line.starts_with("  ")));
    }

    #[test]
    fn a_long_link_stays_whole_and_alone() {
        let url = format!("https://a.example/{}", "x".repeat(100));
        let text = plain(&Block::Link { label: "See".into(), url: url.clone() });
        assert!(text.lines().any(|line| line == url));
    }
}
