//! Who is to approve the request of a world.

use okta_simulator::World;
use serde_json::json;

use super::asked::Lack;
use super::asks::V2;
use super::case::Case;
use super::checks::{Check, Grave, Warning};
use super::dice::Dice;
use super::failures::Call;
use super::lines::display_name;
use super::people::{GONE, MANAGER, OTHER, Person, STRANGER, SUBJECT};
use super::whom::Asker;

/// Kind, status and assignees.
#[derive(Clone, Debug)]
pub(crate) struct Task(&'static str, &'static str, Vec<&'static str>);

#[derive(Clone, Debug)]
pub(crate) struct Tasks(Vec<Task>);

impl Tasks {
    pub(crate) fn of_dice(dice: &mut Dice) -> Tasks {
        let number = dice.of(&[0, 1, 1, 1, 2, 3]);
        let task = |dice: &mut Dice| {
            let kind = dice.of(&["APPROVAL", "APPROVAL", "APPROVAL", "QUESTION", "TODO"]);
            let status = dice.of(&["OPEN", "OPEN", "OPEN", "OPEN", "ASSIGNING", "COMPLETED", "LOCKED"]);
            Task(kind, status, dice.some(&[SUBJECT, MANAGER, STRANGER, OTHER, GONE], 30))
        };
        Tasks((0..number).map(|_| task(dice)).collect())
    }

    pub(crate) fn put_into(&self, world: &mut World) {
        for (number, Task(kind, status, assignees)) in self.0.iter().enumerate() {
            let id = format!("68b0a1576dd8db837f5e{number:04}");
            let assignees: Vec<_> =
                assignees.iter().map(|id| json!({"externalId": id, "type": "OKTA_USER"})).collect();
            let record =
                json!({"id": id, "requestId": V2, "type": kind, "status": status, "assignees": assignees});
            world.tasks.insert(id, record);
        }
    }
}

/// The line and the check of the approvers.
pub(crate) fn told(case: &Case, asker: Asker) -> (Option<String>, Option<Check>) {
    if !case.ask.is_v2 {
        return (None, None);
    }
    if let Some(how) = case.failures.of(Call::Tasks) {
        return (None, Some(Check::of("approver", Vec::new(), Some(Lack::of_call(Call::Tasks, how)))));
    }
    let tasks = &case.tasks.0;
    let open: Vec<&Task> = tasks.iter().filter(|task| task.0 == "APPROVAL" && task.1 == "OPEN").collect();
    if open.is_empty() || tasks.iter().any(|task| task.1 == "ASSIGNING") {
        return (None, None);
    }
    let mut people: Vec<&'static str> = Vec::new();
    for id in open.iter().flat_map(|task| &task.2) {
        if !people.contains(id) {
            people.push(id);
        }
    }
    let name = |id: &&'static str| {
        let readable = case.failures.of(Call::Person(id)).is_none();
        let name = case.people.by_id(id).filter(|_| readable).and_then(Person::name);
        name.map_or_else(|| (*id).to_owned(), |name| display_name(&name))
    };
    let names: Vec<String> = people.iter().take(3).map(name).collect();
    let more = people.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let warning = match asker {
        _ if people.is_empty() => Some("no approver is assigned"),
        Asker::Person(id) if people.contains(&id) => Some("the person asking is also the approver"),
        _ => None,
    };
    let warnings = warning.map(|says| Warning::new(Grave::Approver, says)).into_iter().collect();
    let line = (!people.is_empty()).then(|| format!("Waiting for: {}{more}", names.join(", ")));
    (line, Some(Check::of("approver", warnings, None)))
}
