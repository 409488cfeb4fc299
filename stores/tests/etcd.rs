//! etcd passes the suites of intent, registrations, leaders and accounts, and goes on through what happens to servers.
//!
//! Each test has an etcd of its own with passwords and roles; `cargo xtask test` brings the program.
//!
//! Not here: runs and output (`mongodb.rs`).
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use etcd_client::CompactionOptions;
use model::ports::{Accounts, AlertLog, Alerts, Audit, Blobs, Election, Facts, Intent, Registry, Revisions};
use model::testing::contract::Harness;
use model::time::Span;
use stores::SystemClock;
use stores::etcd::Etcd;
use stores::testing::EtcdServer;

/// An etcd under test.
struct UnderTest {
    server: EtcdServer,
    store: Option<Etcd>,
}

async fn on_etcd() -> UnderTest {
    let server = EtcdServer::start().await;
    let store = Some(server.connect("master", Arc::new(SystemClock)).await);
    UnderTest { server, store }
}

impl UnderTest {
    fn store(&self) -> &Etcd {
        self.store.as_ref().unwrap()
    }
}

#[async_trait]
impl Harness for UnderTest {
    fn intent(&self) -> Arc<dyn Intent> {
        self.store().intent()
    }

    fn registry(&self) -> Arc<dyn Registry> {
        self.store().registry()
    }

    fn election(&self) -> Arc<dyn Election> {
        self.store().election()
    }

    fn facts(&self) -> Arc<dyn Facts> {
        panic!("runs are not kept in etcd")
    }

    fn blobs(&self) -> Arc<dyn Blobs> {
        panic!("modules are not kept in etcd")
    }

    fn accounts(&self) -> Arc<dyn Accounts> {
        self.store().accounts()
    }

    fn audit(&self) -> Arc<dyn Audit> {
        panic!("the audit is not kept in etcd")
    }

    fn revisions(&self) -> Arc<dyn Revisions> {
        panic!("revisions are not kept in etcd")
    }

    fn alerts(&self) -> Arc<dyn Alerts> {
        self.store().alerts()
    }

    fn alert_log(&self) -> Arc<dyn AlertLog> {
        panic!("history is not kept in etcd")
    }

    async fn reopen(&mut self) -> bool {
        drop(self.store.take());
        self.server.kill();
        self.server.restart().await;
        self.store = Some(self.server.connect("master", Arc::new(SystemClock)).await);
        true
    }

    async fn forget_changes(&self) {
        let now = self.store().intent().load().await.unwrap().revision;
        let mut root = self.server.root().await;
        let options = CompactionOptions::new().with_physical();
        root.compact(i64::try_from(now.0).unwrap(), Some(options)).await.unwrap();
    }

    /// Leases expire on the server's clock: there is nothing to move, so this waits.
    async fn pass(&self, span: Span) {
        tokio::time::sleep(Duration::from_millis(span.as_millis())).await;
    }

    async fn upload_leftovers(&self) -> usize {
        panic!("modules are not kept in etcd")
    }
}

model::contract_suites!(contract, on_etcd, intent registry election accounts alerts);
