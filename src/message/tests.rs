use super::*;
use crate::section::{AskedFor, Content};

#[test]
fn a_message_of_nothing_has_its_headline_and_says_where_it_comes_from() {
    let content = Content {
        people: Vec::new(),
        asked_for: AskedFor::default(),
        sections: Vec::new(),
        as_of: jiff::Timestamp::UNIX_EPOCH,
    };
    let message = Template::built_in().render(&content, &Words::english()).unwrap();
    insta::assert_snapshot!(message.as_str(), @r"
    Nothing to look at: access that Okta does not name

    (okta-request-enricher, 1970-01-01 00:00 UTC)
    ");
}
