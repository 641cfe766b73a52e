//! `docs/message.svg`, the picture in the README: the message that the program makes of a sample event, as text in
//! a drawn access request. Fonts differ, so lines break where even a wide font has room.

use std::fmt::Write;
use std::path::Path;

use okta_simulator::doubles::root;

use crate::page::page;
use crate::program::enricher;

const SAMPLE: &str = "access.request.create--sod-conflict";
const PICTURE: &str = "docs/message.svg";

/// Pixels.
const WIDTH: usize = 780;
const LINE: usize = 21;
const LEFT: usize = 48;
/// Characters. A wide font takes 7.9 pixels for one at this size.
const COLUMNS: usize = 86;

/// The card is opaque, so it can be read on any page. It follows the reader's choice of light or dark.
const STYLE: &str = "
    .page { fill: #ffffff; stroke: #c9d1d9 }
    .note { fill: #f3f5f7 }
    .text { fill: #1f2328; font: 14px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif }
    .title { font-size: 18px; font-weight: 600 }
    .quiet { fill: #57606a }
    .approve { fill: #1f5fbf }
    .on-approve { fill: #ffffff }
    .deny { fill: none; stroke: #8c959f }
    .middle { text-anchor: middle }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #3d444d }
      .note { fill: #1c2128 }
      .text { fill: #e6edf3 }
      .quiet { fill: #9da7b3 }
    }
";

/// What the program posts for the sample event.
fn message() -> String {
    let folder = tempfile::tempdir().unwrap();
    let event = format!("events/{SAMPLE}.json");
    enricher(&["replay", "--expect", folder.path().to_str().unwrap(), "--update", &event]);
    std::fs::read_to_string(folder.path().join(format!("{SAMPLE}.txt"))).unwrap()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A line of the message, broken between words.
fn broken(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split_whitespace() {
        let last = lines.last_mut().unwrap();
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= COLUMNS {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn text(class: &str, x: usize, y: usize, words: &str) -> String {
    format!("  <text class=\"text {class}\" x=\"{x}\" y=\"{y}\">{}</text>\n", escaped(words))
}

fn button(x: usize, y: usize, class: &str, class_of_text: &str, words: &str) -> String {
    let frame =
        format!("  <rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"100\" height=\"34\" rx=\"6\"/>\n");
    frame + &text(&format!("middle {class_of_text}"), x + 50, y + 22, words)
}

fn picture(message: &str) -> String {
    let (_, asked_for) = message.lines().next().unwrap().split_once(": ").unwrap();
    let person = message.lines().find_map(|line| line.strip_prefix("For: ")).unwrap();
    let person = person.split(" (").next().unwrap();

    let lines: Vec<String> = message.trim_end().lines().flat_map(broken).collect();
    let (top, height_of_note) = (104, lines.len() * LINE + 24);
    let buttons = top + height_of_note + 20;
    let height = buttons + 34 + 24;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n  \
         <title id=\"title\">The message of okta-request-enricher on an access request</title>\n  \
         <style>{STYLE}  </style>\n"
    );
    let (width, inner) = (WIDTH - 1, height - 1);
    writeln!(
        svg,
        "  <rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"{width}\" height=\"{inner}\" rx=\"10\"/>"
    )
    .unwrap();
    svg += &text("quiet", 28, 34, "Access request");
    svg += &text("title", 28, 62, asked_for);
    svg += &text("quiet", 28, 86, &format!("Requested for {person}"));
    let width = WIDTH - 2 * 28;
    writeln!(
        svg,
        "  <rect class=\"note\" x=\"28\" y=\"{top}\" width=\"{width}\" height=\"{height_of_note}\" rx=\"8\"/>"
    )
    .unwrap();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        svg += &text("", LEFT, top + 12 + LINE * at + 15, line);
    }
    svg += &button(WIDTH - 28 - 212, buttons, "deny", "", "Deny");
    svg += &button(WIDTH - 28 - 100, buttons, "approve", "on-approve", "Approve");
    svg + "</svg>\n"
}

#[test]
fn the_picture_shows_the_message_that_the_program_makes() {
    let drawn = picture(&message());
    let kept = std::fs::read_to_string(root().join(PICTURE)).unwrap_or_default();
    if kept != drawn {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("message.svg");
        std::fs::write(&new, drawn).unwrap();
        panic!("{PICTURE} is out of date: look at {}, then copy it there", new.display());
    }
}

/// Whoever can't see it is told what it shows, in the message's own words.
#[test]
fn the_readme_shows_the_picture_and_says_its_words() {
    let readme = page("README.md");
    let image = readme.images.iter().find(|image| image.link == PICTURE).unwrap();
    for line in message().lines().take(3) {
        let words = line.split(" (").next().unwrap();
        assert!(image.alternative.contains(words), "the text of the picture lacks `{words}`");
    }
}

/// Every picture is there, and has a text for whoever can't see it.
#[test]
fn every_picture_is_there_and_has_a_text() {
    for page in crate::page::PAGES.iter() {
        for image in &page.images {
            assert!(page.path.parent().unwrap().join(&image.link).is_file(), "{}", page.at(image.line));
            assert!(!image.alternative.trim().is_empty(), "{}", page.at(image.line));
        }
    }
}
