//! The documentation, held to the program: links lead somewhere, names are those of the source, tables are complete, and the
//! commands shown do what is shown. Names are taken from where they are made: the library, `template.yaml`, the schema and
//! `enricher --help`. A page may say more than this; what it names must be there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use okta_request_enricher::error::Error;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::okta::{OktaError, Resolution};
use okta_request_enricher::outcome::{Attempt, Housekeeping, NAMESPACE, Outcome, SkipReason, Stream};
use okta_request_enricher::policy::{Policy, Untold};
use okta_request_enricher::request::RequestId;
use okta_request_enricher::section::Source;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

type Names = BTreeSet<String>;

/// One Markdown file, as far as it is looked at.
#[derive(Default)]
struct Page {
    path: PathBuf,
    text: String,
    anchors: Names,
    links: Vec<(usize, String)>,
    /// Inline code.
    codes: Vec<(usize, String)>,
    blocks: Vec<Block>,
    tables: Vec<Table>,
}

struct Block {
    line: usize,
    language: String,
    text: String,
}

struct Table {
    /// The headings above it, outermost first.
    headings: Vec<String>,
    /// The first cell of its header.
    header: String,
    rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Default)]
struct Cell {
    text: String,
    codes: Vec<String>,
    links: Vec<String>,
}

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let mut files = files_below(Path::new("."), "md");
    files.sort();
    files.into_iter().map(|path| Page::read(&path)).collect()
});

/// The program's source on which names and quotations are looked up, a text that goes over several lines made one.
static SOURCE: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    for file in files_below(Path::new("src"), "rs") {
        let source = std::fs::read_to_string(file).unwrap();
        let mut rest = source.split("\\\n");
        text += rest.next().unwrap();
        rest.for_each(|line| text += line.trim_start());
    }
    text
});

static TEMPLATE: LazyLock<String> = LazyLock::new(|| std::fs::read_to_string("template.yaml").unwrap());

/// The options of each command, by `enricher COMMAND --help`.
static COMMANDS: LazyLock<BTreeMap<String, Names>> = LazyLock::new(|| {
    let help = enricher(&["--help"]).0;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    commands.map(|name| (name.to_owned(), options(&enricher(&[name, "--help"]).0))).collect()
});

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "corpus" {
                found.extend(files_below(&path, extension));
            }
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found
}

fn page(path: &str) -> &'static Page {
    PAGES.iter().find(|page| page.path == Path::new(".").join(path)).expect(path)
}

impl Page {
    fn read(path: &Path) -> Page {
        let text = std::fs::read_to_string(path).unwrap();
        let mut page = Page { path: path.to_owned(), ..Page::default() };
        let mut headings: Vec<String> = Vec::new();
        let (mut heading, mut block, mut cell): (Option<String>, Option<Block>, Option<Cell>) =
            (None, None, None);
        let mut row = Vec::new();
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    headings.truncate(level as usize - 1);
                    heading = Some(String::new());
                }
                Event::End(TagEnd::Heading(_)) => {
                    let heading = heading.take().unwrap();
                    page.anchors.insert(page.anchor(&heading));
                    headings.push(heading);
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    block = Some(Block { line: line + 1, language, text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Table(_)) => {
                    page.tables.push(Table {
                        headings: headings.clone(),
                        header: String::new(),
                        rows: Vec::new(),
                    });
                }
                Event::Start(Tag::TableCell) => cell = Some(Cell::default()),
                Event::End(TagEnd::TableCell) => row.extend(cell.take()),
                Event::End(TagEnd::TableHead) => {
                    page.tables.last_mut().unwrap().header =
                        row.first().map(|cell: &Cell| cell.text.clone()).unwrap();
                    row.clear();
                }
                Event::End(TagEnd::TableRow) => {
                    page.tables.last_mut().unwrap().rows.push(std::mem::take(&mut row));
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    page.links.push((line, dest_url.to_string()));
                    if let Some(cell) = &mut cell {
                        cell.links.push(dest_url.to_string());
                    }
                }
                Event::Text(piece) | Event::Code(piece) if heading.is_some() => {
                    heading.as_mut().unwrap().push_str(&piece);
                }
                Event::Text(piece) => match (&mut block, &mut cell) {
                    (Some(block), _) => block.text.push_str(&piece),
                    (None, Some(cell)) => cell.text.push_str(&piece),
                    (None, None) => {}
                },
                Event::Code(code) => {
                    page.codes.push((line, code.to_string()));
                    if let Some(cell) = &mut cell {
                        cell.text.push_str(&code);
                        cell.codes.push(code.to_string());
                    }
                }
                _ => {}
            }
        }
        page.text = text;
        page
    }

    /// As GitHub makes one of a heading.
    fn anchor(&self, heading: &str) -> String {
        let kept = heading.to_lowercase();
        let kept: String =
            kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect();
        let anchor = kept.replace(' ', "-");
        let times = (1..).map(|n| format!("{anchor}-{n}"));
        std::iter::once(anchor.clone()).chain(times).find(|anchor| !self.anchors.contains(anchor)).unwrap()
    }

    fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.strip_prefix(".").unwrap().display())
    }

    /// The rows of every table below a heading.
    fn rows(&self, heading: &str) -> Vec<&Vec<Cell>> {
        let below = self.tables.iter().filter(|table| table.headings.iter().any(|above| above == heading));
        let rows: Vec<_> = below.flat_map(|table| &table.rows).collect();
        assert!(!rows.is_empty(), "{} has no table below `{heading}`", self.path.display());
        rows
    }

    /// The rows of every table whose first column is called so.
    fn rows_of(&self, header: &str) -> Vec<&Vec<Cell>> {
        self.tables.iter().filter(|table| table.header == header).flat_map(|table| &table.rows).collect()
    }
}

