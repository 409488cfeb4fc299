//! What every [`Blobs`](crate::ports::Blobs) owes.

use bytes::Bytes;
use futures::future::join_all;

use super::Harness;
use super::samples::{at, new_name};
use crate::id::{Digest, ModuleTag};
use crate::module::{Module, ModuleReport, ModuleShape, Tag};
use crate::ports::{Blobs, NewModule, Removed, SealedUpload, TAGS_MAX, Tagged};
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
    assert_eq!(blobs.remove(&module.digest, at(9)).await.unwrap(), Removed::Gone);
    assert_eq!(blobs.remove(&module.digest, at(9)).await.unwrap(), Removed::Missing, "it is gone already");
    assert_eq!(blobs.module(&module.digest).await.unwrap(), None);
    assert_eq!(blobs.bytes(&module.digest).await.unwrap(), None);
    assert_eq!(store.upload_leftovers().await, 0);
    assert!(keep(&*blobs, &pieces, "again.wasm", 2).await.1);
}

fn new_tag(digest: &Digest) -> Tag {
    let tag = format!("{}:stable", new_name()).parse().unwrap();
    Tag { tag, digest: digest.clone(), set_by: "contract".into(), set_at: at(3) }
}

/// A tag points to a module that is there; set again it moves, and says where it pointed.
pub async fn tag_points_to_a_module_and_moves(store: &mut dyn Harness) {
    let blobs = store.blobs();
    let (first, _) = keep(&*blobs, &pieces(), "first.wasm", 1).await;
    let (second, _) = keep(&*blobs, &pieces(), "second.wasm", 2).await;
    let tag = new_tag(&first.digest);
    assert_eq!(blobs.tagged(&tag.tag).await.unwrap(), None);
    assert_eq!(blobs.tag(tag.clone()).await.unwrap(), Tagged::Set { before: None });
    assert_eq!(blobs.tagged(&tag.tag).await.unwrap(), Some(tag.clone()));
    let moved = Tag { digest: second.digest.clone(), set_by: "other".into(), ..tag.clone() };
    assert_eq!(blobs.tag(moved.clone()).await.unwrap(), Tagged::Set { before: Some(first.digest) });
    assert_eq!(blobs.tagged(&tag.tag).await.unwrap(), Some(moved.clone()));
    let nowhere = Tag { digest: Digest::of(new_name().as_str().as_bytes()), ..tag.clone() };
    assert_eq!(blobs.tag(nowhere).await.unwrap(), Tagged::NoModule);
    assert_eq!(blobs.tagged(&tag.tag).await.unwrap(), Some(moved));
    assert!(blobs.untag(&tag.tag).await.unwrap());
    assert!(!blobs.untag(&tag.tag).await.unwrap(), "it is gone already");
    assert_eq!(blobs.tagged(&tag.tag).await.unwrap(), None);
    assert!(blobs.module(&second.digest).await.unwrap().is_some(), "its module stays");
}

/// Tags are listed by name, and go with their module; those of others stay.
pub async fn tags_go_with_their_module(store: &mut dyn Harness) {
    let blobs = store.blobs();
    let (going, _) = keep(&*blobs, &pieces(), "going.wasm", 1).await;
    let (staying, _) = keep(&*blobs, &pieces(), "staying.wasm", 2).await;
    let mut tags = vec![new_tag(&going.digest), new_tag(&going.digest), new_tag(&staying.digest)];
    for tag in &tags {
        blobs.tag(tag.clone()).await.unwrap();
    }
    let stays = tags[2].clone();
    tags.sort_by(|a, b| a.tag.cmp(&b.tag));
    let mut listed = blobs.tags().await.unwrap();
    listed.retain(|tag| tags.contains(tag));
    assert_eq!(listed, tags);
    assert_eq!(blobs.remove(&going.digest, at(9)).await.unwrap(), Removed::Gone);
    let mut listed = blobs.tags().await.unwrap();
    listed.retain(|tag| tags.contains(tag));
    assert_eq!(listed, [stays]);
}

