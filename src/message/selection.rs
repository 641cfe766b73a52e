//! Which warnings a message shows if there are many.

use crate::section::{Warning, WarningKind};

/// The most warnings that a message shows.
const SHOWN: usize = 6;

/// The warnings to show, gravest first. Each kind shows one before any kind shows two, so no kind hides
/// another.
pub(super) fn selection<'a>(warnings: &[&'a Warning]) -> Vec<&'a Warning> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut round = 0;
    while chosen.len() < SHOWN.min(warnings.len()) {
        let more = WarningKind::ALL.iter().filter_map(|kind| {
            let of_kind = warnings.iter().enumerate().filter(|(_, warning)| warning.kind == *kind);
            of_kind.map(|(at, _)| at).nth(round)
        });
        let room = SHOWN - chosen.len();
        chosen.extend(more.take(room).collect::<Vec<_>>());
        round += 1;
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|at| warnings[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Term;

    fn shown(kinds: &[(WarningKind, usize)]) -> Vec<(WarningKind, usize)> {
        let warnings: Vec<_> = kinds
            .iter()
            .flat_map(|(kind, number)| vec![Warning::new(*kind, Term::OwnManager); *number])
            .collect();
        let shown = selection(&warnings.iter().collect::<Vec<_>>());
        let count = |kind| shown.iter().filter(|warning| warning.kind == kind).count();
        assert!(shown.is_sorted_by_key(|warning| warning.kind));
        kinds.iter().map(|(kind, _)| (*kind, count(*kind))).collect()
    }

    #[test]
    fn no_kind_hides_another_and_the_room_is_used() {
        use WarningKind::{Account, AlreadyHeld, Conflict, DeniedBefore, EndDate, HighConflict, Manager};
        for (given, expected) in [
            (vec![(Conflict, 2)], vec![2]),
            (vec![(Conflict, 9)], vec![6]),
            (vec![(Account, 1), (Conflict, 6), (Manager, 1)], vec![1, 4, 1]),
            (vec![(HighConflict, 5), (Conflict, 5)], vec![3, 3]),
            (vec![(HighConflict, 5), (Conflict, 5), (Manager, 1)], vec![3, 2, 1]),
            (
                [HighConflict, Account, Conflict, EndDate, DeniedBefore, AlreadyHeld, Manager]
                    .map(|kind| (kind, 1))
                    .into(),
                vec![1, 1, 1, 1, 1, 1, 0],
            ),
        ] {
            let expected: Vec<_> =
                given.iter().zip(expected).map(|((kind, _), number)| (*kind, number)).collect();
            assert_eq!(shown(&given), expected);
        }
    }
}
