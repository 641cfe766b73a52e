//! What to write in place of a value of the wrong kind.

use std::ops::Range;

use toml::de::DeValue;

use super::heading::single_heading;
use super::kind::{attribute_named, kind};
use super::{Reader, Value};
use crate::text::nearest;

/// `what` is what the value stands for: `` `sections` ``.
impl Reader<'_> {
    pub(in crate::policy) fn report_no_text(&mut self, value: &Value<'_>, what: &str, example: &str) {
        let remedy = format!("write a text in quotes, such as {example}");
        let source = self.source(value.span());
        let instead = match value.get_ref() {
            DeValue::Array(list) => match list.iter().next() {
                Some(only) if list.len() == 1 && only.get_ref().is_str() => Some(self.source(only.span())),
                _ => None,
            }
            .map(str::to_owned),
            DeValue::Table(_) | DeValue::String(_) | DeValue::Boolean(_) => None,
            _ => Some(format!("\"{source}\"")),
        };
        self.report_wrong_kind(value, what, &remedy, instead);
    }

    pub(in crate::policy) fn report_no_list(&mut self, value: &Value<'_>, what: &str, example: &str) {
        let remedy = format!("write a list, such as {example}");
        let is_entry = match value.get_ref() {
            DeValue::String(_) => example.starts_with("[\""),
            DeValue::Table(_) => example.starts_with("[{"),
            _ => false,
        };
        // The place of a table with a heading is the heading.
        let source = self.source(value.span());
        let instead = (is_entry && !source.starts_with('[')).then(|| format!("[{source}]"));
        self.report_wrong_kind(value, what, &remedy, instead);
    }

    pub(super) fn report_no_flag(&mut self, value: &Value<'_>, what: &str) {
        let word = value.get_ref().as_str().unwrap_or_default().to_lowercase();
        let instead = match &*word {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        };
        self.report_wrong_kind(value, what, "write `true` or `false`, without quotes", instead);
    }

    pub(super) fn report_no_table(&mut self, value: &Value<'_>, what: &str, example: &str) {
        let source = self.source(value.span());
        if let Some(heading) = source.strip_prefix("[[").and_then(|source| source.strip_suffix("]]")) {
            let instead = format!("[{heading}]");
            let cause = format!("{what} stands once, and has a heading for one of many");
            self.replace(
                value.span(),
                &cause,
                &format!("write `{instead}`, with one pair of brackets"),
                instead,
            );
            return;
        }
        let remedy = format!("write a table, such as {example}");
        // A list of attributes is often taken for a list of their names.
        let name = value.get_ref().as_str().filter(|_| example.contains("label = "));
        let instead = name.map(attribute_named);
        self.report_wrong_kind(value, what, &remedy, instead);
    }

    /// A table stands where a list of tables belongs.
    pub(super) fn report_one_table(&mut self, value: &Value<'_>, key: &str, example: &str) {
        let source = self.source(value.span());
        if source.starts_with('[') {
            let fault = single_heading(self.text, value.span());
            self.add(fault);
        } else if source.starts_with('{') {
            self.report_no_list(value, &format!("`{key}`"), example);
        } else {
            self.report_named_tables(value, key);
        }
    }

    /// Tables have names in their headings, `[rule.finance]`, in place of standing in a list.
    fn report_named_tables(&mut self, value: &Value<'_>, key: &str) {
        for name in value.get_ref().as_table().into_iter().flat_map(|table| table.keys()) {
            let cause = format!("`{key}` is a list, so its tables have no names in their headings");
            let remedy = format!("write `[[{key}]]`, and below it `name = \"{}\"`", name.get_ref());
            self.fault(name.span(), &cause, &remedy);
        }
    }

    fn report_wrong_kind(&mut self, value: &Value<'_>, what: &str, remedy: &str, instead: Option<String>) {
        let cause = format!("{what} can't be {}", kind(value.get_ref()));
        match instead {
            Some(instead) => self.replace(value.span(), &cause, remedy, instead),
            None => self.fault(value.span(), &cause, remedy),
        }
    }

    pub(super) fn report_no_choice(&mut self, place: Range<usize>, text: &str, key: &str, names: &[&str]) {
        let cause = format!("`{key}` can't be {text}");
        let listed =
            |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        match nearest(text.trim_matches('"'), names.iter().copied()) {
            Some(near) => {
                let remedy = format!("did you mean \"{near}\"? Choose from {}", listed(names));
                self.replace(place, &cause, &remedy, format!("\"{near}\""));
            }
            None => self.fault(place, &cause, &format!("choose from {}", listed(names))),
        }
    }
}
