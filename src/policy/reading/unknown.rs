//! Keys that a table can't have.

use super::{Keys, Reader, Table};

impl Reader<'_> {
    /// Whether a name stands in a heading.
    fn is_heading(&self, at: usize) -> bool {
        self.text.get(..at).is_some_and(|before| before.trim_end().ends_with('['))
    }

    /// Reports the keys that a table can't have.
    pub(in crate::policy) fn report_unknown_keys(&mut self, table: &Table<'_>, keys: &Keys) {
        for (key, value) in table.keys {
            let (place, name) = (key.span(), key.get_ref().as_ref());
            if keys.has(name) {
                continue;
            }
            let cause = format!("unknown key `{name}`");
            let near = keys.meant(name, value);
            let owner = Keys::ALL.into_iter().find(|other| other.has(name));
            if near.is_none() && Keys::RULE.has(name) && self.is_heading(place.start) {
                let inner = format!("rule.{name}");
                self.replace(place, &cause, &format!("write `{inner}` in the heading"), inner);
                continue;
            }
            match (near, owner) {
                (Some(near), _) => {
                    self.replace(place, &cause, &format!("did you mean `{near}`?"), near.to_owned());
                }
                (None, Some(owner)) => self.fault(place, &cause, &owner.remedy(name, keys)),
                (None, None) => {
                    let known = keys.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    self.fault(place, &cause, &format!("delete it; {} has {known}", keys.whose));
                }
            }
        }
    }
}
