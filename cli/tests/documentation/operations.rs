//! docs/operations.md and docs/runbook.md: metrics, fields of the log line, answers, outcome events, alarms,
//! queries.

use std::time::Duration;

use jiff::Timestamp;
use okta_request_enricher::bus::OutcomeEvent;
use okta_request_enricher::degradation::Degradation;
use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::error::{Code, Error};
use okta_request_enricher::findings::Findings;
use okta_request_enricher::log_line::{NAMESPACE, log_line};
use okta_request_enricher::message::Template;
use okta_request_enricher::outcome::{
    About, Attempt, Housekeeping, Outcome, Prepared, SkipReason, Stream, UnreadList,
};
use okta_request_enricher::policy::UnknownMember;
use okta_request_enricher::request::{Api, RequestId};
use okta_request_enricher::same_request::Resolution;
use okta_request_enricher::section::{
    self, Check, CheckKind, Content, Fact, Lack, Section, Source, Warning, WarningKind,
};
use okta_request_enricher::words::{Term, Words};
use serde_json::Value;

use crate::page::page;
use crate::program::{TEMPLATE, resources};
use crate::{Names, assert_none, assert_same, names};

/// Attempts that ended in every way.
fn attempts() -> Vec<Attempt> {
    let request_id = RequestId::parse("req16zRXf4PBGnr7o18A").unwrap();
    let message = Template::built_in().render(&Content::default(), &Words::english()).unwrap();
    let lack = Lack::of_answer(Term::OktaDoesNotSay);
    let facts = vec![Fact::named("groups", Term::AlsoHolds, section::Value::NotAvailable(lack))];
    let degraded = Degradation::of(&[Section { source: Source::Access, facts, checks: Vec::new() }]);
    let warnings = WarningKind::ALL.iter().map(|kind| Warning::new(*kind, Term::OwnManager)).collect();
    let check = Check::made(CheckKind::OurRules, Term::CheckOurRules, warnings);
    let section = Section { checks: vec![check], ..Section::without_facts(Source::Sod) };
    let findings = Findings::of(&Content { sections: vec![section], ..Content::default() });
    let prepared =
        || Prepared { message: message.clone(), degraded: degraded.clone(), findings: findings.clone() };
    let reason = "Okta answered 403".to_owned();
    let unread = vec![UnreadList { list: Api::V1, code: "okta-forbidden", reason }];
    let housekeeping = Housekeeping { stream: Stream::Active, unread, ..Housekeeping::default() };
    let results = [
        Ok(Outcome::Posted { prepared: prepared(), event_to_post: Some(Duration::from_secs(1)) }),
        Ok(Outcome::Skipped(SkipReason::NoRule)),
        Ok(Outcome::Duplicate),
        Ok(Outcome::DryRun(prepared())),
        Ok(Outcome::Reconciled(housekeeping)),
        Ok(Outcome::Described { faults: Vec::new() }),
        Err(Error::in_progress(&request_id, Timestamp::UNIX_EPOCH)),
        Err(Error::panicked()),
    ];
    let full = |result: Result<Outcome, Error>| Attempt {
        about: Some(About {
            request_id: request_id.clone(),
            resolution: Some(Resolution::AsGiven),
            uuid: Some("uuid".to_owned()),
            rule: Some("rule".to_owned()),
        }),
        warnings: vec!["warning".to_owned()],
        ..Attempt::ended(result)
    };
    results.into_iter().map(full).collect()
}

fn deployment() -> Deployment {
    let function_name = Some("enricher".to_owned());
    Deployment { function_name, ..Deployment::read(|_| None) }
}

fn lines() -> Vec<Value> {
    let text = |attempt: &Attempt| log_line(attempt, &deployment(), "id", Timestamp::UNIX_EPOCH);
    attempts().iter().map(|attempt| serde_json::from_str(&text(attempt)).unwrap()).collect()
}

fn detail_type(attempt: &Attempt) -> Option<&'static str> {
    OutcomeEvent::of(attempt, &deployment(), "id").map(|event| event.detail_type)
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

