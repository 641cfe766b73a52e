//! The known name that is nearest to an unknown one.

/// The known name that an unknown one probably stands for: the same but for case and separators, or with few
/// letters changed. For "did you mean".
#[must_use]
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.trim().to_lowercase().replace(['-', ' '], "_");
    let name = plain(name);
    // The comparison takes time and memory with the square of the length.
    let length = name.chars().count();
    if length > 60 {
        return None;
    }
    let near = known.into_iter().map(|known| (strsim::damerau_levenshtein(&name, &plain(known)), known));
    let near = near.min_by_key(|(distance, _)| *distance)?;
    (near.0 <= length.max(near.1.chars().count()) / 3).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_known_and_another_word_is_not() {
        let known = ["name", "sections", "on_behalf", "web", "v1"];
        for (name, near) in [
            ("nme", Some("name")),
            ("Section", Some("sections")),
            ("on-behalf", Some("on_behalf")),
            ("On Behalf", Some("on_behalf")),
            ("WEB", Some("web")),
            ("v3", None),
            ("condition", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), near, "{name}");
        }
        assert_eq!(nearest(&"n".repeat(100_000), known), None);
    }
}
