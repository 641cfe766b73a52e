//! Finds what a viewer would make a link: schemes, hosts that a path, a port, a query or a fragment follows,
//! addresses in numbers, host names that look like others, and network paths.

use super::characters::extends;

/// The longest host name, in characters (RFC 1035, section 2.3.4).
const HOST: usize = 253;
/// The longest part of a query or fragment that is looked at.
const TAIL: usize = 64;
/// No function here looks further ahead, in characters.
pub(super) const AHEAD: usize = HOST + TAIL + 3;

/// Schemes that make a link without `//`. Others stay, because names contain them: `arn:aws:iam`,
/// `app:admin`, `10:30`.
const SCHEMES: &str = "callto facetime facetime-audio ftp http https hxxp hxxps im irc ircs itms itms-apps \
                       itms-services javascript magnet mailto msteams search-ms sftp sip sips skype slack sms smsto \
                       tel vbscript view-source webcal whatsapp xmpp zoommtg zoomus";

/// Top-level domains of more than two letters that are in common use. Most domains of two letters are those
/// of countries; [`NO_COUNTRY`] has the others that file names end in.
const DOMAINS: &str = "app biz club cloud com dev edu email gov icu info int link live mil mobi mov name net online \
                       org page pro shop site store support tech top vip website work world xyz zip";
const NO_COUNTRY: &str = "cs db gz js ts vb xz";

/// Whether the colon between `before` and `rest` belongs to a link.
pub(super) fn is_scheme(before: &[char], rest: &[char]) -> bool {
    let slashes = rest.iter().take(2).take_while(|c| is_slash(**c)).count();
    if slashes == 2 {
        return true;
    }
    if is_end(rest.first().copied()) {
        return false;
    }
    let word = last_word(before, |c| c.is_ascii_alphanumeric());
    let name = last_word(before, |c| c.is_ascii_alphanumeric() || c == '-');
    // Every scheme begins with a letter, so the colon of a time is known at a glance.
    let one_of = |names: &str, wanted: &str| {
        wanted.starts_with(|c: char| c.is_ascii_alphabetic())
            && names.split_ascii_whitespace().any(|name| name == wanted)
    };
    match word.as_str() {
        "file" => slashes == 1,
        // The kind of data stands before a slash: `data:text/html`.
        "data" => rest.iter().take(TAIL).take_while(|c| !c.is_whitespace()).any(|c| is_slash(*c)),
        _ => one_of(SCHEMES, &word) || one_of(SCHEMES, &name) || name.starts_with("ms-"),
    }
}

/// Whether the dot between `before` and `rest` belongs to a link: to `www.…`, to the host behind `//`, to a
/// host that goes on (`host.name/…`, `host.name:443`, `host.name?q`, `host.name#a`), or to one that hides its
/// real name. `base` is the letter before the dot.
pub(super) fn is_host(base: char, before: &[char], rest: &[char]) -> bool {
    if !base.is_alphanumeric() || !rest.first().is_some_and(|c| c.is_alphanumeric()) {
        return false;
    }
    if begins_url(before) || last_word(before, |c| c.is_ascii_alphanumeric()) == "www" {
        return true;
    }
    let in_host = |(at, c): (usize, &char)| is_label(*c) || is_dot(*c) && starts_label(rest.get(at + 1));
    let end = rest.iter().take(HOST).enumerate().take_while(|each| in_host(*each)).count();
    let (host, behind) = rest.split_at(end);
    // A dot at the end of a host name belongs to it.
    let behind = if behind.first().copied().is_some_and(is_dot) && goes_on(&behind[1..]) {
        &behind[1..]
    } else {
        behind
    };
    let top = host.rsplit(|c| is_dot(*c)).next().unwrap_or_default();
    if goes_on(behind) {
        let is_name = top.len() >= 2 && top[0].is_alphabetic();
        return is_name || is_number_address(before, host) && !is_network_size(behind);
    }
    let is_undecided = match behind {
        // The rest of the host was cut.
        ['…'] => true,
        ['…', next, ..] => !next.is_alphanumeric(),
        [c, '…', ..] if is_dot(*c) => true,
        // A login or an address of e-mail.
        ['@', next, ..] => next.is_alphanumeric() || *next == '…',
        _ => false,
    };
    !is_undecided && hides_its_name(before, host, top)
}