/// The code in the first cells.
fn names<'a>(rows: impl IntoIterator<Item = &'a Vec<Cell>>) -> Names {
    rows.into_iter().flat_map(|row| row[0].codes.clone()).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Names {
    names.into_iter().map(str::to_owned).collect()
}

/// Both ways: what is documented is there, and what is there is documented.
fn assert_same(where_: &str, documented: &Names, there: &Names) {
    let missing: Vec<_> = there.difference(documented).collect();
    let stale: Vec<_> = documented.difference(there).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "{where_}: not documented: {missing:?}; not there: {stale:?}"
    );
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Runs the program as an operator without any settings would: stdout, stderr, exit status.
fn enricher(arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enricher"));
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("OKTA_"))
    {
        command.env_remove(name);
    }
    for name in ["REQUEST_TYPES", "MAX_EVENT_AGE", "ENRICHMENT_FILE", "LEDGER_TABLE"] {
        command.env_remove(name);
    }
    let done = command.args(arguments).env("COLUMNS", "1000").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(done.stdout), text(done.stderr), done.status.code())
}

/// What begins a line of `--help` as an option.
fn options(help: &str) -> Names {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let option = |line: &str| line.split([' ', ',']).find(|word| word.starts_with("--")).map(str::to_owned);
    lines.filter_map(option).filter(|option| option != "--help").collect()
}

/// The names that stand two columns into a section of the template.
fn entries(section: &str) -> Vec<(String, Vec<&'static str>)> {
    let lines = TEMPLATE.lines().skip_while(|line| *line != format!("{section}:")).skip(1);
    let mut entries: Vec<(String, Vec<&str>)> = Vec::new();
    for line in lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#'])) {
        let name = line.strip_prefix("  ").filter(|rest| rest.starts_with(char::is_alphanumeric));
        match name.and_then(|rest| rest.strip_suffix(':')) {
            Some(name) => entries.push((name.to_owned(), Vec::new())),
            None => entries.last_mut().into_iter().for_each(|entry| entry.1.push(line)),
        }
    }
    entries
}

fn resources(kind: &str) -> Vec<(String, Vec<&'static str>)> {
    let is = |lines: &[&str]| lines.iter().any(|line| line.trim() == format!("Type: {kind}"));
    entries("Resources").into_iter().filter(|(_, lines)| is(lines)).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, link) in &page.links {
            if link.contains("://") {
                if !link.starts_with("https://") || link.contains("/okta-request-enricher") {
                    faults
                        .push(format!("{}: `{link}`: https, and none of this project's own", page.at(*line)));
                }
                continue;
            }
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, at)| (file, Some(at)));
            let target =
                if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            let Ok(target) = target.canonicalize() else {
                faults.push(format!("{}: `{link}`: there is no such file", page.at(*line)));
                continue;
            };
            let there = PAGES.iter().find(|other| other.path.canonicalize().unwrap() == target);
            if let (Some(anchor), Some(there)) = (anchor, there)
                && !there.anchors.contains(anchor)
            {
                faults.push(format!("{}: `{link}`: there is no such heading", page.at(*line)));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let linked: Names =
        page("README.md").links.iter().map(|(_, link)| link.split('#').next().unwrap().to_owned()).collect();
    let pages: Vec<_> = std::fs::read_dir("docs").unwrap().map(|file| file.unwrap().file_name()).collect();
    let pages = pages.iter().map(|name| format!("docs/{}", name.to_str().unwrap()));
    let missing: Vec<_> =
        pages.chain(["SECURITY.md".to_owned()]).filter(|name| !linked.contains(name)).collect();
    assert_none(&missing);
}

