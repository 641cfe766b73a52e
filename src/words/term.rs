//! [`Term`]: a word, a phrase or a sentence of the program's own, with its English text.

use crate::text::utf16_len;

/// A text with `{place}` for each value. With two texts, the first is for the number 1, the second for
/// others.
type Text = &'static [&'static str];

/// Declares the words once: the variant, its key in a policy's `[words]`, the names of its places, and the
/// English text.
macro_rules! words {
    ($($(#[$doc:meta])* $variant:ident $key:literal [$($place:literal),*] [$($text:literal),+],)*) => {
        /// A word, a phrase or a sentence of the program's own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Term {
            $($(#[$doc])* $variant,)*
        }

        impl Term {
            /// All words, in the order of the documentation.
            pub const ALL: &[Term] = &[$(Term::$variant),*];

            /// Its key in a policy's `[words]`.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Term::$variant => $key,)*
                }
            }

            /// The names of its places, in the order of a [`Piece::Said`](super::Piece::Said)'s values.
            #[must_use]
            pub fn places(self) -> &'static [&'static str] {
                match self {
                    $(Term::$variant => &[$($place),*],)*
                }
            }

            /// The English text: one, or two if it depends on a number.
            #[must_use]
            pub fn english(self) -> Text {
                match self {
                    $(Term::$variant => &[$($text),+],)*
                }
            }
        }
    };
}

