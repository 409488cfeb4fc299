//! Says what an upload is when it is neither a core module nor a component, by its first bytes.
//!
//! People upload what their build left in the folder: the native binary, the text, the archive,
//! a login page that was saved as `.wasm`. Each has its own answer.
//!
//! Not here: whether it is valid (`sections`).

use model::ports::Rejection;

/// What every binary module begins with.
const MAGIC: &[u8] = b"\0asm";
/// The version field of a core module.
const CORE: [u8; 4] = [1, 0, 0, 0];
/// The version field of a component: the version of the format, and its layer.
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];
/// The layer of components, in whatever version of the format.
const COMPONENT_LAYER: [u8; 2] = [1, 0];
/// Where an ELF file says for which system it is, and wasmtime's mark there.
const ELF_OS: (usize, u8) = (7, 200);

/// First bytes and what begins with them.
const KINDS: [(&[u8], &str); 16] = [
    (b"\x7fELF", "a native Linux program (ELF)"),
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"BZh", "a bzip2 file"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
    (b"!<arch>", "a static library"),
    (b"BC\xc0\xde", "LLVM bitcode"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a PNG image"),
    (b"#!", "a script"),
    (b"{", "JSON text"),
    (b"<?xml", "an XML file"),
];

/// Checks that `bytes` begin as a core module or a component does.
///
/// # Errors
/// [`Rejection`] that says what they are instead.
pub(super) fn check(bytes: &[u8]) -> Result<(), Rejection> {
    if bytes.is_empty() {
        return Err(not_wasm("the file is empty"));
    }
    if !bytes.starts_with(MAGIC) {
        return Err(if MAGIC.starts_with(bytes) { truncated() } else { other(bytes) });
    }
    let version = bytes.get(4..8).ok_or_else(truncated)?;
    if version == CORE || version == COMPONENT {
        Ok(())
    } else if version[2..] == COMPONENT_LAYER {
        let version = u16::from_le_bytes([version[0], version[1]]);
        let known = COMPONENT[0];
        Err(not_wasm(&format!("this is a component of the draft format {version}; only {known} is known")))
    } else {
        let version = u32::from_le_bytes(version.try_into().expect("four bytes"));
        Err(not_wasm(&format!("the file says WebAssembly version {version}; only version 1 is known")))
    }
}

/// Returns the refusal of a module that ends too early.
pub(super) fn truncated() -> Rejection {
    Rejection {
        code: "truncated",
        message: "the module ends in the middle: the upload or the build was cut off".into(),
    }
}

fn other(bytes: &[u8]) -> Rejection {
    if bytes.starts_with(b"\x7fELF") && bytes.get(ELF_OS.0) == Some(&ELF_OS.1) {
        return Rejection {
            code: "precompiled",
            message: "this is machine code that was compiled from a module; it is never taken from outside\n\
                      hint: upload the `.wasm` file itself"
                .into(),
        };
    }
    match KINDS.iter().find(|(first, _)| bytes.starts_with(first)) {
        Some((_, what)) => not_wasm(&format!("this is {what}, not a WebAssembly module")),
        None => not_wasm(&format!("this is {}, not a WebAssembly module", text_or_not(bytes))),
    }
}

fn text_or_not(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(512)];
    // A character may be cut at the end of the head.
    let Ok(text) =
        std::str::from_utf8(head).or_else(|e| std::str::from_utf8(&head[..e.valid_up_to().max(1)]))
    else {
        return "a file of an unknown kind";
    };
    let text = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        "a web page (HTML)"
    } else if text.starts_with("(module") || text.starts_with("(component") || text.starts_with(";;") {
        "a module as text (WAT; `wat2wasm` makes a module of it)"
    } else if text.contains('\0') {
        "a file of an unknown kind"
    } else {
        "text"
    }
}

fn not_wasm(message: &str) -> Rejection {
    let hint =
        "hint: `cargo build --target wasm32-wasip1 --release` leaves one in `target/wasm32-wasip1/release`";
    Rejection { code: "not_wasm", message: format!("{message}\n{hint}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_upload_is_called_by_its_name() {
        let table: [(&[u8], &str, &str); 14] = [
            (b"", "not_wasm", "empty"),
            (b"\0as", "truncated", "cut off"),
            (b"\0asm\x01\0", "truncated", "cut off"),
            (b"\0asm\x0c\0\x01\0", "not_wasm", "draft format 12"),
            (b"\0asm\x02\0\0\0", "not_wasm", "version 2"),
            (b"\x7fELF\x02\x01\x01\0rest", "not_wasm", "native Linux program"),
            (b"\x7fELF\x02\x01\x01\xc8rest", "precompiled", "machine code"),
            (b"\x1f\x8b\x08\0", "not_wasm", "gzip"),
            (b"PK\x03\x04", "not_wasm", "zip"),
            (b"\n <!DOCTYPE html><html>", "not_wasm", "web page"),
            (b" (module)", "not_wasm", "WAT"),
            (b"#!/bin/sh\n", "not_wasm", "script"),
            ("grüße".as_bytes(), "not_wasm", "this is text"),
            (b"\xff\xfe\0\0", "not_wasm", "unknown kind"),
        ];
        for (bytes, code, word) in table {
            let refused = check(bytes).unwrap_err();
            assert_eq!(refused.code, code, "{refused}");
            assert!(refused.message.contains(word), "{refused}");
        }
        assert!(check(b"\0asm\x01\0\0\0").is_ok());
        assert!(check(b"\0asm\x0d\0\x01\0").is_ok());
    }
}