#[test]
fn every_variable_is_documented() {
    let configuration = page("docs/configuration.md");
    let config = std::fs::read_to_string("src/config.rs").unwrap();
    let code = config.split("#[cfg(test)]").next().unwrap();
    let read = code.split("get(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert_same(
        "Variables of the function",
        &names(configuration.rows("Variables of the function")),
        &owned(read),
    );

    let others = ["env::var(\"", "env::var_os(\"", "on(\"AWS"].map(|call| {
        let prefix = call.rsplit('"').next().unwrap();
        SOURCE
            .split(call)
            .skip(1)
            .map(move |rest| format!("{prefix}{}", rest.split('"').next().unwrap()))
            .collect::<Vec<_>>()
    });
    let known = |name: &String| configuration.codes.iter().any(|(_, code)| code == name);
    let missing: Vec<_> =
        others.into_iter().flatten().filter(|name| !name.contains("TEST") && !known(name)).collect();
    assert_none(&missing);
}

#[test]
fn every_parameter_is_documented_with_its_default() {
    let configuration = page("docs/configuration.md");
    let default = |lines: &[&str]| {
        let line = lines.iter().find_map(|line| line.trim().strip_prefix("Default: "));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let there: Names =
        entries("Parameters").iter().map(|(name, lines)| format!("{name} = {}", default(lines))).collect();
    let rows = configuration.rows("Template parameters").into_iter().filter(|row| row.len() == 3);
    let documented = rows.map(|row| format!("{} = {}", row[0].text, row[1].text)).collect();
    assert_same("Template parameters", &documented, &there);
    let outputs = entries("Outputs").into_iter().map(|(name, _)| name).collect();
    assert_same("Outputs", &names(configuration.rows("Outputs")), &outputs);
}

#[test]
fn variables_and_parameters_belong_together_as_documented() {
    let function = TEMPLATE.split("  EnricherFunction:").nth(1).unwrap();
    let variables = function.split("        Variables:").nth(1).unwrap();
    for row in page("docs/configuration.md").rows("Variables of the function") {
        let line = variables.lines().find(|line| line.trim_start().starts_with(&format!("{}:", row[0].text)));
        for parameter in &row[1].codes {
            let condition = parameter.trim_end_matches("Name").trim_end_matches("Arn");
            let line = line.unwrap_or_else(|| panic!("the template does not set {}", row[0].text));
            assert!(line.contains(parameter) || line.contains(condition), "{line}: {parameter}");
        }
    }
}

/// Attempts that ended in every way.
fn attempts() -> Vec<Attempt> {
    let housekeeping = Housekeeping { stream: Stream::Active, ..Housekeeping::default() };
    let results: Vec<Result<Outcome, Error>> = vec![
        Ok(Outcome::Posted),
        Ok(Outcome::Skipped(SkipReason::NoRule)),
        Ok(Outcome::Duplicate),
        Ok(Outcome::DryRun),
        Ok(Outcome::Reconciled),
        Err(Error::of_call("failed", OktaError::NoRandomness)),
        Err(Error::panicked()),
    ];
    let full = |result: Result<Outcome, Error>| Attempt {
        request_id: RequestId::parse("req16zRXf4PBGnr7o18A"),
        resolution: Some(Resolution::AsGiven),
        uuid: Some("uuid".to_owned()),
        rule: Some("rule".to_owned()),
        warnings: vec!["warning".to_owned()],
        event_to_post: Some(Duration::from_secs(1)),
        housekeeping: matches!(result, Ok(Outcome::Reconciled)).then_some(housekeeping),
        ..Attempt::ended(result)
    };
    results.into_iter().map(full).collect()
}

fn lines() -> Vec<Value> {
    let text = |attempt: &Attempt| attempt.log_line("id", Timestamp::UNIX_EPOCH);
    attempts().iter().map(|attempt| serde_json::from_str(&text(attempt)).unwrap()).collect()
}

fn metrics() -> Names {
    let definitions =
        |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().clone();
    let all: Vec<_> = lines().iter().flat_map(definitions).collect();
    all.iter().map(|metric| metric["Name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_metric_is_documented() {
    let operations = page("docs/operations.md");
    assert_same("Metrics", &names(operations.rows("Metrics")), &metrics());
    assert!(operations.codes.iter().any(|(_, code)| code == NAMESPACE));
}

#[test]
fn every_field_of_the_log_line_is_documented_and_the_queries_ask_for_these() {
    // Of CloudWatch Logs Insights.
    const LANGUAGE: [&str; 13] = [
        "filter",
        "stats",
        "count",
        "as",
        "avg",
        "by",
        "bin",
        "d",
        "fields",
        "timestamp",
        "sort",
        "desc",
        "limit",
    ];

    let operations = page("docs/operations.md");
    let fields: Names = lines()
        .iter()
        .flat_map(|line| line.as_object().unwrap().keys().cloned().collect::<Vec<_>>())
        .collect();
    let fields: Names = fields.difference(&metrics()).cloned().collect();
    assert_same("Log", &names(operations.rows_of("field")), &fields);

    for block in operations.blocks.iter().filter(|block| block.language == "sql") {
        let without_texts: String = block.text.split('\'').step_by(2).collect();
        let given: Vec<_> =
            without_texts.split(" as ").skip(1).filter_map(|rest| rest.split([',', ' ']).next()).collect();
        let words = without_texts.split(|c: char| !c.is_alphanumeric() && c != '_');
        for word in words.filter(|word| word.starts_with(char::is_alphabetic) && !LANGUAGE.contains(word)) {
            let known = fields.contains(word) || metrics().contains(word) || given.contains(&word);
            assert!(known, "{}: `{word}` is no field", operations.at(block.line));
        }
    }
}

#[test]
fn every_answer_and_outcome_event_is_documented() {
    let operations = page("docs/operations.md");
    let well = attempts().into_iter().filter(|attempt| attempt.result.is_ok());
    let outcomes: Vec<_> = well.map(|attempt| attempt.answer().unwrap()).collect();
    let rows: Vec<_> = operations.rows("Answers").into_iter().filter(|row| row.len() == 3).collect();
    assert_same(
        "Answers",
        &names(rows.clone()),
        &outcomes.iter().map(|it| it["outcome"].as_str().unwrap().to_owned()).collect(),
    );
    for row in rows {
        let answer = outcomes.iter().find(|answer| answer["outcome"] == row[0].text).unwrap();
        let members: Names =
            answer.as_object().unwrap().keys().filter(|key| *key != "outcome").cloned().collect();
        let documented: Names =
            row[2].codes.iter().filter(|code| !matches!(code.as_str(), "v1" | "v2")).cloned().collect();
        assert_same(&row[0].text, &documented, &members);
    }
    let kinds: Names = attempts().iter().map(|attempt| attempt.event("id").0.to_owned()).collect();
    assert_same("Outcome events", &names(operations.rows("Outcome events")), &kinds);
    for row in operations.rows("Outcome events") {
        let told: Names = row[1].codes.iter().cloned().collect();
        let ended = attempts()
            .into_iter()
            .filter(|attempt| attempt.event("id").0 == row[0].text && attempt.result.is_ok());
        assert_same(&row[0].text, &told, &ended.map(|attempt| attempt.name().to_owned()).collect());
    }
}

#[test]
fn every_reason_to_skip_is_documented() {
    let untold = || Untold { rule: "a".to_owned(), member: "source" };
    let reasons = [
        SkipReason::EventType("a".to_owned()),
        SkipReason::NotMade("a".to_owned()),
        SkipReason::NotWanted,
        SkipReason::NoRule,
        SkipReason::SubjectUntold,
        SkipReason::RuleUntold(untold()),
        SkipReason::Closed("a".to_owned()),
        SkipReason::TooOld { age: 2, limit: 1 },
    ];
    let phrases = names(page("docs/operations.md").rows_of("the reason says"));
    for reason in reasons.iter().map(ToString::to_string) {
        assert!(phrases.iter().any(|phrase| reason.contains(phrase)), "not documented: {reason}");
    }
}

#[test]
fn what_is_quoted_is_what_the_program_says() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for header in ["the error says", "the reason says", "the message says", "it says"] {
            for phrase in names(page.rows_of(header)) {
                if !SOURCE.contains(&phrase) {
                    faults.push(format!("{}: nothing says `{phrase}`", page.path.display()));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_alarm_is_documented_and_leads_to_its_place_in_the_runbook() {
    let there = resources("AWS::CloudWatch::Alarm").into_iter().map(|(name, lines)| {
        let anchor =
            lines.join(" ").split("${RunbookUrl}#").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        format!("{name} runbook.md#{anchor}")
    });
    let rows = page("docs/operations.md").rows("Alarms");
    let documented = rows.iter().map(|row| format!("{} {}", row[0].text, row[1].links[0])).collect();
    assert_same("Alarms", &documented, &there.collect());
}

#[test]
fn every_saved_query_is_documented() {
    let there = resources("AWS::Logs::QueryDefinition").into_iter().map(|(_, lines)| {
        lines.iter().find_map(|line| line.split("${AWS::StackName}/").nth(1)).unwrap().to_owned()
    });
    let rows = page("docs/operations.md").rows_of("query");
    assert_same("Log", &rows.iter().map(|row| row[0].text.clone()).collect(), &there.collect());
}

#[test]
fn the_queries_and_graphs_that_the_runbook_names_are_there() {
    let mut faults = Vec::new();
    let runbook = page("docs/runbook.md");
    for line in runbook
        .text
        .lines()
        .filter(|line| [" query \"", "Query \"", "dashboard: \""].iter().any(|before| line.contains(before)))
    {
        for quoted in line.split('"').skip(1).step_by(2).filter(|quoted| !quoted.contains('$')) {
            if !TEMPLATE.contains(quoted) {
                faults.push(format!("the template has no `{quoted}`"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_call_scope_and_permission_is_documented() {
    let scope = |endpoint: &Endpoint| endpoint.scope().unwrap_or_default();
    let calls =
        Endpoint::ALL.iter().map(|call| format!("{} {} {}", call.method(), call.template(), scope(call)));
    let security = page("SECURITY.md");
    let documented =
        security.rows_of("call").iter().map(|row| format!("{} {}", row[0].text, row[1].text)).collect();
    assert_same("SECURITY.md, calls", &documented, &calls.collect());

    let scopes: Names =
        Endpoint::ALL.iter().filter_map(|endpoint| endpoint.scope()).map(str::to_owned).collect();
    assert_same("docs/deploy.md, scopes", &names(page("docs/deploy.md").rows_of("scope")), &scopes);
    let of_readme =
        page("README.md").codes.iter().map(|(_, code)| code.clone()).filter(|code| code.starts_with("okta."));
    assert_same("README.md, scopes", &of_readme.collect(), &scopes);

    let statements = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("- PolicyName: "));
    let statements: Names = statements
        .chain(TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("PolicyName: ")))
        .map(str::to_owned)
        .collect();
    assert_same("SECURITY.md, statements", &names(security.rows_of("statement")), &statements);
    for row in security.rows_of("statement") {
        let actions = row[1].codes.iter().chain(&row[2].codes).filter(|code| code.contains(':'));
        for action in actions {
            assert!(TEMPLATE.contains(action.as_str()), "the role has no `{action}`");
        }
    }
}

#[test]
fn every_key_of_the_policy_is_documented() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string("enrichment.schema.json").unwrap()).unwrap();
    let keys = |of: &str| -> Names {
        schema["$defs"][of]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let policy = page("docs/policy.md");
    for (header, of) in [
        ("key of a rule", "Rule"),
        ("key of match", "Match"),
        ("key of on_behalf", "OnBehalf"),
        ("key of a toxic combination", "ToxicCombination"),
        ("key of a side, and of relevant", "Items"),
    ] {
        assert_same(header, &names(policy.rows_of(header)), &keys(of));
    }
    let sections: Names = Source::ALL.iter().map(ToString::to_string).collect();
    assert_same("Sections", &names(policy.rows_of("section")), &sections);
    let facts = Source::ALL
        .iter()
        .flat_map(|source| source.facts().iter().map(move |name| format!("{source}.{name}")));
    let others =
        ["warnings", "sections", "as_of", "request.answers", "profile.attributes"].map(str::to_owned);
    assert_same("Templates", &names(policy.rows_of("variable")), &facts.chain(others).collect());
    let built_in = policy.blocks.iter().find(|block| block.language == "jinja").unwrap();
    let message = std::fs::read_to_string("src/message.rs").unwrap();
    assert!(message.contains(built_in.text.trim()), "the built-in template is another");
}

#[test]
fn the_examples_of_settings_are_right() {
    let parameters: Names = entries("Parameters").into_iter().map(|(name, _)| name).collect();
    for page in PAGES.iter() {
        for block in page.blocks.iter().filter(|block| block.language == "toml") {
            if block.text.starts_with("[[rule]]") {
                let faults = Policy::check(&block.text).err().unwrap_or_default();
                assert!(faults.is_empty(), "{}: {faults:?}", page.at(block.line));
            } else if block.text.starts_with("parameter_overrides") {
                let given =
                    block.text.split('"').skip(1).step_by(2).map(|entry| entry.split('=').next().unwrap());
                given.for_each(|name| assert!(parameters.contains(name), "{}: {name}", page.at(block.line)));
            }
        }
        for (line, code) in page.codes.iter().filter(|(_, code)| code.starts_with('"') && code.contains('='))
        {
            let name = code.trim_matches('"').split('=').next().unwrap();
            assert!(parameters.contains(name) || name == "Name", "{}: {name}", page.at(*line));
        }
    }
}

/// The commands of this program in a line or a code: what follows `enricher`, split at blanks.
fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches("$ ").split(" #").next().unwrap();
        for command in line.split(['|', ';', '>']).flat_map(|part| part.split("&&")) {
            let words =
                command.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('-'));
            let words: Vec<String> = words.map(str::to_owned).collect();
            // The aliases are those of `.cargo/config.toml`.
            let program = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["cargo", "enricher", ..] => 2,
                ["enricher", ..] | ["cargo", "replay", ..] => 1,
                _ => continue,
            };
            found.push(words[program..].to_vec());
        }
    }
    found
}

fn command_faults(at: &str, words: &[String]) -> Option<String> {
    let command = words.first().filter(|word| word.starts_with(char::is_lowercase))?;
    let Some(options) = COMMANDS.get(command) else {
        return Some(format!("{at}: there is no command `{command}`"));
    };
    let mut given =
        words.iter().filter_map(|word| word.split('=').next()).filter(|word| word.starts_with("--"));
    let unknown = given.find(|option| !options.contains(*option) && *option != "--help")?;
    Some(format!("{at}: `{command}` has no option `{unknown}`"))
}

#[test]
fn every_command_is_documented_with_its_options() {
    let page = page("docs/commands.md");
    for (command, options) in COMMANDS.iter() {
        let tables = page
            .tables
            .iter()
            .filter(|table| table.headings.last() == Some(command) && table.header == "option");
        let documented = names(tables.flat_map(|table| &table.rows));
        let documented = documented.iter().map(|code| code.split(' ').next().unwrap().to_owned());
        let own = options.iter().filter(|option| *option != "--verbose").cloned().collect();
        assert_same(&format!("docs/commands.md, {command}"), &documented.collect(), &own);
    }
    let listed = names(page.rows_of("command"));
    assert_same("docs/commands.md, commands", &listed, &COMMANDS.keys().cloned().collect());
}

#[test]
fn every_command_shown_has_its_name_and_options() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, code) in &page.codes {
            faults.extend(commands(code).iter().filter_map(|words| command_faults(&page.at(*line), words)));
        }
        for block in
            page.blocks.iter().filter(|block| matches!(block.language.as_str(), "bash" | "console" | ""))
        {
            faults.extend(
                commands(&block.text).iter().filter_map(|words| command_faults(&page.at(block.line), words)),
            );
        }
    }
    assert_none(&faults);
}

#[test]
fn every_option_named_alone_is_one_of_some_command() {
    // Of cargo's.
    const OTHERS: [&str; 1] = ["--locked"];
    let known = |option: &str| {
        COMMANDS.values().any(|options| options.contains(option))
            || OTHERS.contains(&option)
            || ["--help", "--version"].contains(&option)
    };
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, code) in page.codes.iter().filter(|(_, code)| code.starts_with("--")) {
            let option = code.split([' ', '=']).next().unwrap();
            if !known(option) {
                faults.push(format!("{}: there is no option `{option}`", page.at(*line)));
            }
        }
    }
    assert_none(&faults);
}