words! {
    /// The label of each warning.
    Warning "warning" [] ["WARNING"],
    /// The headline of a message with warnings.
    ToLookAt "to_look_at" ["n", "what"] ["{n} to look at: {what}"],
    /// The headline of a message without warnings.
    NothingToLookAt "nothing_to_look_at" ["what"] ["Nothing to look at: {what}"],
    /// The same, if checks could not be made.
    NothingToLookAtBut "nothing_to_look_at_but" ["n", "what"] [
        "Nothing to look at, {n} check not done: {what}", "Nothing to look at, {n} checks not done: {what}"
    ],
    /// What the headline says if Okta names nothing that is asked for.
    UnnamedAccess "unnamed_access" [] ["access that Okta does not name"],
    /// The last line of warnings, if there are too many.
    MoreWarnings "more_warnings" ["n"] ["and {n} more"],
    /// The line of provenance.
    Provenance "provenance" ["time"] ["(okta-request-enricher, {time})"],
    /// How many answers were shortened.
    Shortened "answers_shortened" ["n"] ["({n} answer shortened)", "({n} answers shortened)"],
    /// How many answers are left out.
    LeftOut "answers_left_out" ["n"] ["({n} answer left out)", "({n} answers left out)"],
    /// Both.
    ShortenedAndLeftOut "answers_shortened_and_left_out" ["n", "left_out"] [
        "({n} answer shortened, {left_out} left out)", "({n} answers shortened, {left_out} left out)"
    ],
    /// Stands for the lines that Okta's limit cuts off.
    LinesLeftOut "lines_left_out" [] ["(further lines left out: Okta takes no longer message)"],
    /// A line: a label and its value.
    Labelled "labelled" ["label", "value"] ["{label}: {value}"],
    /// The same, where label and value make a sentence.
    Sentence "sentence" ["label", "value"] ["{label} {value}"],
    /// Between the parts of a length of time.
    Space "space" [] [" "],
    /// Between the entries of a list.
    Comma "comma" [] [", "],
    /// A list that leaves out its last entries.
    AndMore "and_more" ["list", "n"] ["{list} and {n} more"],

    /// Label: who gets the access.
    For "for" [] ["For"],
    /// Instead of a name: nothing says who of several people gets the access.
    ForOneOfSeveral "for_one_of_several" ["n"] ["not certain: the request names {n} people"],
    /// Label: who asked.
    AskedBy "asked_by" [] ["Asked by"],
    /// Another person asked.
    OnBehalf "on_behalf" ["name"] ["{name}, on this person's behalf"],
    /// Another person asked; event and request differ.
    OnBehalfPerhaps "on_behalf_perhaps" ["name"] [
        "{name}, on this person's behalf (not certain: event and request differ)"
    ],
    /// Instead of that person's name.
    SomeoneUnnamed "someone_unnamed" [] ["someone without a name in Okta"],
    /// Instead of that person's name, if it can't be read.
    SomeoneUnread "someone_unread" ["why"] ["someone else (name not available: {why})"],
    /// The person asked, perhaps.
    PerhapsThePerson "perhaps_the_person" [] ["this person (not certain: event and request differ)"],
    /// A service asked.
    Service "service" ["id"] ["a service (client {id}), not a person"],
    /// A service asked, perhaps.
    ServicePerhaps "service_perhaps" ["id"] [
        "a service (client {id}), not a person (not certain: event and request differ)"
    ],
    /// Nobody says who asked.
    AskerUnknown "asker_unknown" [] ["not known"],
    /// Label: what a stranger does not see.
    NotShownToOthers "not_shown_someone_else" [] ["Not shown, since someone else asked"],
    /// Label: the same, if nobody says who asked.
    NotShownUncertain "not_shown_uncertain" [] ["Not shown, since it is not certain who asked"],
    /// Label: the same, if nobody says who gets the access.
    NotShownNobody "not_shown_nobody" [] ["Not shown, since it is not certain who gets the access"],
    /// Attributes, if none is shown.
    Attributes "attributes" [] ["attributes"],
    /// Attributes that a stranger does not see.
    FurtherAttributes "further_attributes" [] ["further attributes"],

    /// Label: the checks that were made.
    Checked "checked" [] ["Checked"],
    /// Label: the checks that were not made.
    NotChecked "not_checked" [] ["Not checked"],
    /// A check that was not made, and why.
    NotDone "not_done" ["check", "why"] ["{check} ({why})"],
    /// Check: who gets the access.
    CheckPerson "check_person" [] ["person"],
    /// Check: what is asked for.
    CheckRequest "check_request" [] ["what is asked for"],
    /// Check: administrator rights.
    CheckAdministrator "check_administrator_rights" [] ["administrator rights"],
    /// Check: the account is active.
    CheckAccount "check_account" [] ["account"],
    /// Check: the access ends before the person leaves.
    CheckEndDate "check_end_date" [] ["end date"],
    /// Check: the manager.
    CheckManager "check_manager" [] ["manager"],
    /// Check: the person does not hold this yet.
    CheckHeld "check_access_held" [] ["access held"],
    /// The same, if bundles are asked for and were not read.
    CheckHeldInPart "check_access_held_in_part" [] ["access held (groups and apps only)"],
    /// Check: earlier requests for the same.
    CheckHistory "check_earlier_requests" [] ["earlier requests"],
    /// Check: Okta's rules of separation of duties.
    CheckOktaRules "check_okta_rules" [] ["separation of duties (Okta's rules)"],
    /// Check: the policy's toxic combinations.
    CheckOurRules "check_our_rules" [] ["separation of duties (our rules)"],
    /// Both checks.
    CheckAllRules "check_all_rules" [] ["separation of duties (Okta's and our rules)"],
    /// Check: who approves.
    CheckApprover "check_approver" [] ["approver"],
    /// Check: how the resource is marked in Okta.
    CheckLabels "check_labels" [] ["labels"],
    /// Facts: colleagues with the same access. No check.
    Peers "peers" [] ["colleagues"],

    /// Warning: a conflict with one of Okta's rules.
    OktaConflict "okta_conflict" ["rule"] ["conflict with {rule}"],
    /// The same, with the app of the rule.
    OktaConflictOf "okta_conflict_of" ["rule", "app"] ["conflict with {rule} ({app})"],
    /// In place of the rule's name, if Okta gives none.
    UnnamedRule "unnamed_rule" [] ["a rule without a name"],
    /// Warning: a toxic combination of two things that the person holds.
    HoldsBoth "holds_both" ["severity", "rule", "one", "other"] [
        "{severity}-severity conflict {rule}: holds {one} and {other} already"
    ],
    /// Warning: a toxic combination that the request would complete.
    HoldsAndAsks "holds_and_asks" ["severity", "rule", "one", "other"] [
        "{severity}-severity conflict {rule}: holds {one} and asks for {other}"
    ],
    /// Warning: a toxic combination within the request.
    AsksForBoth "asks_for_both" ["severity", "rule", "one", "other"] [
        "{severity}-severity conflict {rule}: asks for {one} and {other}"
    ],
    /// A warning with the description of its rule.
    Described "described" ["warning", "description"] ["{warning}: {description}"],
    /// Severity of a toxic combination.
    Low "low" [] ["low"],
    /// Severity of a toxic combination.
    Medium "medium" [] ["medium"],
    /// Severity of a toxic combination.
    High "high" [] ["high"],
    /// Warning to strangers: there are conflicts.
    ConflictsExist "conflicts_exist" [] [
        "separation-of-duties conflicts exist; details are not shown, since someone else asked: see the request in Okta"
    ],
    /// The same, if nobody says who asked.
    ConflictsExistUncertain "conflicts_exist_uncertain" [] [
        "separation-of-duties conflicts exist; details are not shown, since it is not certain who asked: see the request in Okta"
    ],
    /// The same, if nobody says who gets the access.
    ConflictsExistNobody "conflicts_exist_nobody" [] [
        "separation-of-duties conflicts exist; details are not shown, since it is not certain who gets the access: see the request in Okta"
    ],
    /// Warning: the group that is asked for has administrators.
    GroupOfAdministrators "group_of_administrators" [] ["members of this group are Okta administrators"],
    /// Warning: the bundle that is asked for is an administrator role.
    AdministratorRole "administrator_role" ["name"] ["this is an Okta administrator role: {name}"],
    /// Warning: the account is suspended.
    Suspended "account_suspended" [] ["this person's account is suspended"],
    /// Warning: the account is deactivated.
    Deactivated "account_deactivated" [] ["this person's account is deactivated"],
    /// Warning: the account is locked out.
    LockedOut "account_locked_out" [] ["this person's account is locked out after failed sign-ins"],
    /// Warning: the account was never active.
    NotActiveYet "account_not_active_yet" [] ["this person's account is not active yet"],
    /// Warning: the access lasts longer than the contract.
    Outlives "outlives" ["end", "until"] ["contract ends {end}; the access would last until {until}"],
    /// Warning: the contract ends soon, and the request states no end.
    EndsSoon "ends_soon" ["end"] ["contract ends {end}; the request states no end"],
    /// Warning: the latest request for the same was denied.
    DeniedBefore "denied_before" ["date"] ["the same access was denied on {date}"],
    /// The same, if Okta does not say when.
    DeniedBeforeUndated "denied_before_undated" [] ["the same access was denied before"],
    /// Warning: the person is in the group already.
    AlreadyMember "already_member" [] ["already a member of this group"],
    /// Warning: the person has the app already.
    AlreadyApp "already_app" [] ["already has this app"],
    /// Warning: the person holds the bundle already.
    AlreadyHeld "already_held" [] ["already holds this"],
    /// The same, with the end.
    AlreadyHeldUntil "already_held_until" ["date"] ["already holds this, until {date}"],
    /// Warning: the manager's account.
    ManagerDeactivated "manager_deactivated" [] ["the manager's account is deactivated"],
    /// Warning: the manager's account.
    ManagerSuspended "manager_suspended" [] ["the manager's account is suspended"],
    /// Warning: the manager's account.
    ManagerLockedOut "manager_locked_out" [] ["the manager's account is locked out after failed sign-ins"],
    /// Warning: the manager's account.
    ManagerNotActiveYet "manager_not_active_yet" [] ["the manager's account is not active yet"],
    /// Warning: the profile names the person as manager.
    OwnManager "own_manager" [] ["this person is set as their own manager"],
    /// Warning: the manager asked.
    ManagerAsked "manager_asked" [] [
        "the manager raised this request: the manager's approval would not be a second opinion"
    ],
    /// Warning: the manager asked, as far as an e-mail address says.
    ManagerAskedByEmail "manager_asked_by_email" [] [
        "the manager raised this request (matched by e-mail): the manager's approval would not be a second opinion"
    ],
    /// Warning: the one who asked approves.
    AskerApproves "asker_approves" [] ["the person asking is also the approver"],
    /// Warning: nobody approves.
    NoApprover "no_approver" [] ["no approver is assigned"],

    /// Label: the subject line of the request.
    Request "request" [] ["Request"],
    /// Label: the app that is asked for.
    AccessTo "access_to" [] ["Access to"],
    /// Label: a group that is asked for.
    Group "group" [] ["Group"],
    /// Label: a bundle that is asked for.
    Bundle "bundle" [] ["Bundle"],
    /// Label: a request type.
    RequestType "request_type" [] ["Request type"],
    /// Label: another kind of thing that is asked for.
    Scope "scope" [] ["Scope"],
    /// Label: how long the access lasts.
    Duration "duration" [] ["Duration"],
    /// The request states no duration.
    NoEnd "no_end" [] ["not stated"],
    /// Several things are asked for.
    MoreAsked "more_asked" ["name", "n"] ["{name}, and {n} more; see the request in Okta"],
    /// In place of a question that Okta leaves out.
    Answer "answer" [] ["Answer"],
    /// The same, if there are several.
    AnswerNumber "answer_number" ["n"] ["Answer {n}"],
    /// A value that is true.
    Yes "yes" [] ["yes"],
    /// A value that is false.
    No "no" [] ["no"],
    /// The requester answered nothing.
    NoAnswer "no_answer" [] ["no answer"],
    /// A person in an answer, with the id.
    NamedId "named_id" ["name", "id"] ["{name} ({id})"],
    /// Label: what is in the bundle.
    Contains "contains" [] ["Contains"],
    /// An entitlement and its values.
    Entitlement "entitlement" ["name", "values"] ["{name} ({values})"],
    /// What the group opens.
    GroupOpens "group_opens" ["apps", "members"] ["This group opens {apps}; {members}"],
    /// The same, if Okta gives one of both.
    GroupOpensOnly "group_opens_only" ["apps"] ["This group opens {apps}"],
    /// The same, if Okta gives the other.
    GroupHasOnly "group_has_only" ["members"] ["This group has {members}"],

    /// A name with the login.
    WithLogin "with_login" ["name", "login"] ["{name} ({login})"],
    /// State of an account.
    Active "active" [] ["active"],
    /// State of an account.
    Staged "staged" [] ["staged: made, but not activated yet"],
    /// State of an account.
    Provisioned "provisioned" [] ["provisioned: activated, but never used yet"],
    /// State of an account.
    PasswordExpired "password_expired" [] ["active, with an expired password"],
    /// State of an account.
    InRecovery "in_recovery" [] ["active, in password recovery"],
    /// State of an account.
    StateLockedOut "state_locked_out" [] ["locked out after failed sign-ins"],
    /// State of an account.
    StateSuspended "state_suspended" [] ["suspended"],
    /// State of an account.
    StateDeactivated "state_deactivated" [] ["deactivated"],
    /// State of an account.
    StateUnknown "state_unknown" [] ["status unknown"],
    /// Since when there is an account.
    AccountSince "account_since" [] ["Account since"],
    /// A day, and how long ago it was.
    DayAndAge "day_and_age" ["date", "age"] ["{date} ({age})"],
    /// The day is today.
    Today "today" [] ["today"],
    /// The person never signed in.
    Never "never" [] ["never"],
    /// Okta has no value.
    NotSet "not_set" [] ["not set in Okta"],
    /// A fact that can't be read.
    NotAvailable "not_available" ["why"] ["not available ({why})"],

    /// Label: the manager.
    Manager "manager" [] ["Manager"],
    /// The manager of the profile, who has no account.
    FromProfileUnmatched "from_profile_unmatched" ["name"] ["{name} (from the profile; no matching Okta account)"],
    /// The manager of the profile, where no account is named.
    FromProfile "from_profile" ["name"] ["{name} (from the profile, not checked)"],
    /// The person is the manager.
    Themselves "themselves" [] ["the person themselves"],
    /// The manager and the state of the account.
    ManagerState "manager_state" ["name", "state"] ["{name}, {state}"],

    /// Nothing is held.
    None "none" [] ["none"],
    /// Label: the groups and apps that the rule calls relevant.
    AlsoHolds "also_holds" [] ["Also holds"],

    /// Label: earlier requests.
    AskedBefore "asked_before" [] ["Asked for before, last 12 months"],
    /// How often, and with which results.
    TimesWith "times_with" ["n", "results"] ["{n} time ({results})", "{n} times ({results})"],
    /// How often.
    Times "times" ["n"] ["{n} time", "{n} times"],
    /// Result of requests.
    Approved "approved" ["n"] ["{n} approved"],
    /// Result of requests.
    Denied "denied" ["n"] ["{n} denied"],

    /// Label: colleagues of the same manager.
    SameManager "same_manager" [] ["Same manager"],
    /// How many of them hold this.
    PeersWith "peers_with" ["n", "peers"] ["{n} of {peers} others have this"],
    /// Label: labels of a resource.
    MarkedInOkta "marked_in_okta" [] ["Marked in Okta"],
    /// A label with its value.
    LabelValue "label_value" ["name", "value"] ["{name}: {value}"],
    /// Between labels.
    Semicolon "semicolon" [] ["; "],
    /// Label: approvers.
    WaitingFor "waiting_for" [] ["Waiting for"],

    /// How many conflicts.
    Conflicts "conflicts" ["n"] ["{n} conflict", "{n} conflicts"],
    /// There are none by Okta's rules.
    NoConflictsOkta "no_conflicts_okta" [] [
        "no conflicts found (they cover only entitlements of governance-enabled apps)"
    ],
    /// There are none by the policy's rules.
    NoConflictsOurs "no_conflicts_ours" ["rules"] ["no conflicts found ({rules} checked)"],
    /// The rules that were checked.
    Rules "rules" ["n"] ["{n} rule", "{n} rules"],

    /// Reason: a status of HTTP.
    OktaAnswered "okta_answered" ["status"] ["Okta answered {status}"],
    /// Reason.
    NoAnswerFromOkta "no_answer_from_okta" [] ["no answer from Okta"],
    /// Reason.
    NoAnswerInTime "no_answer_in_time" [] ["no answer from Okta in time"],
    /// Reason.
    RateLimited "rate_limited" [] ["Okta's rate limit is used up"],
    /// Reason.
    AnswerUnreadable "answer_unreadable" [] ["Okta's answer could not be read"],
    /// Reason.
    NoCredential "no_credential" [] ["no valid credential"],
    /// Reason.
    NetworkRefused "network_refused" [] ["Okta refuses calls from this network"],
    /// Reason.
    FeatureMissing "feature_missing" ["feature"] ["the org lacks {feature}"],
    /// In place of the feature's name.
    SomeFeature "some_feature" [] ["the feature behind this call"],
    /// Reason.
    OtherAddress "other_address" [] ["the org is at another address"],
    /// Reason.
    ReadOnlyMode "read_only_mode" [] ["Okta is in read-only mode"],
    /// Reason.
    ScopeMissing "scope_missing" ["scope"] ["the OAuth scope {scope} is not granted"],
    /// Reason.
    RoleMissing "role_missing" ["role"] ["the admin role {role} is not given"],
    /// Reason.
    NoRight "no_right" [] ["the credential has no right to read it"],
    /// Reason: the manager.
    NoMatchingAccount "no_matching_account" [] ["no matching Okta account"],
    /// Reason: the manager.
    NoManagerNamed "no_manager_named" [] ["the profile names none"],
    /// Reason: several people.
    NamesPeople "names_people" ["n"] ["the request names {n} people"],
    /// Reason.
    OktaDoesNotSay "okta_does_not_say" [] ["Okta does not say"],
    /// Reason.
    UnknownForm "unknown_form" [] ["Okta's answer has an unknown form"],
    /// Reason.
    NotAssessed "not_assessed" [] ["Okta has not assessed this request"],
    /// Reason.
    EntryUnreadable "entry_unreadable" [] ["an entry of Okta's list could not be read"],
    /// Reason.
    ListIncomplete "list_incomplete" [] ["Okta's list could not be read to its end"],
    /// Reason: the end date.
    EndDateUnreadable "end_date_unreadable" [] ["the profile's is not a date"],
    /// Reason: the duration.
    DurationUnreadable "duration_unreadable" [] ["the duration could not be read"],
    /// Reason: a part of a check.
    PartUnread "part_unread" ["part", "why"] ["{part}: {why}"],
    /// A part of a check: groups.
    PartGroups "part_groups" [] ["groups held"],
    /// A part of a check: apps.
    PartApps "part_apps" [] ["apps held"],
    /// A part of a check: names.
    PartName "part_name" [] ["a name"],

    /// Unit.
    Years "years" ["n"] ["{n} year", "{n} years"],
    /// Unit.
    Months "months" ["n"] ["{n} month", "{n} months"],
    /// Unit.
    Weeks "weeks" ["n"] ["{n} week", "{n} weeks"],
    /// Unit.
    Days "days" ["n"] ["{n} day", "{n} days"],
    /// Unit.
    Hours "hours" ["n"] ["{n} hour", "{n} hours"],
    /// Unit.
    Minutes "minutes" ["n"] ["{n} minute", "{n} minutes"],
    /// Unit.
    Seconds "seconds" ["n"] ["{n} second", "{n} seconds"],
    /// Unit.
    Groups "groups" ["n"] ["{n} group", "{n} groups"],
    /// Unit.
    Apps "apps" ["n"] ["{n} app", "{n} apps"],
    /// Unit.
    Members "members" ["n"] ["{n} member", "{n} members"],
}

