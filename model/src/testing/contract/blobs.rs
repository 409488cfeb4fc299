//! What every [`Blobs`](crate::ports::Blobs) owes.

use bytes::Bytes;
use futures::future::join_all;

use super::Harness;
use super::samples::{at, new_name};
use crate::id::Digest;
use crate::module::{Module, ModuleReport, ModuleShape};
use crate::ports::{Blobs, NewModule, SealedUpload};
use crate::quantity::ByteSize;

/// Returns bytes that nobody else has, in pieces of a length that no store has for its own.
fn pieces() -> Vec<Bytes> {
    let name = new_name();
    (0..40).map(|i| Bytes::from(format!("{i} {name} ").repeat(300))).collect()
}

fn described(name: &str, seconds: u64) -> NewModule {
    NewModule {
        name: name.into(),
        uploaded_by: "contract".into(),
        uploaded_at: at(seconds),
        report: ModuleReport {
            shape: ModuleShape::Core,
            imports: vec!["wasi_snapshot_preview1::fd_write".into()],
            exports: vec!["_start".into(), "memory".into()],
            memory_min: ByteSize::from_kib(64),
            producers: Vec::new(),
        },
    }
}

async fn upload(blobs: &dyn Blobs, pieces: &[Bytes]) -> Box<dyn SealedUpload> {
    let mut upload = blobs.begin().await.unwrap();
    for piece in pieces {
        upload.write(piece.clone()).await.unwrap();
    }
    upload.seal().await.unwrap()
}

async fn keep(blobs: &dyn Blobs, pieces: &[Bytes], name: &str, seconds: u64) -> (Module, bool) {
    upload(blobs, pieces).await.keep(described(name, seconds)).await.unwrap()
}

/// A module is kept whole, with its bytes matching its digest, and with what was said of it.
pub async fn module_is_kept_whole(store: &mut dyn Harness) {
    let (blobs, pieces) = (store.blobs(), pieces());
    let whole = Bytes::from(pieces.concat());
    let (module, new) = keep(&*blobs, &pieces, "report.wasm", 1).await;
    assert!(new);
    assert_eq!(module.digest, Digest::of(&whole));
    assert_eq!(module.size.as_bytes(), whole.len() as u64);
    let NewModule { name, uploaded_by, uploaded_at, report } = described("report.wasm", 1);
    assert_eq!(module, Module { name, uploaded_by, uploaded_at, report, ..module.clone() });
    assert_eq!(blobs.bytes(&module.digest).await.unwrap(), Some(whole));
    assert_eq!(blobs.module(&module.digest).await.unwrap(), Some(module));
}

/// The bytes of a sealed upload can be read before it is kept; until then there is no module.
pub async fn sealed_upload_can_be_read_before_it_is_kept(store: &mut dyn Harness) {
    let (blobs, pieces) = (store.blobs(), pieces());
    let whole = Bytes::from(pieces.concat());
    let sealed = upload(&*blobs, &pieces).await;
    assert_eq!(*sealed.digest(), Digest::of(&whole));
    assert_eq!(sealed.size().as_bytes(), whole.len() as u64);
    assert_eq!(sealed.read().await.unwrap(), whole);
    assert_eq!(blobs.module(sealed.digest()).await.unwrap(), None);
    assert_eq!(blobs.bytes(sealed.digest()).await.unwrap(), None);
}

/// An upload that was not kept leaves nothing behind, neither begun nor sealed.
pub async fn upload_that_is_not_kept_leaves_nothing(store: &mut dyn Harness) {
    let (blobs, pieces) = (store.blobs(), pieces());
    let mut begun = blobs.begin().await.unwrap();
    begun.write(pieces[0].clone()).await.unwrap();
    let sealed = upload(&*blobs, &pieces).await;
    let digest = sealed.digest().clone();
    drop((begun, sealed));
    assert_eq!(blobs.bytes(&digest).await.unwrap(), None);
    let gone = async {
        while store.upload_leftovers().await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    super::within("the removal of an upload", gone).await;
}

/// The same bytes uploaded twice are one module: the second changes nothing and says that it was not new.
pub async fn same_bytes_twice_are_one_module(store: &mut dyn Harness) {
    let (blobs, pieces) = (store.blobs(), pieces());
    let (first, _) = keep(&*blobs, &pieces, "first.wasm", 1).await;
    let (second, new) = keep(&*blobs, &pieces, "second.wasm", 2).await;
    assert!(!new);
    assert_eq!(second, first);
    assert_eq!(store.upload_leftovers().await, 0);
}

/// The same bytes kept at the same time are one module, and one of the keepers is told that it was new.
pub async fn same_bytes_at_the_same_time_are_one_module(store: &mut dyn Harness) {
    let (blobs, pieces) = (store.blobs(), pieces());
    let kept = join_all((0..8).map(|_| keep(&*blobs, &pieces, "same.wasm", 1))).await;
    assert_eq!(kept.iter().filter(|(_, new)| *new).count(), 1);
    assert!(kept.iter().all(|(module, _)| *module == kept[0].0));
    assert_eq!(blobs.bytes(&kept[0].0.digest).await.unwrap(), Some(Bytes::from(pieces.concat())));
}

/// What was answered survives a crash of the store.
pub async fn kept_module_survives_a_crash(store: &mut dyn Harness) {
    let pieces = pieces();
    let (module, _) = keep(&*store.blobs(), &pieces, "kept.wasm", 1).await;
    if store.reopen().await {
        let blobs = store.blobs();
        assert_eq!(blobs.bytes(&module.digest).await.unwrap(), Some(Bytes::from(pieces.concat())));
        assert_eq!(blobs.module(&module.digest).await.unwrap(), Some(module));
    }
}

/// `modules` returns all modules, newest first.
pub async fn modules_come_newest_first(store: &mut dyn Harness) {
    let blobs = store.blobs();
    let mut kept = Vec::new();
    for seconds in [20, 10, 30] {
        kept.push(keep(&*blobs, &pieces(), "listed.wasm", seconds).await.0);
    }
    kept.sort_by_key(|module| std::cmp::Reverse(module.uploaded_at));
    let mut listed = blobs.modules().await.unwrap();
    listed.retain(|module| kept.contains(module));
    assert_eq!(listed, kept);
}

/// A removed module is gone, bytes and all; uploaded again it is new.
pub async fn removed_module_is_gone_and_can_come_back(store: &mut dyn Harness) {
    let (blobs, pieces) = (store.blobs(), pieces());
    let (module, _) = keep(&*blobs, &pieces, "removed.wasm", 1).await;
    assert!(blobs.remove(&module.digest).await.unwrap());
    assert!(!blobs.remove(&module.digest).await.unwrap(), "it is gone already");
    assert_eq!(blobs.module(&module.digest).await.unwrap(), None);
    assert_eq!(blobs.bytes(&module.digest).await.unwrap(), None);
    assert_eq!(store.upload_leftovers().await, 0);
    assert!(keep(&*blobs, &pieces, "again.wasm", 2).await.1);
}