/// `VARIABLE_NAMES` and `ParameterNames`.
#[test]
fn every_name_in_code_is_in_the_program_or_the_template() {
    let mut there = format!("{}{}", *SOURCE, *TEMPLATE);
    for folder in ["tests", "benches"].iter().map(Path::new).filter(|folder| folder.exists()) {
        for file in files_below(folder, "rs").into_iter().filter(|file| !file.ends_with("documentation.rs")) {
            there += &std::fs::read_to_string(file).unwrap();
        }
    }
    let words: BTreeSet<&str> = there.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, code) in &page.codes {
            let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let upper = code.contains('_') && code.chars().all(|c| !c.is_lowercase());
            let humps = code.chars().filter(|c| c.is_uppercase()).count() >= 2
                && code.chars().any(char::is_lowercase);
            let is_name = plain && code.starts_with(|c: char| c.is_ascii_uppercase()) && (upper || humps);
            // The SDK makes these of a service's name.
            let made = code.starts_with("AWS_ENDPOINT_URL_");
            if is_name && !made && !words.contains(code.as_str()) {
                faults.push(format!("{}: nothing is called `{code}`", page.at(*line)));
            }
        }
    }
    assert_none(&faults);
}

/// Whether the output is what is shown: `…` alone on a line stands for any lines, within a line for any text.
fn is_as_shown(shown: &[&str], output: &[&str]) -> bool {
    match shown {
        [] => output.is_empty(),
        [any, rest @ ..] if any.trim() == "…" => {
            (0..=output.len()).any(|skipped| is_as_shown(rest, &output[skipped..]))
        }
        [line, rest @ ..] => {
            output.split_first().is_some_and(|(first, others)| fits(line, first) && is_as_shown(rest, others))
        }
    }
}

