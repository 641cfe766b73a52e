//! Where a local policy file differs from the deployed policy, in words.

use okta_request_enricher::text;
use similar::{DiffTag, TextDiff};

/// The places that are named.
const NAMED: usize = 4;

/// " in line 4", " in lines 4, 12-15 and 2 more places": the lines of `local` that `deployed` has not, or behind or
/// before which it has more. Empty if nothing differs but the line that names the schema.
pub(crate) fn places(local: &str, deployed: &str) -> String {
    let (local, deployed): (Vec<_>, Vec<_>) = (local.lines().collect(), deployed.lines().collect());
    let diff = TextDiff::from_slices(&deployed, &local);
    let names_schema = |line: &&str| line.starts_with("#:schema ");
    let mut places = Vec::new();
    for op in diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal) {
        let (own, other) = (&local[op.new_range()], &deployed[op.old_range()]);
        if own.iter().chain(other).all(names_schema) {
            continue;
        }
        let (first, last) = (op.new_range().start + 1, op.new_range().end);
        places.push(match last.checked_sub(first) {
            Some(0) => first.to_string(),
            Some(_) => format!("{first}-{last}"),
            None if first == 1 => "1 (lines are missing before it)".to_owned(),
            None => format!("{} (lines are missing behind it)", first - 1),
        });
    }
    let more = places.len().saturating_sub(NAMED);
    let named = places.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (places.as_slice(), more) {
        ([], _) => String::new(),
        ([one], _) if !one.contains('-') => format!(" in line {one}"),
        (_, 0) => format!(" in lines {named}"),
        (_, more) => format!(" in lines {named} and {}", text::count(more, "more place")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_a_line_of_the_local_file() {
        assert_eq!(places("a\nb\nc\n", "a\nB\nc\n"), " in line 2");
        assert_eq!(places("a\nx\ny\nc\n", "a\nc\nd\n"), " in lines 2-3, 4 (lines are missing behind it)");
        assert_eq!(places("a\nc\n", "a\nb\nc\n"), " in line 1 (lines are missing behind it)");
        assert_eq!(places("b\n", "a\nb\n"), " in line 1 (lines are missing before it)");
        let (odd, even) = ("1\nx\n2\nx\n3\nx\n4\nx\n5\nx\n6\n", "a\nx\nb\nx\nc\nx\nd\nx\ne\nx\nf\n");
        assert_eq!(places(odd, even), " in lines 1, 3, 5, 7 and 2 more places");
        assert_eq!(places(&odd[..18], &even[..18]), " in lines 1, 3, 5, 7 and 1 more place");
    }

    #[test]
    fn a_schema_line_and_the_ends_of_lines_are_no_difference() {
        assert_eq!(places("#:schema x.json\r\na\r\n", "a\n"), "");
        assert_eq!(places("a\n", "#:schema x.json\na"), "");
    }
}