/// How many slashes begin a network path here, such as `\\server\share` or `//server/path`. `last` is the
/// character before them. 0 if there is none, or if it is `//` and a host with a dot: [`is_host`] decides
/// about that.
pub(super) fn network_path(last: Option<char>, text: &[char]) -> usize {
    let slashes = text.iter().take(8).take_while(|c| is_slash(**c)).count();
    let in_word = last.is_some_and(|c| c.is_alphanumeric() || is_slash(c) || matches!(c, ':' | ']'));
    let rest = &text[slashes..];
    if slashes < 2 || in_word || !starts_label(rest.first()) {
        return 0;
    }
    let behind = &rest[rest.iter().take(HOST).take_while(|c| is_label(**c)).count()..];
    let is_path = match behind {
        ['/' | '\\' | ':' | '?' | '#' | '@', ..] => true,
        _ => text[..2] == ['\\', '\\'],
    };
    if is_path { slashes } else { 0 }
}

/// Whether a character separates the labels of a host name. Browsers take all of these for a dot (UTS #46).
pub(super) fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{2024}' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

/// Whether a word ends before `next`. `…` ends a word too, because a value may be cut anywhere.
pub(super) fn is_end(next: Option<char>) -> bool {
    next.is_none_or(|next| next.is_whitespace() || next == '…')
}

fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

fn is_label(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_') || extends(c)
}

fn starts_label(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric())
}

/// Whether the host that ends `before` stands behind `//`.
fn begins_url(before: &[char]) -> bool {
    let host = before.iter().rev().take(HOST + 3);
    let host = host.take_while(|c| is_label(**c) || is_dot(**c) || matches!(c, '[' | ']' | '@'));
    before[..before.len() - host.count()].iter().rev().take(2).filter(|c| is_slash(**c)).count() == 2
}

/// Whether an address goes on behind its host. The mark at the end of a sentence begins no query.
fn goes_on(behind: &[char]) -> bool {
    let is_closing = |c: &char| "?!#.,:;'\"’”»›)]}…".contains(*c);
    match behind {
        ['/' | '\\', ..] => true,
        [':', next, ..] => next.is_alphanumeric() || is_slash(*next),
        ['?' | '#', tail @ ..] => {
            tail.iter().take(TAIL).take_while(|c| !c.is_whitespace()).any(|c| !is_closing(c))
        }
        _ => false,
    }
}

/// Whether the dot before `rest` stands in an IPv4 address.
fn is_number_address(before: &[char], rest: &[char]) -> bool {
    let before: String = before[before.len().saturating_sub(20)..].iter().collect();
    let before = before.replace("[.]", ".");
    let first = before.rsplit(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    let (first, rest) = (first.trim_start_matches('.'), rest.iter().collect::<String>());
    format!("{first}.{rest}").parse::<std::net::Ipv4Addr>().is_ok()
}

/// Whether what follows an IPv4 address makes it a network: `10.0.0.0/8`.
fn is_network_size(behind: &[char]) -> bool {
    let Some(('/', size)) = behind.split_first() else { return false };
    let digits = size.iter().take(3).take_while(|c| c.is_ascii_digit()).count();
    match &size[digits..] {
        [] | ['…', ..] => digits <= 2 && (digits > 0 || !size.is_empty()),
        ['.', next, ..] => (1..=2).contains(&digits) && !next.is_alphanumeric(),
        [next, ..] => {
            (1..=2).contains(&digits) && !next.is_alphanumeric() && !"/\\?#&=%-_~+:@".contains(*next)
        }
    }
}

/// Whether a host name reads as another one: punycode, or letters beyond ASCII under a common domain, such as
/// a Cyrillic `о` in `оkta.com`. Addresses of e-mail stay.
fn hides_its_name(before: &[char], rest: &[char], top: &[char]) -> bool {
    let length = before.iter().rev().take(HOST).take_while(|c| is_label(**c)).count();
    let (before, first) = before.split_at(before.len() - length);
    if matches!(before, [.., name, '@'] if name.is_alphanumeric()) {
        return false;
    }
    let mut labels = std::iter::once(first).chain(rest.split(|c| is_dot(*c)));
    let is_punycode = |label: &[char]| {
        label.len() > 4 && label[..4].iter().map(char::to_ascii_lowercase).eq("xn--".chars())
    };
    if labels.clone().any(is_punycode) {
        return true;
    }
    let top: String = top.iter().map(char::to_ascii_lowercase).collect();
    let listed = |names: &str| names.split_ascii_whitespace().any(|name| name == top);
    let is_country = top.len() == 2 && top.bytes().all(|b| b.is_ascii_lowercase()) && !listed(NO_COUNTRY);
    (is_country || listed(DOMAINS)) && labels.any(|label| label.iter().any(|c| !c.is_ascii()))
}

/// The ASCII characters at the end for which `part` holds, in lower case; at most 16, the longest scheme has
/// 14.
fn last_word(before: &[char], part: impl Fn(char) -> bool) -> String {
    let length = before.iter().rev().take(16).take_while(|c| part(**c)).count();
    before[before.len() - length..].iter().map(char::to_ascii_lowercase).collect()
}
