//! An Okta that keeps Okta's rules, inside this process. It gives out and checks access tokens, counts calls
//! against rate limits, refuses what Okta refuses, and remembers every message that it accepts.
//!
//! `cargo replay` previews messages against it, and `cargo enricher simulate` serves it on a port. The tests
//! point the real client at it over real HTTP. A simulation in virtual time calls an [`Okta`] without a port,
//! and gives it a [`Clock`]. It shares no type with that client: an error in one cannot
//! hide in the other. It approves nothing and grants no access. It refuses a call that would do so, and
//! [`Okta::complaints`] lists that call.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use okta_simulator::Simulator;
//!
//! let okta = Simulator::start().await?;
//! okta.fault("user=503x2".parse().expect("a fault as `FAULTS_HELP` describes it"));
//! println!("point a client at {} with the token {}", okta.url(), okta.token());
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//!
//! In reading order:
//!
//! - `okta`: [`Okta`], the handle that calls, inspects and disturbs it
//! - `answered`: [`Answered`], the body of an answer inside this process
//! - `simulator`: [`Simulator`], an Okta on a port
//! - `world`: [`World`], what this Okta knows
//! - `world/sample`: the sample org
//! - `world/folder`: the org in the JSON files of a folder
//! - `world/edits`: how a test changes a world
//! - `service_app`: [`ServiceApp`], a program's own account, and the sample's key pair
//! - `clock`: [`Clock`], where it takes its time from
//! - `connection`: the connections, and how to cut one at any moment
//! - `handler`: the steps from a call to its reply, in Okta's order
//! - `call`: one HTTP request, as all checks read it
//! - `route`: which of Okta's API calls it is
//! - `auth`: who calls, and what they may do
//! - `admin_role`: the calls that each admin role allows
//! - `rate_limit`: how often they may do it
//! - `token`: the endpoint that gives a service app its access token
//! - `scope`: the scopes that exist
//! - `jwt`: signed tokens, taken apart and verified
//! - `dpop`: the proof that a caller holds the key of its access token
//! - `authorization_server`: the access tokens given out, and what can be used only once
//! - `directory`: replies about users, groups and apps
//! - `user_search`: searches for users
//! - `schemas`: user types, and the attributes of their users
//! - `holders`: who is in a group, and who has an app
//! - `governance`: replies about access requests, and the messages posted on them
//! - `access_request`: which part of an access request a reply shows
//! - `filtered_list`: the lists of entitlement grants, labels and tasks
//! - `request_list`: the lists of access requests
//! - `filter`: the expressions that narrow such a list
//! - `paging`: the pages in which a list is sent
//! - `reply`: a reply before it becomes HTTP
//! - `refusal`: error replies in Okta's words
//! - `challenge`: the header that tells a service app why it was refused
//! - `serial`: made-up ids
//! - `fault`: [`Fault`], one way in which Okta or the network fails
//! - `fault_text`: the written form of a fault, as `--fault` takes it
//! - `armed_faults`: the faults that wait for their calls
//! - `spoilt_reply`: the reply that a fault sends
//! - `record`: [`RecordedCall`] and [`PostedMessage`], what the simulator saw
//! - `state`: the world, the faults and the records, behind one lock
//! - `control`: the records as JSON, for other processes
//! - `secrets_manager`: the one AWS call that it answers
//! - `doubles`: the rest of the world around the program, for tests (cargo feature `doubles`)

mod access_request;
mod admin_role;
mod answered;
mod armed_faults;
mod auth;
mod authorization_server;
mod call;
mod challenge;
mod clock;
mod connection;
mod control;
mod directory;
#[cfg(feature = "doubles")]
pub mod doubles;
mod dpop;
mod fault;
mod fault_text;
mod filter;
mod filtered_list;
mod governance;
mod handler;
mod holders;
mod jwt;
mod okta;
mod paging;
mod rate_limit;
mod record;
mod refusal;
mod reply;
mod request_list;
mod route;
mod schemas;
mod scope;
mod secrets_manager;
mod serial;
mod service_app;
mod simulator;
mod spoilt_reply;
mod state;
mod token;
mod user_search;
mod world;

pub use self::{
    answered::Answered,
    clock::Clock,
    fault::{Calls, Fault, FaultKind},
    fault_text::{FAULTS_HELP, FaultError},
    okta::{Cut, Okta},
    record::{PostedMessage, RecordedCall},
    service_app::{CLIENT_ID, ClientKeyError, ServiceApp, service_app_secret},
    simulator::Simulator,
    world::{
        Limits, TOKEN, World,
        folder::{WorldError, WorldFault},
    },
};
