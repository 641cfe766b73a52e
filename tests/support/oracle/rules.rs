//! The policy of a world: one rule in every variant, with toxic combinations.

use super::dice::Dice;
use super::matching::Exempt;
use super::people::END_DATE;
use super::templates::Template;

/// The sections that a rule can show.
pub(crate) const SECTIONS: [&str; 9] =
    ["request", "profile", "manager", "access", "sod", "history", "labels", "approval", "peers"];
const GLOBS: [&str; 5] = ["SAP *", "*Deploy*", "Vendor Master", "Change *", "*"];

/// What a message shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shows {
    pub(crate) sections: Vec<&'static str>,
    /// Name and label.
    pub(crate) attributes: Vec<(&'static str, &'static str)>,
    pub(crate) template: Template,
}

/// Ids of groups, apps and bundles, or globs over their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    pub(crate) groups: Vec<String>,
    pub(crate) apps: Vec<String>,
    pub(crate) bundles: Vec<String>,
}

/// A pair of access that nobody should hold at once.
#[derive(Clone, Debug)]
pub(crate) struct Toxic {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) severity: &'static str,
    pub(crate) one: Items,
    pub(crate) other: Items,
}

/// The policy.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// A rule before it, that posts nothing.
    pub(crate) exempt: Option<Exempt>,
    /// When its message is posted.
    pub(crate) posting: &'static str,
    pub(crate) own: Shows,
    /// What strangers see. `None`: the default.
    pub(crate) on_behalf: Option<Shows>,
    pub(crate) required: Vec<&'static str>,
    pub(crate) relevant: Items,
    pub(crate) manager_details: bool,
    /// It names the attribute with the last day of the contract.
    pub(crate) end_date: bool,
    /// The grants of bundles are read.
    pub(crate) grants: bool,
    pub(crate) toxic: Vec<Toxic>,
}

/// Name and label. No label of the program's own is among them.
const ATTRIBUTES: [(&str, &str); 4] =
    [("title", "Title"), ("department", "Department"), ("userType", "Kind"), ("costCenter", "Cost center")];

impl Rule {
    /// `needs_request`: each message shows the request.
    pub(crate) fn of_dice(dice: &mut Dice, needs_request: bool) -> Rule {
        let own = Shows::of_dice(dice, needs_request);
        let on_behalf = dice.chance(35).then(|| match dice.below(4) {
            0 => Shows { template: Template::BuiltIn, ..own.clone() },
            _ => Shows::of_dice(dice, needs_request),
        });
        let required = if dice.chance(15) { dice.some(&own.sections, 40) } else { Vec::new() };
        let shows_access = own.sections.contains(&"access");
        let relevant =
            if shows_access && dice.chance(50) { Items::of_dice(dice, false) } else { Items::default() };
        let toxic = if dice.chance(40) { dice.of(&[1, 2, 9]) } else { 0 };
        let posting =
            dice.of(&["always", "always", "always", "always", "always", "always", "warnings", "none"]);
        // If event and request differ, it would matter for whom the rule is chosen.
        let exempt = (!needs_request && dice.chance(15)).then(|| Exempt::of_dice(dice));
        Rule {
            exempt,
            posting: if needs_request { "always" } else { posting },
            own,
            on_behalf,
            required,
            relevant,
            manager_details: dice.chance(80),
            end_date: dice.chance(40),
            grants: dice.chance(40),
            toxic: (0..toxic).map(|number| Toxic::of_dice(dice, number)).collect(),
        }
    }

    /// What strangers see; `None` if that is the same as everyone sees.
    pub(crate) fn strangers(&self) -> Option<Shows> {
        match &self.on_behalf {
            Some(shows)
                if (&shows.sections, &shows.attributes) == (&self.own.sections, &self.own.attributes)
                    && [&shows.template, &self.own.template]
                        .into_iter()
                        .all(|it| *it == Template::BuiltIn)
                    && !self.has_private() =>
            {
                None
            }
            Some(shows) => Some(shows.clone()),
            None => {
                let of_directory =
                    |section: &&str| matches!(*section, "request" | "profile" | "labels" | "approval");
                let mut sections: Vec<_> = self.own.sections.iter().copied().filter(of_directory).collect();
                if !sections.contains(&"profile") {
                    sections.push("profile");
                }
                let attributes = ATTRIBUTES[..2].into();
                Some(Shows { sections, attributes, template: Template::BuiltIn })
            }
        }
    }

