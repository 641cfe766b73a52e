mod longest;

use proptest::prelude::*;

use super::*;
use crate::section::{
    ASKED_BY, AskedFor, Check, CheckKind, FOR, Fact, Lack, NOT_SHOWN, Section, Source, Value, Warning,
    WarningKind,
};
use crate::words::Piece;

/// What somebody wrote.
#[derive(Clone, Debug)]
struct Written {
    name: String,
    thing: String,
    title: String,
    question: String,
    answers: Vec<String>,
    rules: Vec<String>,
}

impl Default for Written {
    fn default() -> Written {
        Written {
            name: "Priya Raghunathan".into(),
            thing: "Vendor Master Maintainer".into(),
            title: "Accounts Payable Specialist".into(),
            question: "Why?".into(),
            answers: vec!["Parental leave".into()],
            rules: vec!["Create and pay".into()],
        }
    }
}

impl Written {
    fn content(&self) -> Content {
        let name = Piece::said(Term::WithLogin, [Piece::name(&self.name), Piece::name("p@example.com")]);
        let asker = Piece::said(Term::Service, [Piece::Plain("0oaClient".to_owned())]);
        let hidden = Piece::list(vec![Term::CheckManager.into(), Term::CheckHeld.into()], 2);
        let people = vec![
            Fact::named(FOR, Term::For, Value::Known(name)),
            Fact::named(ASKED_BY, Term::AskedBy, Value::Known(asker)),
            Fact::named(NOT_SHOWN, Term::NotShownToOthers, Value::Known(hidden)),
        ];
        let long = |text: &str| Value::Known(Piece::text(text, usize::MAX / 2));
        let title = Fact::attribute("title", "Title", long(&self.title));
        let account = Fact::by_name("account", Value::Known(Term::Active.into()));
        let answer =
            |text: &String| Fact::answer(&self.question, Value::Known(Piece::quoted(text, usize::MAX / 2)));
        let warn = |rule: &String| {
            let rule = Piece::said(Term::OktaConflict, [Piece::quoted_name(rule)]);
            Warning::new(WarningKind::Conflict, rule)
        };
        let rules =
            Check::made(CheckKind::OktaRules, Term::CheckOktaRules, self.rules.iter().map(warn).collect());
        let account_check = Check::made(CheckKind::Account, Term::CheckAccount, Vec::new());
        let why = Lack::of_data(Term::NoMatchingAccount);
        let manager = Check::not_done(CheckKind::Manager, Term::CheckManager, why);
        let answers = self.answers.iter().map(answer).collect();
        Content {
            people,
            asked_for: AskedFor {
                names: vec![self.thing.clone(), "SAP".to_owned()],
                duration: Some(Piece::counted(Term::Days, 90)),
                ..AskedFor::default()
            },
            sections: vec![
                Section {
                    source: Source::Profile,
                    facts: vec![title, account],
                    checks: vec![account_check, manager],
                },
                Section { source: Source::Request, facts: answers, checks: Vec::new() },
                Section { source: Source::Sod, facts: Vec::new(), checks: vec![rules] },
            ],
            ..Content::default()
        }
    }
}

fn rendered(template: &str, content: &Content) -> String {
    let message = Template::parse(template).unwrap().render(content, &Words::english()).unwrap();
    assert!(utf16_len(message.as_str()) <= LIMIT);
    message.0
}

fn built_in(content: &Content) -> String {
    rendered(BUILT_IN, content)
}