/// The prices are AWS's; how many there are is the program's.
#[test]
fn the_costs_count_the_metrics_and_the_alarms() {
    let (warnings, others): (Names, Names) =
        metrics().into_iter().partition(|metric| metric.ends_with("Warnings"));
    let (warnings, others) = (warnings.len(), others.len());
    let alarms = resources("AWS::CloudWatch::Alarm").len();
    let rows = page("docs/runbook.md").rows("Cost");
    let said: Vec<_> = rows.iter().map(|row| format!("{}: {}", row[0].text, row[1].text)).collect();
    for counted in [
        format!(
            "own metrics at 0.30: {others}, and one for each kind of warning that occurs, {warnings} at most"
        ),
        format!("alarms, {alarms} with {} metrics at 0.10", TEMPLATE.matches("MetricName:").count()),
    ] {
        assert!(said.iter().any(|row| row.starts_with(&counted)), "docs/runbook.md does not say `{counted}`");
    }
}

#[test]
fn every_field_of_the_log_line_is_documented_and_the_queries_ask_for_these() {
    // Of CloudWatch Logs Insights.
    const LANGUAGE: [&str; 14] = [
        "filter",
        "stats",
        "count",
        "as",
        "avg",
        "sum",
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
        let nested: Names = serde_json::to_value(Housekeeping::default())
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        for word in words.filter(|word| word.starts_with(char::is_alphabetic) && !LANGUAGE.contains(word)) {
            let known = fields.contains(word)
                || nested.contains(word)
                || metrics().contains(word)
                || given.contains(&word);
            assert!(known, "{}: `{word}` is no field", operations.at(block.line));
        }
    }
}

#[test]
fn every_answer_and_outcome_event_is_documented() {
    let operations = page("docs/operations.md");
    let well = attempts().into_iter().filter(|attempt| attempt.result.is_ok());
    let outcomes: Vec<_> = well.map(|attempt| attempt.answer(&deployment()).unwrap()).collect();
    let rows = operations.rows_of("outcome");
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
    let kinds: Names = attempts().iter().filter_map(detail_type).map(str::to_owned).collect();
    assert_same("Outcome events", &names(operations.rows("Outcome events")), &kinds);
    for row in operations.rows("Outcome events") {
        let told: Names = row[1].codes.iter().cloned().collect();
        let ended = attempts()
            .into_iter()
            .filter(|attempt| detail_type(attempt) == Some(&row[0].text) && attempt.result.is_ok());
        assert_same(&row[0].text, &told, &ended.map(|attempt| attempt.name().to_owned()).collect());
    }
}

#[test]
fn every_reason_to_skip_is_documented() {
    let unknown = || UnknownMember { rule: "a".to_owned(), member: "source" };
    let reasons = [
        SkipReason::EventType("a".to_owned()),
        SkipReason::NotMade("a".to_owned()),
        SkipReason::NotWanted,
        SkipReason::NoRule,
        SkipReason::RuleSaysNone,
        SkipReason::NothingToLookAt,
        SkipReason::SubjectLineUnknown,
        SkipReason::RuleUnknown(unknown()),
        SkipReason::Closed("a".to_owned()),
        SkipReason::TooOld { age: 2, limit: 1 },
    ];
    let rows = page("docs/operations.md").rows_of("the reason says");
    for reason in &reasons {
        let row = rows.iter().find(|row| row[1].codes.contains(&reason.code().to_owned()));
        let row = row.unwrap_or_else(|| panic!("not documented: {}", reason.code()));
        let text = reason.to_string();
        assert!(row[0].codes.iter().any(|phrase| text.contains(phrase)), "not documented: {text}");
    }
    let there = reasons.iter().map(|reason| reason.code().to_owned()).collect();
    let documented = rows.iter().flat_map(|row| row[1].codes.clone()).collect();
    assert_same("Reasons to skip", &documented, &there);
}

#[test]
fn every_code_of_a_failure_is_documented() {
    let documented = names(page("docs/operations.md").rows_of("code"));
    let there = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_same("Codes", &documented, &there);
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