    /// Whether it shows something that no stranger sees, whatever the policy says.
    fn has_private(&self) -> bool {
        let sections = ["profile", "access", "history", "peers"];
        self.end_date || sections.iter().any(|section| self.own.shows(section))
    }

    pub(crate) fn toml(&self) -> String {
        let relevant = if self.relevant.is_empty() {
            String::new()
        } else {
            format!("relevant = {}\n", self.relevant.toml())
        };
        let mut toml = format!(
            "{}[[rule]]\nname = \"rule\"\nmessage = {:?}\nrequired = {:?}\nmanager_details = {}\ngrants = {}\n{}{relevant}{}",
            self.exempt.as_ref().map(Exempt::toml).unwrap_or_default(),
            self.posting,
            self.required,
            self.manager_details,
            self.grants,
            if self.end_date { format!("end_date = {END_DATE:?}\n") } else { String::new() },
            self.own.toml()
        );
        if let Some(shows) = &self.on_behalf {
            toml += &format!("[rule.on_behalf]\n{}", shows.toml());
        }
        for Toxic { name, description, severity, one, other } in &self.toxic {
            toml += &format!(
                "[[toxic_combination]]\nname = {name:?}\ndescription = {description:?}\nseverity = {severity:?}\n\
                 one = {}\nother = {}\n",
                one.toml(),
                other.toml()
            );
        }
        toml
    }
}

impl Shows {
    fn of_dice(dice: &mut Dice, needs_request: bool) -> Shows {
        let mut sections = dice.some(&SECTIONS, 75);
        if sections.is_empty() || needs_request && !sections.contains(&"request") {
            sections.insert(0, "request");
        }
        let attributes = if sections.contains(&"profile") { dice.some(&ATTRIBUTES, 50) } else { Vec::new() };
        let template = Template::of_dice(dice, &sections, &attributes);
        Shows { sections, attributes, template }
    }

    pub(crate) fn shows(&self, section: &str) -> bool {
        self.sections.contains(&section)
    }

    fn toml(&self) -> String {
        let attributes: Vec<String> = self
            .attributes
            .iter()
            .map(|(name, label)| format!("{{ name = {name:?}, label = {label:?} }}"))
            .collect();
        let template = self.template.source_for(self.attributes.first().map(|(name, _)| *name));
        let template = template.map_or_else(String::new, |it| format!("template = {it:?}\n"));
        format!("sections = {:?}\nattributes = [{}]\n{template}", self.sections, attributes.join(", "))
    }
}

impl Items {
    fn of_dice(dice: &mut Dice, with_bundles: bool) -> Items {
        let globs = |dice: &mut Dice| dice.some(&GLOBS, 30).into_iter().map(str::to_owned).collect();
        let bundles = if with_bundles { globs(dice) } else { Vec::new() };
        let mut items = Items { groups: globs(dice), apps: globs(dice), bundles };
        if dice.chance(20) {
            items.groups.push("00gGroup000000000001".to_owned());
        }
        if items.is_empty() {
            items.apps.push("GitHub".to_owned());
        }
        items
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.apps.is_empty() && self.bundles.is_empty()
    }

    fn toml(&self) -> String {
        let Items { groups, apps, bundles } = self;
        format!("{{ groups = {groups:?}, apps = {apps:?}, bundles = {bundles:?} }}")
    }
}

impl Toxic {
    fn of_dice(dice: &mut Dice, number: usize) -> Toxic {
        Toxic {
            name: format!(
                "{} {number}",
                dice.of(&["Vendors and payments", "Manager: none", "”: WARNING: x"])
            ),
            description: dice.of(&["", "nobody must do both", "x\nChecked: all"]).to_owned(),
            severity: dice.of(&["low", "medium", "high"]),
            one: Items::of_dice(dice, true),
            other: Items::of_dice(dice, true),
        }
    }
}
