//! A [`Mention`] is an id or the name of an attribute in a policy file, with its place. Mentions are read from the
//! TOML: the parsed policy does not keep places. What TOML and the policy's own checks reject is left out here.

use std::ops::Range;

use okta_request_enricher::okta::{IdForm, PolicyId};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a policy file names.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub(super) all: Vec<Mention>,
    /// How many names and globs stand where an id could. They are not looked up.
    pub(super) names: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Mention {
    /// Where it stands in the file, in bytes.
    pub(super) place: Range<usize>,
    /// Where it stands, as the file writes it: `match.scopes`.
    pub(super) key: String,
    pub(super) what: What,
}

/// What it names.
#[derive(Debug)]
pub(super) enum What {
    Id {
        id: PolicyId,
        /// `None` if no kind has such ids.
        form: Option<IdForm>,
        /// The kinds that belong there; the first is the usual one.
        belong: &'static [IdForm],
    },
    Condition {
        id: PolicyId,
        /// The apps that the same rule lists.
        apps: Vec<PolicyId>,
    },
    Attribute {
        name: String,
        /// Whether its value must be a date.
        is_date: bool,
    },
}

impl Mention {
    /// The id or the name.
    pub(super) fn text(&self) -> &str {
        match &self.what {
            What::Id { id, .. } | What::Condition { id, .. } => id.as_str(),
            What::Attribute { name, .. } => name,
        }
    }
}

/// The lists of a `match` that take ids alone.
const ID_LISTS: [(&str, &[IdForm]); 3] = [
    ("request_types", &[IdForm::RequestType]),
    // Okta knows requests for request types and for collections besides those for apps.
    ("resources", &[IdForm::App, IdForm::Collection, IdForm::RequestType]),
    // Okta repeats a resource without parts as its own scope.
    ("scopes", &[IdForm::Bundle, IdForm::Group, IdForm::App, IdForm::Collection, IdForm::RequestType]),
];

/// The lists of groups, apps and bundles, which take ids, names and globs.
const ITEM_LISTS: [(&str, &[IdForm]); 3] =
    [("groups", &[IdForm::Group]), ("apps", &[IdForm::App]), ("bundles", &[IdForm::Bundle])];

impl Mentions {
    /// The mentions in the text of a policy file, in its order; `None` if it is no TOML.
    pub(super) fn of(text: &str) -> Option<Mentions> {
        let mut found = Mentions::default();
        let file = DeTable::parse(text).ok()?;
        for rule in tables(file.get_ref(), "rule") {
            found.rule(rule);
        }
        for combination in tables(file.get_ref(), "toxic_combination") {
            for side in ["one", "other"] {
                found.items(combination, side);
            }
        }
        found.all.sort_by_key(|mention| mention.place.start);
        Some(found)
    }

    fn rule(&mut self, rule: &DeTable<'_>) {
        if let Some(matches) = table(rule, "match") {
            self.matches(matches);
        }
        self.items(rule, "relevant");
        self.shown(rule, "attributes");
        if let Some(strangers) = table(rule, "on_behalf") {
            self.shown(strangers, "on_behalf.attributes");
        }
        if let Some((place, name)) = rule.get("end_date").and_then(string) {
            self.attribute(place, "end_date", name, true);
        }
    }

    fn matches(&mut self, matches: &DeTable<'_>) {
        for (list, belong) in ID_LISTS {
            for (place, text) in strings(matches, list) {
                // Another text is no id, and `check` says so without the org.
                let Some(id) = PolicyId::parse(text).filter(|_| IdForm::has_length(text)) else { continue };
                let form = IdForm::of(text);
                let what = What::Id { id: canonical(id, form), form, belong };
                self.all.push(Mention { place, key: format!("match.{list}"), what });
            }
        }
        let apps: Vec<_> = strings(matches, "resources").filter_map(|(_, text)| app(text)).collect();
        for (place, text) in strings(matches, "conditions") {
            if let Some(id) = PolicyId::parse(text).filter(|_| IdForm::of(text) == Some(IdForm::Condition)) {
                let what = What::Condition { id, apps: apps.clone() };
                self.all.push(Mention { place, key: "match.conditions".to_owned(), what });
            }
        }
        self.ids_or_names(matches, "groups", "match.groups", &[IdForm::Group]);
        for (name, _) in table(matches, "attributes").into_iter().flatten() {
            self.attribute(name.span(), "match.attributes", name.get_ref(), false);
        }
    }

    /// The groups, apps and bundles in the table of this name.
    fn items(&mut self, above: &DeTable<'_>, name: &str) {
        let Some(items) = table(above, name) else { return };
        for (list, belong) in ITEM_LISTS {
            self.ids_or_names(items, list, &format!("{name}.{list}"), belong);
        }
    }

    fn ids_or_names(&mut self, above: &DeTable<'_>, list: &str, key: &str, belong: &'static [IdForm]) {
        for (place, text) in strings(above, list) {
            match (IdForm::of_id_or_name(text), PolicyId::parse(text)) {
                (form @ Some(_), Some(id)) => {
                    let what = What::Id { id: canonical(id, form), form, belong };
                    self.all.push(Mention { place, key: key.to_owned(), what });
                }
                _ => self.names += 1,
            }
        }
    }

