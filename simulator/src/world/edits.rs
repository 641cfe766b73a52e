//! Edits are the changes that a test makes to a world before or between its calls: records added, changed and
//! removed, tokens revoked and rotated. A mistake of the test, such as an id that does not exist, panics.

use serde_json::{Value, json};

use super::{super::service_app::ServiceApp, World};

impl World {
    /// The user with this id, to be changed in place.
    ///
    /// # Panics
    ///
    /// Panics if there is none with this id.
    #[expect(clippy::panic, reason = "only a mistake in a test gives a wrong id")]
    pub fn user_mut(&mut self, id: &str) -> &mut Value {
        self.users.get_mut(id).unwrap_or_else(|| panic!("the world has no user `{id}`"))
    }

    /// The access request with this id, of either generation of the API, to be changed in place.
    ///
    /// # Panics
    ///
    /// Panics if there is none with this id.
    #[expect(clippy::panic, reason = "only a mistake in a test gives a wrong id")]
    pub fn request_mut(&mut self, id: &str) -> &mut Value {
        let request = self.v1_requests.get_mut(id).or_else(|| self.v2_requests.get_mut(id));
        request.unwrap_or_else(|| panic!("the world has no access request `{id}`"))
    }

    /// The service app with this client id, to be changed in place. [`World::sample`] has [`CLIENT_ID`].
    ///
    /// [`CLIENT_ID`]: crate::CLIENT_ID
    ///
    /// # Panics
    ///
    /// Panics if there is none with this id.
    #[expect(clippy::panic, reason = "only a mistake in a test gives a wrong id")]
    pub fn service_app_mut(&mut self, client_id: &str) -> &mut ServiceApp {
        let app = self.service_apps.get_mut(client_id);
        app.unwrap_or_else(|| panic!("the world has no service app `{client_id}`"))
    }

    /// Adds a user, or replaces the one with the same `id`.
    ///
    /// # Panics
    ///
    /// Panics if the record has no `id`.
    pub fn insert_user(&mut self, user: Value) {
        self.users.insert(id_of(&user), user);
    }

    /// Adds an access request, or replaces the one with the same `id`. It is a v2 request if its id starts
    /// with `req`, and a v1 request otherwise.
    ///
    /// # Panics
    ///
    /// Panics if the record has no `id`.
    pub fn insert_request(&mut self, request: Value) {
        let id = id_of(&request);
        let requests = if id.starts_with("req") { &mut self.v2_requests } else { &mut self.v1_requests };
        requests.insert(id, request);
    }

    /// Copies every access request that the text of `event` names, under new ids and a new permalink made
    /// from `number`, also the id that a v2 request has for the v1 API. Returns the text with these, so that it names the copies.
    pub fn another_request(&mut self, event: &str, number: usize) -> String {
        let mut event = event.to_owned();
        let v1 = self.v1_requests.iter().map(|(id, request)| (id.clone(), request.clone()));
        let v2 = self.v2_requests.iter().map(|(id, request)| (id.clone(), request.clone()));
        let named: Vec<_> = v1.chain(v2).filter(|(id, _)| event.contains(id.as_str())).collect();
        for (id, mut request) in named {
            let copy =
                if id.starts_with("req") { format!("req{number:017}") } else { format!("{number:024x}") };
            event = event.replace(&id, &copy);
            request["id"] = copy.into();
            let own = if id.starts_with("req") { "/requestApproval/permalinkId" } else { "/permalinkId" };
            if let Some(permalink) = request.pointer_mut(own) {
                let unused = 1000 + number;
                event = event.replace(&format!("\"{permalink}\""), &format!("\"{unused}\""));
                *permalink = unused.into();
            }
            if let Some(v1_id) = request.pointer_mut("/requestApproval/externalRequestId") {
                *v1_id = format!("{:024x}", 0xabc_000 + number).into();
            }
            self.insert_request(request);
        }
        event
    }

    /// Adds a task of an access request, or replaces the one with the same `id`.
    ///
    /// # Panics
    ///
    /// Panics if the record has no `id`.
    pub fn insert_task(&mut self, task: Value) {
        self.tasks.insert(id_of(&task), task);
    }

    /// Adds a grant of an entitlement bundle, or replaces the one with the same `id`.
    ///
    /// # Panics
    ///
    /// Panics if the record has no `id`.
    pub fn insert_grant(&mut self, grant: Value) {
        self.entitlement_grants.insert(id_of(&grant), grant);
    }

    /// Marks the resource with this name (ORN) with a label that has these values.
    pub fn label(&mut self, orn: &str, name: &str, values: &[&str]) {
        let id = |kind: &str, text: &str| {
            let letters = text.chars().chain("0000000000000000".chars());
            format!("{kind}1{}", letters.filter(char::is_ascii_alphanumeric).take(16).collect::<String>())
        };
        let values = values.iter().map(|value| json!({ "labelValueId": id("lbl", value), "name": value }));
        let (label, values) = (id("lbc", name), values.collect::<Vec<_>>());
        let own =
            json!({ "href": format!("{}/governance/api/v1/labels/{label}", self.admin_url()), "hints": {} });
        let label = json!({ "labelId": label, "name": name, "values": values, "_links": { "self": own } });
        self.labels.entry(orn.to_owned()).or_default().push(label);
    }

    /// Adds a group, or replaces the one with the same `id`, and adds the user with the id `member` to it.
    ///
    /// # Panics
    ///
    /// Panics if the record has no `id`.
    pub fn insert_group(&mut self, group: Value, member: &str) {
        let id = id_of(&group);
        self.memberships.entry(member.to_owned()).or_default().push(id.clone());
        self.groups.insert(id, group);
    }

    /// Revokes the API token. Calls with it then fail with 401, until [`World::set_token`].
    pub fn revoke_token(&mut self) {
        self.token = None;
    }

    /// Replaces the API token, as a rotation does. Only the new one is then accepted.
    pub fn set_token(&mut self, token: impl Into<String>) {
        self.token = Some(token.into());
    }

    /// Revokes every access token of every service app. Calls with one of them then fail with 401.
    pub fn revoke_access_tokens(&mut self) {
        self.authorization_server.revoke_all();
    }

    /// Changes the nonce that proofs at the token endpoint must carry, as Okta does every day. The old nonce
    /// stays good for three days.
    pub fn rotate_dpop_nonce(&mut self) {
        self.authorization_server.rotate_nonce(self.now().as_second());
    }

    /// Changes that nonce and forgets all old ones. The next call with an old nonce fails, and the reply has
    /// the new one.
    pub fn expire_dpop_nonces(&mut self) {
        self.authorization_server.expire_nonces();
    }
}

/// The `id` of a record.
#[expect(clippy::panic, reason = "only a mistake in a test or in a sample file gives a record without an id")]
pub(super) fn id_of(record: &Value) -> String {
    record["id"].as_str().unwrap_or_else(|| panic!("the record has no `id`: {record}")).to_owned()
}