fn fits(shown: &str, line: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
}

/// Every command in a block marked `console` is run, and its output is as shown.
#[test]
fn the_commands_shown_do_what_is_shown() {
    // These take minutes, or are what runs this.
    const NOT_RUN: [&str; 2] = ["$ cargo bench", "$ cargo test"];
    let (mut faults, mut run) = (Vec::new(), 0);
    for page in PAGES.iter() {
        for block in page.blocks.iter().filter(|block| block.language == "console") {
            let at = page.at(block.line);
            for part in format!("\n{}", block.text).split("\n$ ").skip(1) {
                let mut shown = part.lines();
                let command = shown.next().unwrap();
                if NOT_RUN.iter().any(|other| format!("$ {command}").starts_with(other)) {
                    continue;
                }
                let [words] = commands(command)
                    .try_into()
                    .unwrap_or_else(|_| panic!("{at}: `{command}` can't be run here"));
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let (stdout, stderr, status) = enricher(&words);
                run += 1;
                if !matches!(status, Some(0 | 1)) {
                    faults.push(format!("{at}: `{command}` ended with {status:?}: {stderr}"));
                }
                let shown: Vec<_> = shown.collect();
                let output: Vec<_> = stdout.lines().collect();
                if !shown.is_empty() && !is_as_shown(&shown, &output) {
                    faults.push(format!("{at}: `{command}` shows\n{stdout}"));
                }
            }
        }
    }
    assert_none(&faults);
    assert!(run >= 5, "the README shows some commands");
}

#[test]
fn the_picture_is_the_message() {
    let block =
        page("README.md").blocks.iter().find(|block| block.text.starts_with("┌─ Access request")).unwrap();
    let inside = block.text.lines().filter_map(|line| line.strip_prefix('│')?.strip_suffix('│'));
    let inside = inside.filter(|line| !line.contains("[ Approve ]"));
    let words: Vec<_> = inside.flat_map(str::split_whitespace).collect();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    enricher(&["replay", "--expect", to, "--update", "events/access.request.create--sod-conflict.json"]);
    let message =
        std::fs::read_to_string(folder.path().join("access.request.create--sod-conflict.txt")).unwrap();
    assert_eq!(words.join(" "), message.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn the_changelog_has_the_version() {
    let changelog = page("CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    let heading = |anchor: &String| anchor == "unreleased" || anchor.starts_with(&version.replace('.', ""));
    assert!(changelog.anchors.iter().any(heading), "neither `Unreleased` nor `{version}`");
}