    /// The attributes that a message shows.
    fn shown(&mut self, above: &DeTable<'_>, key: &str) {
        for attribute in tables(above, "attributes") {
            if let Some((place, name)) = attribute.get("name").and_then(string) {
                self.attribute(place, key, name, false);
            }
        }
    }

    fn attribute(&mut self, place: Range<usize>, key: &str, name: &str, is_date: bool) {
        let what = What::Attribute { name: name.to_owned(), is_date };
        self.all.push(Mention { place, key: key.to_owned(), what });
    }

    /// Every app that the file names by its id, each once.
    pub(super) fn apps(&self) -> Vec<PolicyId> {
        let mut apps = Vec::new();
        for mention in &self.all {
            if let What::Id { id, form: Some(IdForm::App), .. } = &mention.what
                && !apps.contains(id)
            {
                apps.push(id.clone());
            }
        }
        apps
    }
}

/// The id as Okta writes it. A policy may write hexadecimal digits in upper case.
fn canonical(id: PolicyId, form: Option<IdForm>) -> PolicyId {
    match form {
        Some(IdForm::RequestType) => PolicyId::parse(&id.as_str().to_ascii_lowercase()).unwrap_or(id),
        _ => id,
    }
}

fn app(text: &str) -> Option<PolicyId> {
    PolicyId::parse(text).filter(|_| IdForm::of(text) == Some(IdForm::App))
}

fn table<'a, 'i>(above: &'a DeTable<'i>, name: &str) -> Option<&'a DeTable<'i>> {
    above.get(name)?.get_ref().as_table()
}

fn list<'a, 'i>(above: &'a DeTable<'i>, name: &str) -> impl Iterator<Item = &'a Spanned<DeValue<'i>>> {
    above.get(name).and_then(|value| value.get_ref().as_array()).into_iter().flatten()
}

/// The tables in the list of this name.
fn tables<'a, 'i>(above: &'a DeTable<'i>, name: &str) -> impl Iterator<Item = &'a DeTable<'i>> {
    list(above, name).filter_map(|value| value.get_ref().as_table())
}

/// The texts in the list of this name, each with its place.
fn strings<'a>(above: &'a DeTable<'_>, name: &str) -> impl Iterator<Item = (Range<usize>, &'a str)> {
    list(above, name).filter_map(string)
}

fn string<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<(Range<usize>, &'a str)> {
    Some((value.span(), value.get_ref().as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_and_attribute_is_found_at_its_place() {
        let text = r#"
[[rule]]
name = "a"
end_date = "contractEnd"
attributes = [
  { name = "title", label = "Title" },
  { name = "costCenter", label = "Cost center" },
]
relevant = { groups = ["00g1XwVn88aqlttdqHPU", "SAP *"], apps = ["Jira"] }
on_behalf.sections = ["profile"]
on_behalf.attributes = [{ name = "city", label = "City" }]
[rule.match]
request_types = ["68DF878EDDD64307621E77C3"]
conditions = ["rco1MABU5OCY5Ce2O8Q6"]
resources = ["0oa1SW2Sj9VkwOqXfkYc", "Jira"]
scopes = ["enb1MQzd2QRprQCjXYLW"]
groups = ["0oa1SW2Sj9VkwOqXfkYc"]
attributes.userType = ["Contractor"]

[[toxic_combination]]
name = "x"
one = { groups = ["00g1G07oDnmiPeJqTc9f"] }
other = { bundles = ["Vendor *"] }
"#;
        let found = Mentions::of(text).unwrap();
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let lines: Vec<_> = found
            .all
            .iter()
            .map(|mention| format!("{} {} {}", line(mention.place.start), mention.key, mention.text()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        4 end_date contractEnd
        6 attributes title
        7 attributes costCenter
        9 relevant.groups 00g1XwVn88aqlttdqHPU
        11 on_behalf.attributes city
        13 match.request_types 68df878eddd64307621e77c3
        14 match.conditions rco1MABU5OCY5Ce2O8Q6
        15 match.resources 0oa1SW2Sj9VkwOqXfkYc
        16 match.scopes enb1MQzd2QRprQCjXYLW
        17 match.groups 0oa1SW2Sj9VkwOqXfkYc
        18 match.attributes userType
        22 one.groups 00g1G07oDnmiPeJqTc9f
        ");
        assert_eq!((found.names, found.apps().len()), (3, 1));
    }

    #[test]
    fn a_file_of_another_shape_names_nothing() {
        for text in
            ["", "rule = 7", "[rule]\nmatch = 1", "[[rule]]\nmatch = []\nattributes = [1]\nend_date = 7"]
        {
            assert!(Mentions::of(text).unwrap().all.is_empty(), "{text}");
        }
        assert!(Mentions::of("x =").is_none());
    }
}
