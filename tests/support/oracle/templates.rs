//! Templates of a policy. Each is a list of rows, so that the judge knows what its own lines say.

use super::dice::Dice;

/// The built-in template, or rows of the policy's own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Template {
    BuiltIn,
    Own(Vec<Row>),
}

/// A row of a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Row {
    Headline,
    Warnings,
    People,
    Answers,
    Checks,
    /// Words of the policy's own before a fact.
    Named(&'static str, &'static str),
    /// The first attribute, without words before it.
    Bare,
    Fixed,
}

/// The words of [`Row::Fixed`].
pub(crate) const FIXED: &str = "Our policy: see the wiki.";

impl Template {
    pub(crate) fn of_dice(dice: &mut Dice, sections: &[&str], attributes: &[(&str, &str)]) -> Template {
        if dice.chance(85) {
            return Template::BuiltIn;
        }
        let mut rows = vec![Row::Fixed];
        let general = [Row::Headline, Row::Warnings, Row::People, Row::Checks];
        rows.extend(dice.some(&general, 60));
        if sections.contains(&"request") {
            rows.extend(dice.some(&[Row::Answers, Row::Named("Thing", "request.access")], 60));
        }
        if sections.contains(&"access") {
            rows.extend(
                dice.some(
                    &[Row::Named("In groups", "access.groups"), Row::Named("In apps", "access.apps")],
                    60,
                ),
            );
        }
        if sections.contains(&"profile") && !attributes.is_empty() {
            rows.extend(dice.some(&[Row::Bare], 60));
        }
        Template::Own(rows)
    }

    /// Its source; `None` for the built-in one. `first` is the name of the first attribute.
    pub(crate) fn source_for(&self, first: Option<&str>) -> Option<String> {
        let Template::Own(rows) = self else { return None };
        let row = |row: &Row| {
            match row {
            Row::Headline => "{{ headline }}\n".to_owned(),
            Row::Warnings => "{% for w in warnings %}{{ words.warning }}: {{ w }}\n{% endfor %}{% if more_warnings %}{{ more_warnings }}\n{% endif %}".to_owned(),
            Row::People => "{% for p in people %}{{ p.text }}\n{% endfor %}".to_owned(),
            Row::Answers => "{% for a in request.answers %}{{ a.text }}\n{% endfor %}".to_owned(),
            Row::Checks => "{% for c in checks %}{{ c.text }}\n{% endfor %}".to_owned(),
            Row::Named(words, name) => format!("{words}: {{{{ {name} }}}}\n"),
            Row::Bare => format!("{{{{ profile.attributes.{} }}}}\n", first.unwrap_or_default()),
            Row::Fixed => format!("{FIXED}\n"),
        }
        };
        Some(rows.iter().map(row).collect())
    }
}
