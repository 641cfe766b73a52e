//! Ctrl-C, and a reader of the output that goes away: no letter is lost, and none is sent twice.

use okta_simulator::doubles::{FUNCTION_NAME, Function, FunctionAnswer, Queue, event};
use tokio::process::Child;

use crate::{HOUR, MINUTE, command, ended, numbered, posts, redrive, start, undelivered};

#[tokio::test]
async fn ctrl_c_ends_the_run_after_the_letter_in_flight_and_the_next_run_goes_on() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..25 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    // Three are answered, the fourth is in flight when Ctrl-C comes.
    function.hold();
    let mut child = start(&queue, &function, &["--json"]);
    for _ in 0..3 {
        let seen = function.events().len();
        function.wait_for(seen + 1).await;
        function.release();
        function.wait_for(seen + 2).await;
        function.hold();
    }
    let in_flight = function.events().len();
    interrupt(&child);
    let told = first_line(&mut child).await;
    assert!(told.starts_with("Stopping after the letter in flight."), "{told}");
    function.release();
    let ran = ended(child).await;
    assert_eq!(ran.status, 130);
    // Between `release` and `hold` more may have gone through; none after the interrupt.
    let sent = function.events().len();
    assert!(sent >= in_flight && sent < 25, "{sent}");
    assert_eq!((ran.lines().len(), queue.ids().len()), (sent, 25 - sent));
    assert_eq!(queue.hidden(), 0, "the rest can be read at once");
    assert!(ran.stderr.contains("run the same command to continue"), "{}", ran.stderr);

    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (0, 0));
    let mut sent: Vec<_> = function.events();
    assert_eq!(sent.len(), 25, "nothing lost");
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 25, "nothing twice");
}

#[tokio::test]
async fn a_second_ctrl_c_ends_at_once_and_the_letters_come_back_by_themselves() {
    let (queue, function) = (Queue::start(), posts());
    queue.put(event("v2"), &undelivered(), HOUR);
    function.hold();
    let mut child = start(&queue, &function, &[]);
    function.wait_for(1).await;
    interrupt(&child);
    first_line(&mut child).await;
    interrupt(&child);
    assert_eq!(ended(child).await.status, 130);
    function.release();
    assert_eq!((queue.ids().len(), queue.hidden()), (1, 1));
    let ran = redrive(&queue, &function, &[]).await;
    assert!(ran.stderr.starts_with("1 letter hidden from this run"), "{}", ran.stderr);
    queue.pass(2 * MINUTE);
    let ran = redrive(&queue, &function, &[]).await;
    assert_eq!((ran.status, queue.ids().len()), (0, 0));
}

#[tokio::test]
async fn ctrl_c_ends_a_wait_for_room() {
    let queue = Queue::start();
    let function = Function::start(|_| FunctionAnswer::Lambda(429, "TooManyRequestsException"));
    queue.put(event("v2"), &undelivered(), HOUR);
    let mut child = command(&queue, &function)
        .args(["--queue-url", &queue.url(), "--function", FUNCTION_NAME, "--pause", "10h"])
        .spawn()
        .unwrap();
    function.wait_for(1).await;
    interrupt(&child);
    first_line(&mut child).await;
    let ran = ended(child).await;
    assert_eq!((ran.status, queue.ids().len(), queue.hidden()), (130, 1, 0));
    assert_eq!(function.events().len(), 1);
}

fn interrupt(child: &Child) {
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_run_and_no_letter_is_lost() {
    let (queue, function) = (Queue::start(), posts());
    for number in 0..5 {
        queue.put(numbered(number).0, &undelivered(), HOUR);
    }
    function.hold();
    let mut child = start(&queue, &function, &["--json"]);
    function.wait_for(1).await;
    drop(child.stdout.take());
    function.release();
    let ran = ended(child).await;
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("failed to write to standard output"), "{}", ran.stderr);
    assert_eq!((function.events().len(), queue.ids().len(), queue.hidden()), (1, 4, 0));
}

/// The first line on stderr; what follows it is read by [`ended`].
async fn first_line(child: &mut Child) -> String {
    use tokio::io::AsyncReadExt as _;
    let stderr = child.stderr.as_mut().unwrap();
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.push(stderr.read_u8().await.unwrap());
    }
    String::from_utf8(line).unwrap()
}
