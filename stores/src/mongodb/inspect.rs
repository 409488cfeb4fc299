//! What a MongoDB is, and what our role there lacks. Writes nothing.

use std::time::Duration;

use model::ports::StoreError;
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use tokio::time::Instant;

use super::{AUDIT, CHUNKS, MARKS, Mongo, NOTICES, Options, RANGES, REVISIONS, RUNS, error};
use crate::inspection::{Inspection, Role};

/// What a master does with each collection.
const MASTER: [&str; 7] =
    ["find", "insert", "update", "remove", "createIndex", "createCollection", "changeStream"];
/// What a worker does with which.
const WORKER: [(&str, &[&str]); 4] = [
    (RUNS, &["find", "insert", "update"]),
    (CHUNKS, &["find", "insert"]),
    ("modules", &["find"]),
    ("module_bytes.chunks", &["find"]),
];

impl Mongo {
    /// Says what this MongoDB is and what a server of `role` lacks there.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn inspect(&self, options: &Options, role: Role) -> Result<Inspection, StoreError> {
        let began = Instant::now();
        self.ping().await?;
        let latency = began.elapsed();
        let asked = self.clock.now().as_millis();
        let hello = self.ask(doc! { "hello": 1 }).await?;
        let half = (self.clock.now().as_millis() - asked) / 2;
        let told = hello.get_datetime("localTime").ok().map(|at| at.timestamp_millis());
        let build = self.ask(doc! { "buildInfo": 1 }).await?;
        let status = self.ask(doc! { "connectionStatus": 1, "showPrivileges": true }).await?;
        let rights = status.get_document("authInfo").ok();
        let rights = rights.and_then(|info| info.get_array("authenticatedUserPrivileges").ok());
        let mut inspection = Inspection {
            version: build.get_str("version").unwrap_or_default().to_owned(),
            latency,
            asks_who: !answers_anybody(options).await,
            replica_set: hello.get_str("setName").ok().map(str::to_owned),
            clock_offset_ms: told.map(|told| told - asked - half),
            missing: Vec::new(),
            pending: Vec::new(),
        };
        if inspection.asks_who {
            inspection.missing = missing(rights.map_or(&[], Vec::as_slice), &options.database, role);
        }
        if role == Role::Master && inspection.missing.is_empty() {
            let made =
                self.database.collection::<Document>(RUNS).list_index_names().await.unwrap_or_default();
            if !made.iter().any(|name| name.starts_with("expires_at")) {
                inspection
                    .pending
                    .push("the indexes are not made yet: the first master to start makes them".into());
            }
        }
        Ok(inspection)
    }

    async fn ask(&self, command: Document) -> Result<Document, StoreError> {
        self.database.run_command(command).await.map_err(|e| error::store(&e))
    }
}

/// Returns what the privileges do not allow.
fn missing(privileges: &[Bson], database: &str, role: Role) -> Vec<String> {
    let needed: Vec<(&str, &[&str])> = match role {
        Role::Master => [RUNS, CHUNKS, RANGES, AUDIT, REVISIONS, MARKS, NOTICES, "modules"]
            .map(|collection| (collection, &MASTER[..]))
            .into(),
        Role::Worker => WORKER.into(),
    };
    let lacking = needed.into_iter().filter_map(|(collection, actions)| {
        let lacks = |action: &&&str| !privileges.iter().any(|one| allows(one, database, collection, action));
        let lacking: Vec<_> = actions.iter().filter(lacks).copied().collect();
        let told = || format!("may not {} in `{database}.{collection}`", lacking.join(", "));
        (!lacking.is_empty()).then(told)
    });
    lacking.collect()
}

fn allows(privilege: &Bson, database: &str, collection: &str, action: &str) -> bool {
    let Some(privilege) = privilege.as_document() else { return false };
    let Ok(resource) = privilege.get_document("resource") else { return false };
    let covers = |field: &str, name: &str| {
        resource.get_str(field).is_ok_and(|covered| covered.is_empty() || covered == name)
    };
    let here = resource.get_bool("anyResource").unwrap_or(false)
        || (covers("db", database) && covers("collection", collection));
    let named =
        privilege.get_array("actions").is_ok_and(|all| all.iter().any(|one| one.as_str() == Some(action)));
    here && named
}

/// Returns whether a client that does not say who it is gets an answer.
async fn answers_anybody(options: &Options) -> bool {
    let nobody = Options { credentials: None, allow_unauthenticated: true, ..options.clone() };
    let Ok(mut client) = nobody.for_client().await else { return false };
    client.credential = None;
    client.server_selection_timeout = Some(Duration::from_secs(2));
    let Ok(client) = Client::with_options(client) else { return false };
    client.database(&options.database).collection::<Document>(RUNS).find_one(doc! {}).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_role_lacks_is_named() {
        let on = |collection: &str, actions: &[&str]| {
            Bson::from(
                doc! { "resource": { "db": "sandglass", "collection": collection }, "actions": actions.to_vec() },
            )
        };
        let all = [on("", &MASTER)];
        assert_eq!(missing(&all, "sandglass", Role::Master), Vec::<String>::new());
        assert_eq!(missing(&all, "other", Role::Worker).len(), WORKER.len());
        let some = [on("runs", &["find", "insert"]), on("chunks", &["find", "insert"])];
        let told = missing(&some, "sandglass", Role::Worker);
        assert_eq!(told[0], "may not update in `sandglass.runs`");
        assert_eq!(told.len(), 3, "{told:?}");
    }
}