impl Term {
    /// Whether its text depends on a number, so that the number 1 may have its own.
    #[must_use]
    pub fn has_number(self) -> bool {
        self.places().contains(&"n")
    }

    /// The longest text that may replace it, in UTF-16 units without its places. So what must stay in a
    /// message keeps Okta's limit, and the headline its own, in every language. Tests of `message` prove
    /// both.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Term::ToLookAt | Term::NothingToLookAt | Term::NothingToLookAtBut => 46,
            Term::UnnamedAccess => 34,
            Term::Years
            | Term::Months
            | Term::Weeks
            | Term::Days
            | Term::Hours
            | Term::Minutes
            | Term::Seconds => 11,
            Term::AndMore => 13,
            Term::Comma | Term::Space | Term::Sentence => 2,
            Term::Labelled | Term::Semicolon => 4,
            _ => {
                let english = self.english().iter().map(|text| fixed_len(text)).max().unwrap_or_default();
                english * 5 / 4 + 8
            }
        }
    }
}

/// The length of a text without its places, in UTF-16 units.
#[must_use]
pub fn fixed_len(text: &str) -> usize {
    let places = places_of(text).unwrap_or_default();
    let of_places: usize = places.iter().map(|place| utf16_len(place) + 2).sum();
    utf16_len(text).saturating_sub(of_places)
}

/// The names of the places in a text, in order; `None` if a brace is not closed.
#[must_use]
pub fn places_of(text: &str) -> Option<Vec<&str>> {
    let (mut places, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').filter(|_| !before.contains('}'))?;
        places.push(name);
        rest = after;
    }
    (!rest.contains('}')).then_some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_must_be_closed() {
        assert_eq!(places_of("{n} of {m}, {n}"), Some(vec!["n", "m", "n"]));
        assert_eq!(places_of("plain"), Some(vec![]));
        for wrong in ["{n", "n}", "{a{b}", "{a}}"] {
            assert!(places_of(wrong).is_none_or(|places| places != ["a"]), "{wrong}");
        }
    }
}