/// Of many who set one tag at the same time one is last, and each but the first hears of another's module.
pub async fn tag_set_at_the_same_time_points_to_one(store: &mut dyn Harness) {
    let blobs = store.blobs();
    let mut modules = Vec::new();
    for seconds in 1..=4 {
        modules.push(keep(&*blobs, &pieces(), "same.wasm", seconds).await.0.digest);
    }
    let tag = new_tag(&modules[0]);
    let set = modules.iter().map(|digest| blobs.tag(Tag { digest: digest.clone(), ..tag.clone() }));
    let answers: Vec<Tagged> = join_all(set).await.into_iter().map(|answer| answer.unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Tagged::Set { before: None }).count(), 1);
    let points = blobs.tagged(&tag.tag).await.unwrap().unwrap().digest;
    let lost = |digest: &&Digest| answers.contains(&Tagged::Set { before: Some((*digest).clone()) });
    assert_eq!(modules.iter().filter(lost).count(), 3);
    assert!(!lost(&&points), "nobody came after the last one");
}

/// At most `TAGS_MAX` tags stand; one that stands can still be moved.
pub async fn tags_are_bounded(store: &mut dyn Harness) {
    let blobs = store.blobs();
    let (module, _) = keep(&*blobs, &pieces(), "tagged.wasm", 1).await;
    let mut set = Vec::new();
    let full = loop {
        assert!(set.len() <= TAGS_MAX, "there is no bound");
        let tag = new_tag(&module.digest);
        match blobs.tag(tag.clone()).await.unwrap() {
            Tagged::Set { .. } => set.push(tag),
            other => break other,
        }
    };
    assert_eq!(full, Tagged::Full);
    assert_eq!(blobs.tags().await.unwrap().len(), TAGS_MAX);
    assert!(matches!(blobs.tag(set[0].clone()).await.unwrap(), Tagged::Set { before: Some(_) }));
    blobs.remove(&module.digest, at(9)).await.unwrap();
}

/// What was answered of a tag survives a crash of the store.
pub async fn tag_survives_a_crash(store: &mut dyn Harness) {
    let (module, _) = keep(&*store.blobs(), &pieces(), "kept.wasm", 1).await;
    let (tag, gone) = (new_tag(&module.digest), new_tag(&module.digest));
    for tag in [&tag, &gone] {
        store.blobs().tag(tag.clone()).await.unwrap();
    }
    store.blobs().untag(&gone.tag).await.unwrap();
    if store.reopen().await {
        let found: [Option<ModuleTag>; 2] = [
            store.blobs().tagged(&tag.tag).await.unwrap().map(|tag| tag.tag),
            store.blobs().tagged(&gone.tag).await.unwrap().map(|tag| tag.tag),
        ];
        assert_eq!(found, [Some(tag.tag), None]);
    }
}

/// A module that is held is not removed until each hold is released or its time has passed.
pub async fn held_module_is_not_removed(store: &mut dyn Harness) {
    let blobs = store.blobs();
    let (module, _) = keep(&*blobs, &pieces(), "held.wasm", 1).await;
    let digest = &module.digest;
    assert_eq!(blobs.hold(&Digest::of(new_name().as_str().as_bytes()), at(60)).await.unwrap(), None);
    let first = blobs.hold(digest, at(60)).await.unwrap().expect("the module is there");
    let _second = blobs.hold(digest, at(20)).await.unwrap().expect("it can be held twice");
    assert_eq!(blobs.remove(digest, at(10)).await.unwrap(), Removed::Held { until: at(60) });
    blobs.release(first.clone()).await.unwrap();
    blobs.release(first).await.unwrap();
    assert_eq!(blobs.remove(digest, at(10)).await.unwrap(), Removed::Held { until: at(20) });
    assert!(blobs.bytes(digest).await.unwrap().is_some(), "nothing of it went");
    assert_eq!(blobs.remove(digest, at(20)).await.unwrap(), Removed::Gone);
}