#[test]
fn a_message_of_nothing_has_its_headline_and_says_where_it_comes_from() {
    insta::assert_snapshot!(built_in(&Content::default()), @r"
    Nothing to look at: access that Okta does not name

    (okta-request-enricher, 1970-01-01 00:00 UTC)
    ");
}

#[test]
fn the_built_in_template_has_headline_warnings_people_facts_checks_and_provenance_in_this_order() {
    assert_eq!(Template::built_in().shows_answers, Template::parse(BUILT_IN).unwrap().shows_answers);
    insta::assert_snapshot!(built_in(&Written::default().content()), @r"
    1 to look at: Vendor Master Maintainer, SAP, 90 days
    WARNING: conflict with “Create and pay”

    For: Priya Raghunathan (p@example.com)
    Asked by: a service (client 0oaClient), not a person
    Not shown, since someone else asked: manager, access held
    Title: Accounts Payable Specialist
    “Why?”: “Parental leave”
    Checked: account, separation of duties (Okta's rules)
    Not checked: manager (no matching Okta account)
    (okta-request-enricher, 1970-01-01 00:00 UTC)
    ");
}

#[test]
fn what_the_headline_has_no_room_for_stands_in_full_below() {
    let long =
        |end: &str| format!("SAP Accounts Payable - Vendor Master Data of the Shared Service Centre ({end})");
    let fact = |name, label, text: &str| {
        Fact::labelled_by_name(name, label, Value::Known(Piece::text(text, usize::MAX / 2)))
    };
    let units =
        [Term::Years, Term::Months, Term::Weeks, Term::Days, Term::Hours, Term::Minutes, Term::Seconds];
    let units = Piece::Series(units.map(|unit| Piece::counted(unit, 99_999)).into());
    let days = Piece::counted(Term::Days, 90);
    let subject = format!("Somebody is requesting {}", long("Change"));
    let lines = |names: &[String], duration: &Piece| {
        let mut content = Written::default().content();
        content.asked_for = AskedFor {
            names: names.to_vec(),
            duration: Some(duration.clone()),
            subject: Some(subject.clone()),
            more: 0,
        };
        content.sections[1].facts = vec![
            fact("subject", Term::Request, &subject),
            fact("access", Term::AccessTo, "SAP"),
            fact("scope", Term::Bundle, &long("Change")),
            Fact::labelled_by_name("duration", Term::Duration, Value::Known(duration.clone())),
        ];
        let message = built_in(&content);
        let headline = message.lines().next().unwrap().to_owned();
        assert!(headline.chars().count() <= 100, "{headline}");
        let below = message.lines().skip(6).take_while(|line| !line.starts_with("Checked"));
        (headline, below.skip(1).map(str::to_owned).collect::<Vec<_>>())
    };

    let (_, below) = lines(&["Clerk".to_owned(), "SAP".to_owned()], &days);
    assert!(below.is_empty(), "{below:?}");
    // Names that differ only at the end look the same in the headline.
    let names = [long("Change"), "SAP".to_owned()];
    let (headline, below) = lines(&names, &days);
    assert!(headline.ends_with("…, SAP, 90 days"), "{headline}");
    assert_eq!(below, ["Access to: SAP".to_owned(), format!("Bundle: {}", long("Change"))]);
    let (headline, below) = lines(&[], &days);
    assert!(headline.ends_with("…”, 90 days"), "{headline}");
    assert_eq!(below, [format!("Request: {subject}")]);
    let duration = format!("Duration: {}", Words::english().say(&units));
    let (headline, below) = lines(&names, &units);
    assert!(headline.ends_with(" (Change), SAP"), "{headline}");
    assert_eq!(below, [duration.as_str()]);
    let (headline, below) = lines(&[long("Change"), long("Display")], &units);
    assert!(headline.ends_with('…'), "{headline}");
    assert_eq!((below.len(), below.last()), (3, Some(&duration)));
}

/// Templates that leave out, change, repeat or move what must stay, and that are long themselves.
const TEMPLATES: &[&str] = &[
    "hello",
    "{{ profile.attributes.title }}",
    "{{ request.answers | map(attribute='value') | join('\n') }}",
    "hello\n{{ headline }}",
    "{{ provenance }}\n{{ checks[1].text }}\n{{ checks[0].text }}\n{{ people[0].text }}\n{{ warnings[0] }}\n{{ headline }}",
    "{{ headline | upper }}|{{ warnings | join('; ') | upper }}|{{ people[0].text | lower }}",
    "{{ headline | reverse }}\n{{ warnings | map('reverse') | join }}\n{{ people[0].value | reverse }}",
    "{{ headline | shorten(5) }}\n{% for w in warnings %}{{ w | shorten(3) }}\n{% endfor %}{{ people[0].text | shorten(4) }}",
    "{{ headline | replace('to look at', 'fine') }}\n{{ people[0].text | replace('For', 'Not for') }}{{ provenance | replace('2', '3') }}",
    "{{ headline | split(' ') | last }}{{ warnings[0] | split(' ') | last }}{{ people[0].text | split(' ') | last }}{{ provenance | split(',') | last }}{{ checks[0].text | split(',') | last }}",
    "{{ headline | first }}{{ headline | last }}{{ headline | list | join('\n') }}{{ checks[1].text | list | last }}",
    "{% for a in request.answers %}{% for b in request.answers %}{{ headline }} {{ a.value }}\n{% endfor %}{% endfor %}",
    "{% for section in sections %}{% for fact in section.facts %}{{ fact.text }}\n{{ provenance }}\n{% endfor %}{% endfor %}",
    "{% filter upper %}{{ headline }}{% endfilter %}{% set x %}{{ people[0].text }}{% endset %}{{ x | replace('For: ', '') }}",
    "{{ people[0].text | replace('For: ', '') }}\n{{ warnings[0] | trim('conflict with') }}",
    "{% for section in sections %}{% for fact in section.facts %}{{ fact.text | replace('Title: ', '') | split(': ') | last }}\n{% endfor %}{% endfor %}",
    "{% set x %}{% for section in sections %}{% for fact in section.facts %}{{ fact.text }}\n{% endfor %}{% endfor %}{% endset %}{{ x | replace('Title: ', '') }}",
    "{{ profile.attributes.title | list | join('\n') }}\n{{ profile.attributes.title | trim | title }}{{ profile.attributes.title }}",
    "{{ profile.attributes.title | default('') | upper }}\n{{ profile.attributes.title | capitalize }}\n{{ profile.attributes.title | shorten(20) }}",
    "{% for a in request.answers %}{{ a.label | replace('“', '') }}: x\n{{ a.value | replace('“', '') | trim }}\n{{ a.text | replace('“', '') }}\n{% endfor %}",
];

/// Lower-case letters and digits.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[test]
fn a_template_s_headline_stays_the_first_line_and_what_it_leaves_out_stands_below() {
    let content = Written::default().content();
    let begins = |template: &str, starts: &[&str]| {
        let message = rendered(template, &content);
        let lines: Vec<&str> = message.lines().take(starts.len()).collect();
        let fits = lines.iter().zip(starts).all(|(line, start)| line.starts_with(start));
        assert!(fits && lines.len() == starts.len(), "{template}\n{message}");
    };
    let people = ["For: ", "Asked by: ", "Not shown, "];
    let below = |first: &[&'static str], last: &'static str| [first, &people, &[last]].concat();
    begins("{{ headline }}\nhello", &below(&["1 to look at: ", "WARNING: "], "hello"));
    let warnings = "{{ headline }}!\n{% for w in warnings %}- {{ w }}\n{% endfor %}hello";
    begins(warnings, &below(&["1 to look at: ", "- conflict"], "hello"));
    begins(
        "{{ headline }}\n{% for p in people %}{{ p.text }}\n{% endfor %}hello",
        &[&["1 to look at: ", "WARNING: "][..], &people, &["hello"]].concat(),
    );
    // It begins with something else.
    begins("hello\n{{ headline }}", &below(&["WARNING: "], "hello"));
    begins("hello", &below(&["1 to look at: ", "WARNING: "], "hello"));
}

/// The values that must stay, as the built-in template writes them.
fn must_stay(content: &Content) -> Vec<String> {
    let built_in = built_in(content);
    let mut lines: Vec<&str> = built_in.lines().collect();
    let labelled = [
        "WARNING: ",
        "For: ",
        "Asked by: ",
        "Not shown, since someone else asked: ",
        "Checked: ",
        "Not checked: ",
    ];
    let headline = lines.remove(0);
    let provenance = lines.pop().unwrap();
    let values =
        labelled.iter().flat_map(|label| lines.iter().filter_map(move |line| line.strip_prefix(label)));
    let values: Vec<&str> = values.collect();
    assert!(values.len() >= 5, "{built_in}");
    [headline, provenance].into_iter().chain(values).map(letters).collect()
}

fn check_must_stay(template: &str, content: &Content, must: &[String]) -> String {
    let message = rendered(template, content);
    let lines: Vec<String> = message.lines().map(letters).collect();
    for must in must {
        assert!(lines.iter().any(|line| line.contains(must)), "{template}\nlacks {must}\n{message}");
    }
    message
}

#[test]
fn what_must_stay_is_in_the_message_under_any_template() {
    let long = Written {
        title: "T".repeat(10_000),
        answers: vec!["“😀\n”".repeat(10_000); 12],
        rules: (0..9).map(|n| format!("Rule {n}")).collect(),
        ..Written::default()
    };
    for content in [Written::default().content(), long.content()] {
        let must = must_stay(&content);
        for template in TEMPLATES {
            check_must_stay(template, &content, &must);
        }
        let own = format!("{}\n{{{{ as_of }}}}", "Read the handbook.\n".repeat(2_000));
        let message = check_must_stay(&own, &content, &must);
        assert!(message.contains("(further lines left out: "), "{message}");
        let one_line = check_must_stay(&"handbook ".repeat(2_000), &content, &must);
        assert!(one_line.contains("(further lines left out: "), "{one_line}");
    }
}

#[test]
fn what_a_template_leaves_out_stands_above_or_below_its_text() {
    insta::assert_snapshot!(rendered("hello", &Written::default().content()), @r"
    1 to look at: Vendor Master Maintainer, SAP, 90 days
    WARNING: conflict with “Create and pay”
    For: Priya Raghunathan (p@example.com)
    Asked by: a service (client 0oaClient), not a person
    Not shown, since someone else asked: manager, access held
    hello
    Checked: account, separation of duties (Okta's rules)
    Not checked: manager (no matching Okta account)
    (okta-request-enricher, 1970-01-01 00:00 UTC)
    ");
}

/// The numbers of shown and cut answers, and the note.
fn answers(message: &str) -> (usize, usize, &str) {
    let answers: Vec<&str> = message.lines().filter(|line| line.starts_with("“Why?”: ")).collect();
    let cut = answers.iter().filter(|answer| answer.ends_with("…”")).count();
    let note =
        message.lines().find(|line| line.starts_with('(') && line.contains("answer")).unwrap_or_default();
    (answers.len(), cut, note)
}

#[test]
fn long_answers_are_shortened_then_left_out_from_the_end_and_the_message_says_how_many() {
    let short = "Short answer".to_owned();
    for long in ["😀".repeat(10_000), "“”\"\n".repeat(10_000), "x\r\nWARNING: y\u{2028}".repeat(2_000)]
    {
        let with = |answers: Vec<String>| built_in(&Written { answers, ..Written::default() }.content());
        assert_eq!(answers(&with(vec![short.clone(); 10])), (10, 0, ""));
        assert_eq!(answers(&with(vec![short.clone(); 11])), (10, 0, "(1 answer left out)"));
        assert_eq!(answers(&with(vec![long.clone()])), (1, 1, "(1 answer shortened)"));
        assert_eq!(answers(&with(vec![long.clone(); 12])), (10, 10, "(10 answers shortened, 2 left out)"));
        let mixed = with([vec![short.clone(); 2], vec![long.clone(); 2]].concat());
        assert_eq!(answers(&mixed), (4, 2, "(2 answers shortened)"));
    }
    // Other facts leave less room: the answers give way first.
    let mut content = Written { answers: vec!["😀".repeat(400); 12], ..Written::default() }.content();
    let title = content.sections[0].facts[0].clone();
    let title = Fact { value: Value::Known(Piece::text(&"t".repeat(400), usize::MAX / 2)), ..title };
    for (titles, shown) in [(4, 10), (16, 7), (17, 3)] {
        content.sections[0].facts = vec![title.clone(); titles];
        let message = built_in(&content);
        let expected = format!("({shown} answers shortened, {} left out)", 12 - shown);
        assert_eq!(answers(&message), (shown, shown, expected.as_str()), "{titles}");
        assert_eq!(message.matches("\nTitle: ").count(), titles, "{message}");
    }
}

#[test]
fn no_filter_makes_a_value_act_again() {
    for (template, value, text) in [
        ("{{ title | upper }}", "@here \u{17F}ms:1", "[@]HERE SMS[:]1"),
        ("{{ title | lower }}", "<!CHANNEL> s\u{212A}ype:x", "‹!channel› skype[:]x"),
        ("{{ title | reverse }}", "ereh@ x", "x [@]here"),
        ("{{ title | replace('[', '') | replace(']', '') }}", "https://evil.com", "https[:]//evil[.]com"),
        ("{{ title | replace('‹', '<') | replace('›', '>') }}", "<@U1>", "‹[@]U1›"),
        ("{{ title | split('[.]') | join('.') }}", "evil.com/x", "evil[.]com/x"),
        ("{% filter upper %}{{ title }}{% endfilter %}", "ﬁle:/x", "FILE[:]/X"),
        ("{% set x %}{{ title }}/a{% endset %}{{ x }}", "evil.com", "evil[.]com/a"),
        ("{{ title }}/{{ as_of }}", "evil.com", "evil[.]com/1970-01-01 00:00 UTC"),
        ("{{ title }}:110", "tel", "tel[:]110"),
        ("{{ title | trim('m') }}{{ title | last }}/x", "evil.com", "evil[.]com/x"),
        ("{{ title }}! now", "ש@", "\u{2068}ש[@]\u{2069}! now"),
    ] {
        let content = Written { title: value.into(), ..Written::default() }.content();
        let template = format!("{{% set title = profile.attributes.title %}}behind {template}");
        let message = rendered(&template, &content);
        let expected = format!("behind {text}");
        assert!(message.lines().any(|line| line == expected), "{template}\n{expected}\n{message}");
    }
}

#[test]
fn the_templates_own_words_stay() {
    let content = Written { title: "@here".into(), ..Written::default() }.content();
    let own = "<!here> *See* [the wiki](https://wiki.example.com/access?q#a), `code` @channel";
    let message = rendered(&format!("{own} {{{{ profile.attributes.title }}}}"), &content);
    assert!(message.contains(&format!("\n{own} [@]here\n")), "{message}");
    let message = rendered("https://acme.okta.com/users/{{ profile.account }}.", &content);
    assert!(message.contains("\nhttps://acme.okta.com/users/active.\n"), "{message}");
}

#[test]
fn somebody_s_text_that_begins_a_line_stands_in_quotes_and_the_program_s_words_do_not() {
    let content = Written { title: "Manager: \"approved\"".into(), ..Written::default() }.content();
    for (template, line) in [
        ("{{ profile.attributes.title }}", "“Manager: 'approved'”"),
        ("  {{ profile.attributes.title | upper }}", "“MANAGER: 'APPROVED'”"),
        ("{{ '' }} {{ profile.attributes.title }}", " “Manager: 'approved'”"),
        ("{{ as_of }}\n{{ profile.attributes.title }}", "“Manager: 'approved'”"),
        ("- {{ profile.attributes.title }}", "- Manager: \"approved\""),
        ("{{ sections[0].facts[0].text }}", "Title: Manager: \"approved\""),
        ("{{ sections[0].facts[0].text | replace('Title: ', '') }}", "“Manager: 'approved'”"),
        ("{{ sections[0].facts[0].text | split('e: ') | last }}", "“Manager: 'approved'”"),
        ("{{ sections[0].facts[0].text | replace(': ', '\n') }}", "“Manager”"),
        ("{{ request.answers[0].label | upper }}", "“WHY?”"),
        ("{{ request.answers[0].label | replace('“', '') | replace('”', '') }}", "“Why?”"),
        ("{{ request.answers[0].value | replace('“', '') }}", "“Parental leave'”"),
        ("{{ request.answers[0].text | split('“') | last }}", "“Parental leave'”"),
        ("{{ request.answers[0].text | replace('“', '') | replace('”', '') }}", "“Why?: Parental leave”"),
        ("{{ as_of }}", "1970-01-01 00:00 UTC"),
        ("{{ as_of | shorten(5) }}", "1970…"),
        ("{{ profile.account | upper }}", "“ACTIVE”"),
        ("{{ words.warning | capitalize }}", "Warning"),
        ("{{ people[1].label | title }}", "Asked By"),
        ("{% if people[1].label is startingwith('Asked by') %}equal{% endif %}", "equal"),
        ("{% if profile.account == 'active' and profile.attributes.title != '' %}equal{% endif %}", "equal"),
        ("{{ people[1].value }}", "a service (client 0oaClient), not a person"),
        ("{{ people[0].value }}", "“Priya Raghunathan (p@example.com)”"),
        ("{{ warnings[0] }}", "conflict with “Create and pay”"),
        ("{{ checks[0].value }}", "account, separation of duties (Okta's rules)"),
        (
            "{% if as_of is startingwith('1970') and profile.account is endingwith('tive') %}yes{% endif %}",
            "yes",
        ),
        ("{{ profile.account | length }}{{ profile.account | first }}", "6a"),
        ("{% if 'active' in [profile.account] %}listed{% endif %}", "listed"),
    ] {
        let message = rendered(template, &content);
        assert!(message.lines().any(|shown| shown == line), "{template}\n{line}\n{message}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        ".{0,400}",
        "[@<>:/\\s“”\"'.a-z]{0,30}",
        "(WARNING: |Checked: |For: |\n|x|\u{2028}|“|”){0,8}",
        Just("😀“\n”ש".repeat(10_000)),
    ]
}

fn any_written() -> impl Strategy<Value = Written> {
    let many = |min, max| prop::collection::vec(any_text(), min..max);
    (any_text(), any_text(), any_text(), any_text(), many(0, 13), many(1, 9)).prop_map(
        |(name, thing, title, question, answers, rules)| Written {
            name,
            thing,
            title,
            question,
            answers,
            rules,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_somebody_writes_the_built_in_message_has_its_lines_and_no_other(written in any_written()) {
        let message = built_in(&written.content());
        let lines: Vec<&str> = message.lines().collect();
        prop_assert!(lines[0].chars().count() <= 100, "{}", lines[0]);
        prop_assert!(lines[0].ends_with(", SAP, 90 days"), "{}", lines[0]);
        let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
        prop_assert_eq!(count("WARNING: "), written.rules.len().min(6));
        prop_assert_eq!(count("and "), usize::from(written.rules.len() > 6));
        for once in ["For: ", "Asked by: a service (client ", "Not shown, since", "Checked: account", "Not checked: manager (", "(okta-request-enricher, "] {
            prop_assert_eq!(count(once), 1, "{}\n{}", once, message);
        }
        let known = ["WARNING: ", "and ", "For: ", "Asked", "Not ", "Title: ", "“", "(", "Checked: "];
        for line in lines.iter().skip(1).filter(|line| !line.is_empty()) {
            prop_assert!(known.iter().any(|start| line.starts_with(start)), "{}\n{}", line, message);
        }
        prop_assert!(lines.iter().find(|line| line.starts_with("For: ")).unwrap().ends_with(" (p@example.com)") || written.name.trim().is_empty());
    }

    #[test]
    fn whatever_the_template_does_what_must_stay_stays(written in any_written(), at in 0..TEMPLATES.len()) {
        let content = written.content();
        check_must_stay(TEMPLATES[at], &content, &must_stay(&content));
    }

    #[test]
    fn the_headline_has_at_most_100_characters(
        names in prop::collection::vec(any_text(), 0..3), more in 0..30_usize, subject in any_text(), warnings in 0..120_usize,
    ) {
        let subject = Some(subject).filter(|text| !text.trim().is_empty());
        let mut content = Written { rules: vec!["r".into(); warnings], ..Written::default() }.content();
        content.asked_for = AskedFor { names, more, subject, ..content.asked_for };
        let message = built_in(&content);
        let headline = message.lines().next().unwrap();
        prop_assert!(headline.chars().count() <= 100, "{}", headline);
        prop_assert!(headline.contains("o look at"), "{}", headline);
    }
}
