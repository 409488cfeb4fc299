//! One connection to a cluster, and how a request is sent over it.
//!
//! The client balances over all endpoints and keeps a dead one among them, so a part of the requests fails for as
//! long as it is dead: what surely never left is sent again at once, to the next endpoint. Nothing else is repeated
//! here, since it may have been done.
//!
//! Flow: ports (`intent`, `registry`, `accounts`) → **`Connection`** → etcd.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use etcd_client::{
    Client, Error, GetOptions, GetResponse, KeyValue, SortOrder, SortTarget, Txn, TxnResponse,
};
use model::id::Revision;
use model::ports::StoreError;
use tokio::time::{Instant, sleep};

use super::epoch::Epoch;
use super::error::Fault;
use super::keys::{Keys, Range};
use super::options::Options;

/// Keys of the first page, before anything is known of their size.
const PAGE_FIRST: usize = 500;
/// Most keys of one page.
const PAGE_MAX: usize = 5_000;
/// Bytes of a page of keys of the size seen so far: above this a page more costs little.
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// The largest answer that is read; the client's own limit of 4 MiB is less than what etcd puts into one message of
/// large jobs, and a watch that cannot read its next message never goes on.
pub(super) const MESSAGE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How often a load begins anew when what it reads is compacted under it.
const LOADS_MAX: usize = 3;
/// The shortest and the longest wait before a request that never left is sent again; the first time there is none.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(200));

/// A connection to a cluster; cheap to clone.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) keys: Keys,
    /// The one that the cluster was in when we came.
    pub(super) epoch: Arc<Epoch>,
    /// For how long a request is sent again that never leaves.
    patience: Duration,
    timeout: Duration,
}

impl Connection {
    pub(super) async fn open(options: &Options) -> Result<Self, Fault> {
        let connect = || async {
            Client::connect(&options.endpoints, Some(options.for_client())).await.map_err(|e| Fault::of(&e))
        };
        Ok(Self {
            client: until_sent(options.connect_timeout, connect).await?,
            keys: Keys::new(&options.prefix),
            epoch: Arc::default(),
            patience: options.connect_timeout,
            // A little more than the client's own, which does not bound waiting for a connection.
            timeout: options.request_timeout + options.connect_timeout,
        })
    }

    /// Sends a request, again while it surely never left.
    pub(super) async fn send<T, F>(&self, mut request: impl FnMut(Client) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let once = || {
            let answer = tokio::time::timeout(self.timeout, request(self.client.clone()));
            let late = || Fault::Unknown(format!("etcd: no answer within {} s", self.timeout.as_secs()));
            async move { answer.await.map_err(|_| late())?.map_err(|e| Fault::of(&e)) }
        };
        until_sent(self.patience, once).await
    }

    pub(super) async fn txn(&self, txn: Txn) -> Result<TxnResponse, Fault> {
        self.send(|mut client| {
            let txn = txn.clone();
            async move { client.txn(txn).await }
        })
        .await
    }

    pub(super) async fn get(&self, key: String, options: Option<GetOptions>) -> Result<GetResponse, Fault> {
        self.send(|mut client| {
            let (key, options) = (key.clone(), options.clone());
            async move { client.get(key, options).await }
        })
        .await
    }

    /// Returns all keys of some ranges as they stood at one revision, in the order of the ranges and keys.
    pub(super) async fn ranges(&self, ranges: &[Range]) -> Result<(Vec<KeyValue>, Revision), StoreError> {
        let mut loads = 0;
        loop {
            loads += 1;
            match self.ranges_once(ranges).await {
                Ok(all) => return Ok(all),
                Err(Fault::Compacted) if loads < LOADS_MAX => {}
                Err(fault) => return Err(fault.of_read()),
            }
        }
    }

    async fn ranges_once(&self, ranges: &[Range]) -> Result<(Vec<KeyValue>, Revision), Fault> {
        let mut all = Vec::new();
        let mut at = None;
        let mut page_keys = PAGE_FIRST;
        for (first, end) in ranges {
            let mut from = first.clone().into_bytes();
            loop {
                let mut page = match self.page(from.clone(), end, at, page_keys).await {
                    Err(Fault::TooLarge(_)) if page_keys > 1 => {
                        page_keys = (page_keys / 4).max(1);
                        continue;
                    }
                    page => page?,
                };
                let revision = *at.get_or_insert(header_revision(page.header()));
                debug_assert!(revision > 0, "each answer has a header");
                let more = page.more();
                let mut keys = page.take_kvs();
                let bytes: usize = keys.iter().map(|key| key.key().len() + key.value().len()).sum();
                page_keys = (PAGE_BYTES * keys.len() / bytes.max(1)).clamp(1, PAGE_MAX);
                let last = keys.last().map(|last| last.key().to_vec());
                all.append(&mut keys);
                match last {
                    // The smallest key after it.
                    Some(mut last) if more => {
                        last.push(0);
                        from = last;
                    }
                    _ => break,
                }
            }
        }
        Ok((all, revision(at.unwrap_or_default())))
    }

    async fn page(
        &self,
        from: Vec<u8>,
        end: &str,
        at: Option<i64>,
        keys: usize,
    ) -> Result<GetResponse, Fault> {
        let options = GetOptions::new()
            .with_range(end)
            .with_limit(i64::try_from(keys).unwrap_or(i64::MAX))
            .with_revision(at.unwrap_or_default())
            .with_sort(SortTarget::Key, SortOrder::Ascend);
        self.send(|client| {
            let (from, options) = (from.clone(), options.clone());
            let mut client = client.kv_client().max_decoding_message_size(MESSAGE_BYTES_MAX);
            async move { client.get(from, Some(options)).await }
        })
        .await
    }
}

/// Asks again while a request surely never left: at once, since another endpoint may live, then with growing pauses,
/// for `patience` at most.
async fn until_sent<T, F>(patience: Duration, mut request: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let deadline = Instant::now() + patience;
    let mut pause = Duration::ZERO;
    loop {
        match request().await {
            Err(Fault::NotSent(_)) if Instant::now() + pause < deadline => {
                sleep(pause).await;
                pause = (pause * 2).clamp(PAUSES.0, PAUSES.1);
            }
            answer => return answer,
        }
    }
}

/// Returns the revision that an answer was given at; 0 for an answer without header, which etcd never gives.
pub(super) fn header_revision(header: Option<&etcd_client::ResponseHeader>) -> i64 {
    header.map_or(0, etcd_client::ResponseHeader::revision)
}

/// Returns a number of etcd as a revision, whatever the epoch.
pub(super) fn revision(number: i64) -> Revision {
    Revision(u64::try_from(number).unwrap_or_default())
}

/// Returns a revision as etcd knows it; one that nobody has is held at the greatest.
pub(super) fn number(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}
