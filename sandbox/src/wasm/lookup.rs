//! Looks up names for components: only those that the job grants, a few at a time.
//!
//! The engine's own lookup is for all names or none. This one asks the grants first, notes for them what a name was
//! resolved to, and bounds how many threads the system's resolver may keep waiting: a resolver that does not answer
//! holds a thread for many seconds, also after the guest that asked is gone, and the output of other runs needs those
//! threads. An address as text is answered without asking anybody.
//!
//! Flow: component → **`resolve-addresses`** → `network` (granted?) → the system's resolver → `network` (noted).

use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::vec;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress};
use wasmtime_wasi::p2::{DynPollable, Network as NetworkHandle, Pollable, subscribe};

use super::guest::Guest;

/// The interface that is replaced, as the engine's linker names it.
pub(super) const INTERFACE: &str = "wasi:sockets/ip-name-lookup@0.2.12";
/// Lookups that one thread's guests may have under way; the rest wait for their turn.
pub(super) const LOOKUPS_MAX: usize = 4;
/// Longest name of a host (RFC 1035), with the dot of the root.
const NAME_BYTES_MAX: usize = 254;
/// Addresses that one answer may have.
const ANSWERS_MAX: usize = 64;

/// What a name was resolved to, for one guest to read.
struct Answers(vec::IntoIter<IpAddr>);

#[async_trait::async_trait]
impl Pollable for Answers {
    /// All answers are there when the guest gets them.
    async fn ready(&mut self) {}
}

/// Replaces the engine's lookup in a linker that allows it.
pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let turns = Arc::new(Semaphore::new(LOOKUPS_MAX));
    let mut interface = linker.instance(INTERFACE)?;
    let stream = ResourceType::host::<Answers>();
    interface.resource("resolve-address-stream", stream, |mut store, answers| {
        store.data_mut().ctx().table.delete(Resource::<Answers>::new_own(answers))?;
        Ok(())
    })?;
    interface.func_wrap_async(
        "resolve-addresses",
        move |mut store: StoreContextMut<'_, Guest>, (_, name): (Resource<NetworkHandle>, String)| {
            let turns = turns.clone();
            Box::new(async move {
                let answers = match resolve(store.data_mut(), name, turns).await {
                    Ok(answers) => answers,
                    Err(code) => return Ok((Err(code),)),
                };
                let answers = store.data_mut().ctx().table.push(Answers(answers.into_iter()))?;
                Ok((Ok(answers),))
            })
        },
    )?;
    interface.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, Guest>, (answers,): (Resource<Answers>,)| {
            let next = store.data_mut().ctx().table.get_mut(&answers)?.0.next();
            Ok((Ok::<_, ErrorCode>(next.map(IpAddress::from)),))
        },
    )?;
    interface.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, Guest>, (answers,): (Resource<Answers>,)| {
            let pollable: Resource<DynPollable> = subscribe(store.data_mut().ctx().table, answers)?;
            Ok((pollable,))
        },
    )?;
    Ok(())
}

/// Returns the addresses of a name. The guest waits, and may be dropped while it does.
async fn resolve(guest: &mut Guest, name: String, turns: Arc<Semaphore>) -> Result<Vec<IpAddr>, ErrorCode> {
    if let Ok(address) = name.trim_start_matches('[').trim_end_matches(']').parse() {
        return Ok(vec![address]);
    }
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
        return Err(ErrorCode::InvalidArgument);
    }
    let network = guest.network().clone();
    if !network.may_look_up(&name) {
        return Err(ErrorCode::AccessDenied);
    }
    let turn = turns.acquire_owned().await.map_err(|_| ErrorCode::TemporaryResolverFailure)?;
    let asked = name.clone();
    let found = spawn_blocking(move || {
        // Held by the thread that waits, not by the guest, which may be gone before.
        let _turn = turn;
        (&*asked, 0)
            .to_socket_addrs()
            .map(|found| found.map(|to| to.ip().to_canonical()).take(ANSWERS_MAX).collect())
    });
    let found: Vec<IpAddr> = match found.await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) => return Err(ErrorCode::NameUnresolvable),
        Err(_) => return Err(ErrorCode::TemporaryResolverFailure),
    };
    network.resolved(&name, &found);
    Ok(found)
}
