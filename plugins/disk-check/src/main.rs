//! Fails when a directory has grown beyond a threshold: an exit code that an alert can listen to.
//!
//! A module cannot ask how full a disk is, only what it is granted: so it adds up the files of one directory.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, most] = args.as_slice() else {
        eprintln!("usage: disk-check DIRECTORY MOST\nhint: MOST is a size like `500MiB`");
        return ExitCode::from(2);
    };
    let Some(most_bytes) = bytes(most) else {
        eprintln!("`{most}` is not a size like `500MiB` (units B, KiB, MiB, GiB)");
        return ExitCode::from(2);
    };
    match size(Path::new(dir)) {
        Ok(size) if size <= most_bytes => {
            println!("{dir} has {}, at most {most} allowed", words(size));
            ExitCode::SUCCESS
        }
        Ok(size) => {
            println!("{dir} has {}, more than {most}", words(size));
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("failed to read `{dir}`: {e}");
            ExitCode::from(3)
        }
    }
}

/// Returns the bytes of all files beneath `path`; links are not followed.
fn size(path: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let meta = fs::symlink_metadata(entry.path())?;
        sum += if meta.is_dir() { size(&entry.path())? } else { meta.len() };
    }
    Ok(sum)
}

fn bytes(text: &str) -> Option<u64> {
    let (unit, scale) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*scale)
}

fn words(bytes: u64) -> String {
    let (unit, scale) = UNITS.iter().find(|(_, scale)| bytes >= *scale).unwrap_or(&("B", 1));
    format!("{:.1} {unit}", bytes as f64 / *scale as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(bytes("500MiB"), Some(500 << 20));
        assert_eq!(bytes("7 B"), Some(7));
        assert_eq!((bytes("500"), bytes("MiB"), bytes("-1B")), (None, None, None));
        assert_eq!(words(1536), "1.5 KiB");
    }
}
