//! WASI preview 2 as a component sees it: the engine's own functions, with two replaced.
//!
//! `resolve-addresses`: only granted names; see `lookup`. `open-at`: the engine's own waits for the other end of a
//! named pipe, in the kernel, with the whole thread; what is neither file, directory nor link is refused as not
//! supported, as for preview 1 (see `open`). And one file too many traps there, where a program can go on without it:
//! it is told as want of memory, the nearest that preview 2 has. Sleeps need no replacement here: they wait as futures.
//!
//! Not here: which addresses may be reached (`network`).

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor as _, OpenFlags, PathFlags,
};

use super::guest::Guest;
use super::lookup;

/// The interface of which one function is replaced, as the engine's linker names it.
const FILESYSTEM: &str = "wasi:filesystem/types@0.2.12";

/// Resources that must be left for a file to be opened: its own, the stream by which it is read or written and what
/// waits for that, and the same for a program's three standard streams, which it may use for the first time to say that
/// there was one file too many. None of those can be refused as an error.
const FILE_RESOURCES: usize = 16;

type Arguments = (Resource<Descriptor>, PathFlags, String, OpenFlags, DescriptorFlags);
type Opened = (Result<Resource<Descriptor>, ErrorCode>,);

/// Adds every interface of `wasi:cli/command` to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    lookup::add_to_linker(linker)?;
    linker.instance(FILESYSTEM)?.func_wrap_async(
        "[method]descriptor.open-at",
        |store: StoreContextMut<'_, Guest>, arguments: Arguments| Box::new(open_at(store, arguments)),
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Opens a path beneath one of the component's directories.
async fn open_at(
    mut store: StoreContextMut<'_, Guest>,
    (dir, path_flags, path, open_flags, flags): Arguments,
) -> wasmtime::Result<Opened> {
    let mut files = store.data_mut().filesystem();
    let beneath = Resource::new_borrow(dir.rep());
    let looked = files.stat_at(beneath, path_flags, path.clone()).await;
    if looked.is_ok_and(|found| !opens_at_once(found.type_)) {
        return Ok((Err(ErrorCode::Unsupported),));
    }
    if !has_room(files.table) {
        return Ok((Err(ErrorCode::InsufficientMemory),));
    }
    match files.open_at(dir, path_flags, path, open_flags, flags).await {
        Ok(opened) => Ok((Ok(opened),)),
        Err(e) => Ok((Err(e.downcast()?),)),
    }
}

/// Returns true when one more file can be opened and used.
fn has_room(table: &mut ResourceTable) -> bool {
    // There is no count of what is free: it is tried.
    let tried: Vec<_> = (0..FILE_RESOURCES).map_while(|_| table.push(()).ok()).collect();
    let room = tried.len() == FILE_RESOURCES;
    tried.into_iter().for_each(|one| drop(table.delete(one)));
    room
}

fn opens_at_once(kind: DescriptorType) -> bool {
    matches!(kind, DescriptorType::Directory | DescriptorType::RegularFile | DescriptorType::SymbolicLink)
}

#[cfg(test)]
mod tests {
    use super::super::{engine, imports};
    use super::*;

    /// Something that each interface of [`imports::INTERFACES`] has, in their order.
    const ITEMS: [&str; imports::INTERFACES.len()] = [
        "get-environment",
        "exit",
        "get-stderr",
        "get-stdin",
        "get-stdout",
        "terminal-input",
        "terminal-output",
        "get-terminal-stderr",
        "get-terminal-stdin",
        "get-terminal-stdout",
        "now",
        "now",
        "get-directories",
        "descriptor",
        "error",
        "poll",
        "input-stream",
        "get-insecure-random-u64",
        "insecure-seed",
        "get-random-u64",
        "instance-network",
        "resolve-addresses",
        "network",
        "tcp-socket",
        "create-tcp-socket",
        "udp-socket",
        "create-udp-socket",
    ];

    #[test]
    fn the_list_of_interfaces_is_what_the_linker_has() {
        let engine = engine::for_compiling().unwrap();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker).unwrap();
        let mut there = |interface: &str, item: &str| {
            let mut interface = linker.instance(&format!("{interface}@0.2.12")).unwrap();
            // What is there cannot be defined once more.
            interface.func_wrap(item, |_, (): ()| Ok(())).is_err()
        };
        for (interface, item) in imports::INTERFACES.iter().zip(ITEMS) {
            assert!(there(interface, item), "`{item}` of `{interface}`");
        }
        assert!(!there("wasi:http/types", "fields") && !there("wasi:clocks/timezone", "display"));
    }

    #[test]
    fn what_is_replaced_has_the_version_that_the_engine_has() {
        let engine = engine::for_compiling().unwrap();
        let mut linker = Linker::<Guest>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        for (interface, name) in
            [(FILESYSTEM, "[method]descriptor.open-at"), (lookup::INTERFACE, "resolve-addresses")]
        {
            let twice = linker.instance(interface).unwrap().func_wrap(name, |_, (): ()| Ok(()));
            assert!(twice.is_err(), "`{name}` of `{interface}` is not there to be replaced");
        }
    }
}
