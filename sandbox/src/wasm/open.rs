//! `path_open` for guests: files and directories, and nothing whose opening may wait.
//!
//! Opening a named pipe waits for its other end, in the kernel, with the whole thread: no timeout and no kill would
//! hold. So the path is looked at first, through the engine's own confined lookup, and what is neither file, directory
//! nor link is refused as not supported. A pipe put there between the look and the opening is the host's own doing.
//! A guest that holds as many files as it may is told so (`mfile`), as on any machine; the engine would end it.

use wasmtime::component::ResourceTable;
use wasmtime::{Caller, Extern};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as engine, WasiSnapshotPreview1 as _};
use wiggle::GuestMemory;

use super::guest::{CALL_BYTES_MAX, Guest};
use super::preview1::FAULT;

const TOO_MANY_FILES: i32 = 33;
const NAME_TOO_LONG: i32 = 37;
const NOT_SUPPORTED: i32 = 58;
/// Longest path that Linux takes.
const PATH_BYTES_MAX: usize = 4096;
/// Places that opening leaves free, for what the engine's functions hold while they work: the listing of a directory.
const PLACES_LEFT: usize = 4;
/// Bytes of a file's description, and where in it its kind stands.
const FILESTAT_BYTES: usize = 64;
const FILETYPE_AT: usize = 16;
/// Directory, regular file, symbolic link.
const OPENED: [u8; 3] = [3, 4, 7];

/// What a guest hands to `path_open`, in order.
pub(super) type Arguments = (i32, i32, i32, i32, i32, i64, i64, i32, i32);

/// Opens a path beneath one of the guest's directories.
pub(super) async fn path_open(mut caller: Caller<'_, Guest>, arguments: Arguments) -> wasmtime::Result<i32> {
    let (fd, lookup, path, length, create, rights, inheriting, flags, opened) = arguments;
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(wasmtime::Error::msg("the module exports no memory"));
    };
    let (bytes, guest) = memory.data_and_store_mut(&mut caller);
    let (at, size) = (path.cast_unsigned() as usize, length.cast_unsigned() as usize);
    if size > PATH_BYTES_MAX {
        return Ok(NAME_TOO_LONG);
    }
    let Some(name) = at.checked_add(size).and_then(|end| bytes.get(at..end)) else { return Ok(FAULT) };
    // The lookup writes its answer into memory: into this, not into the guest's.
    let mut scratch = vec![0; FILESTAT_BYTES];
    scratch.extend_from_slice(name);
    let wasi = guest.wasi();
    wasi.set_hostcall_fuel(CALL_BYTES_MAX);
    let looked = engine::path_filestat_get(
        wasi,
        &mut GuestMemory::Unshared(&mut scratch),
        fd,
        lookup,
        FILESTAT_BYTES as i32,
        length,
        0,
    )
    .await?;
    if looked == 0 && !OPENED.contains(&scratch[FILETYPE_AT]) {
        return Ok(NOT_SUPPORTED);
    }
    if !has_place(wasi.ctx().table) {
        return Ok(TOO_MANY_FILES);
    }
    wasi.set_hostcall_fuel(CALL_BYTES_MAX);
    let mut memory = GuestMemory::Unshared(bytes);
    engine::path_open(wasi, &mut memory, fd, lookup, path, length, create, rights, inheriting, flags, opened)
        .await
}

/// Returns whether one more file fits. The table tells by taking entries alone.
fn has_place(table: &mut ResourceTable) -> bool {
    let mut taken = Vec::with_capacity(PLACES_LEFT + 1);
    taken.extend((0..=PLACES_LEFT).map_while(|_| table.push(()).ok()));
    let all = taken.len() > PLACES_LEFT;
    for entry in taken {
        table.delete(entry).expect("it was put there a moment ago");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_full_before_its_last_places_and_asking_takes_none() {
        let mut table = ResourceTable::new();
        table.set_max_capacity(PLACES_LEFT + 2);
        for _ in 0..3 {
            assert!(has_place(&mut table));
        }
        let file = table.push(1).unwrap();
        assert!(has_place(&mut table));
        table.push(2).unwrap();
        assert!(!has_place(&mut table));
        table.delete(file).unwrap();
        assert!(has_place(&mut table));
    }
}
