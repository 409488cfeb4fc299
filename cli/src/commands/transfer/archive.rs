//! The file: a plain tar (`ustar`) whose last member, `SHA256SUMS`, has the sum of each one before it.
//!
//! It is written and read as a stream, and looked through whole before anything of it is used: a wrong byte, a missing end or
//! a format of a later version is told before anything is changed. `tar xf FILE && sha256sum -c SHA256SUMS` does the same by hand.
//!
//! Not here: what its members say (`lines`, `master::api`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::{ABOUT, About, VERSION};
use crate::exit::Impossible;

/// The last member.
const SUMS: &str = "SHA256SUMS";
/// Most bytes of a member that is read at once.
const WHOLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// An archive that is written.
pub(super) struct Writer<W: Write> {
    tar: tar::Builder<BufWriter<W>>,
    sums: String,
}

impl<W: Write> Writer<W> {
    /// Begins an archive.
    pub(super) fn begin(out: W, about: &About) -> Result<Self> {
        let mut writer = Self { tar: tar::Builder::new(BufWriter::new(out)), sums: String::new() };
        writer.text(ABOUT, &(serde_json::to_string_pretty(about).context("the archive's head")? + "\n"))?;
        Ok(writer)
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<()> {
        self.member(name, text.len() as u64, text.as_bytes())
    }

    /// Adds a file from its beginning.
    pub(super) fn file(&mut self, name: &str, file: &mut File) -> Result<()> {
        let size = file.seek(SeekFrom::End(0)).context("could not read a file that was just written")?;
        file.seek(SeekFrom::Start(0)).context("could not read a file that was just written")?;
        self.member(name, size, BufReader::new(file))
    }

    fn member(&mut self, name: &str, size: u64, from: impl Read) -> Result<()> {
        let mut from = Summed { from, sum: Sha256::new() };
        self.put(name, size, &mut from)?;
        self.sums.push_str(&format!("{}  {name}\n", hex::encode(from.sum.finalize())));
        Ok(())
    }

    fn put(&mut self, name: &str, size: u64, from: impl Read) -> Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        self.tar.append_data(&mut header, name, from).with_context(|| format!("could not write `{name}`"))
    }

    /// Ends the archive with its sums.
    pub(super) fn finish(mut self) -> Result<W> {
        let sums = std::mem::take(&mut self.sums);
        self.put(SUMS, sums.len() as u64, sums.as_bytes())?;
        let out = self.tar.into_inner().context("could not write the end of the archive")?;
        out.into_inner().map_err(|error| error.into_error()).context("could not write the end of the archive")
    }
}

/// Sums what is read.
struct Summed<R> {
    from: R,
    sum: Sha256,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.sum.update(&buffer[..read]);
        Ok(read)
    }
}

/// An archive that was looked through and is whole.
#[derive(Debug)]
pub(super) struct Archive {
    file: File,
    /// What it says of itself.
    pub(super) about: About,
    /// Where each member's bytes begin, and how many there are.
    members: BTreeMap<String, (u64, u64)>,
}

impl Archive {
    /// Looks through a file.
    ///
    /// # Errors
    /// [`Impossible`] with everything that is wrong.
    pub(super) fn open(file: File) -> Result<Self> {
        let mut from = file.try_clone().context("could not read the file")?;
        from.seek(SeekFrom::Start(0)).context("could not read the file")?;
        let mut tar = tar::Archive::new(BufReader::new(from));
        let (mut about, mut sums, mut faults) = (None, None, Vec::new());
        let mut found = BTreeMap::new();
        let mut at = 0;
        for entry in tar.entries().context("could not read the file")? {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    faults.push(format!("after byte {at} it reads no further: {error}"));
                    break;
                }
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let (begin, size) = (entry.raw_file_position(), entry.size());
            if about.is_none() && name != ABOUT {
                return Err(Impossible(format!(
                    "it is no file of `sandglass export`: it begins with `{name}`, not with `{ABOUT}`"
                ))
                .into());
            }
            let mut summed = Summed { from: &mut entry, sum: Sha256::new() };
            let kept = if name == ABOUT || name == SUMS {
                let mut text = String::new();
                summed.by_ref().take(WHOLE_BYTES_MAX).read_to_string(&mut text).map(|_| Some(text))
            } else {
                std::io::copy(&mut summed, &mut std::io::sink()).map(|_| None)
            };
            let text = match kept {
                Ok(text) => text,
                Err(error) => {
                    faults.push(format!("`{name}`: does not read to its end: {error}"));
                    break;
                }
            };
            let sum = hex::encode(summed.sum.finalize());
            match (name.as_str(), text) {
                (ABOUT, Some(text)) if about.is_none() => about = Some(self::about(&text)?),
                (SUMS, Some(text)) => sums = Some(text),
                _ => {}
            }
            at = begin + size;
            if name != SUMS && found.insert(name.clone(), (begin, size, sum)).is_some() {
                faults.push(format!("`{name}`: stands twice"));
            }
        }
        let Some(about) = about else {
            return Err(Impossible("it is no file of `sandglass export`".to_owned()).into());
        };
        match sums {
            None => faults.push(format!("it has no end: `{SUMS}` is missing, the last member")),
            Some(sums) => compare(&sums, &found, &mut faults),
        }
        if !faults.is_empty() {
            let faults = faults.join("\n  ");
            return Err(Impossible(format!("the file is damaged; nothing was changed\n  {faults}")).into());
        }
        let members = found.into_iter().map(|(name, (begin, size, _))| (name, (begin, size))).collect();
        Ok(Self { file, about, members })
    }

    /// Returns how many bytes a member has; none where there is no such member.
    pub(super) fn size(&self, name: &str) -> Option<u64> {
        self.members.get(name).map(|(_, size)| *size)
    }

    /// Returns the file where a member's bytes begin, and how many there are. All such share one place in the file: one is read
    /// at a time.
    pub(super) fn at(&self, name: &str) -> Result<(File, u64)> {
        let Some((begin, size)) = self.members.get(name) else { bail!("the file has no `{name}`") };
        let mut file = self.file.try_clone().context("could not read the file")?;
        file.seek(SeekFrom::Start(*begin)).context("could not read the file")?;
        Ok((file, *size))
    }

    /// Returns a member's bytes as they are read.
    pub(super) fn member(&self, name: &str) -> Result<std::io::Take<BufReader<File>>> {
        let (file, size) = self.at(name)?;
        Ok(BufReader::new(file).take(size))
    }

    /// Returns a member's text.
    pub(super) fn text(&self, name: &str) -> Result<String> {
        let size = self.size(name).with_context(|| format!("the file has no `{name}`"))?;
        if size > WHOLE_BYTES_MAX {
            bail!("`{name}` has {size} bytes, and {WHOLE_BYTES_MAX} are read at most");
        }
        let mut text = String::new();
        self.member(name)?.read_to_string(&mut text).with_context(|| format!("could not read `{name}`"))?;
        Ok(text)
    }
}

/// Reads what an archive says of itself.
fn about(text: &str) -> Result<About> {
    // The version is read by itself: whatever else a later one says, it says that.
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        Impossible(format!("the file is damaged; nothing was changed\n  `{ABOUT}`: {error}"))
    })?;
    let version = value["version"].as_u64().unwrap_or_default();
    if version > u64::from(VERSION) {
        let by = value["made_by"].as_str().unwrap_or("a later version");
        return Err(Impossible(format!(
            "the file has format {version}, of Sandglass {by}; this one, {}, reads formats up to {VERSION}\nhint: import it \
             with Sandglass {by} or a later one",
            env!("CARGO_PKG_VERSION")
        ))
        .into());
    }
    let about = serde_json::from_value(value).ok().filter(|about: &About| about.version > 0);
    about.ok_or_else(|| {
        Impossible(format!("the file is damaged; nothing was changed\n  `{ABOUT}` does not read")).into()
    })
}

/// Compares the sums that were written with those that were found.
fn compare(sums: &str, found: &BTreeMap<String, (u64, u64, String)>, faults: &mut Vec<String>) {
    let mut written = BTreeMap::new();
    for line in sums.lines() {
        match line.split_once("  ") {
            Some((sum, name)) => drop(written.insert(name, sum)),
            None => faults.push(format!("`{SUMS}`: the line `{}` does not read", line.escape_debug())),
        }
    }
    for (name, (_, _, sum)) in found {
        match written.remove(name.as_str()) {
            None => faults.push(format!("`{name}`: has no sum in `{SUMS}`")),
            Some(other) if other != sum => {
                faults.push(format!(
                    "`{name}`: its SHA-256 is {sum}, and `{SUMS}` has {}",
                    other.escape_debug()
                ));
            }
            Some(_) => {}
        }
    }
    faults.extend(written.keys().map(|name| format!("`{}`: is missing", name.escape_debug())));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(version: u32) -> Vec<u8> {
        let about = About {
            format: "sandglass export".into(),
            version,
            made_by: "9.9.9".into(),
            source: "http://a".into(),
            cutover: true,
            secrets: false,
        };
        let mut writer = Writer::begin(Vec::new(), &about).unwrap();
        writer.text("modules/one.wasm", &"a module ".repeat(100)).unwrap();
        writer.text("jobs.jsonl", "{\"job\":1}\n{\"job\":2}\n").unwrap();
        writer.finish().unwrap()
    }

    fn opened(bytes: &[u8]) -> Result<Archive> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        Archive::open(file)
    }

    #[test]
    fn what_was_written_is_read_member_by_member() {
        let archive = opened(&whole(1)).unwrap();
        assert!(archive.about.cutover);
        assert_eq!(archive.text("jobs.jsonl").unwrap(), "{\"job\":1}\n{\"job\":2}\n");
        assert_eq!(archive.size("modules/one.wasm"), Some(900));
        assert!(archive.text("nothing").is_err());
    }

    /// The same content is the same file. Mutation: an instant of the clock in a header.
    #[test]
    fn the_same_twice_is_the_same_bytes() {
        assert_eq!(whole(1), whole(1));
    }

    /// Each byte that says something, and each end but the right one. Mutation: leave `compare` out.
    #[test]
    fn a_wrong_byte_and_a_missing_end_are_refused_and_named() {
        let good = whole(1);
        let text = |needle: &[u8]| good.windows(needle.len()).position(|part| part == needle).unwrap();
        for (at, named) in [
            (text(b"a module "), "`modules/one.wasm`: its SHA-256 is"),
            (text(b"\"job\":2"), "`jobs.jsonl`: its SHA-256 is"),
            (text(b"http://a"), "`about.json`: its SHA-256 is"),
        ] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let told = opened(&bad).unwrap_err().to_string();
            assert!(told.contains(named) && told.contains("nothing was changed"), "{told}");
        }
        let mut silent = Vec::new();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            // Only what fills up a block may differ: it says nothing.
            if opened(&bad).is_ok() && good[at] != 0 {
                silent.push(at);
            }
        }
        assert!(silent.is_empty(), "{silent:?}");
        for end in (0..good.len() - 1024).step_by(97) {
            assert!(opened(&good[..end]).is_err(), "cut at {end} of {}", good.len());
        }
    }

    #[test]
    fn a_later_format_is_refused_by_its_number() {
        let told = opened(&whole(2)).unwrap_err().to_string();
        assert!(told.contains("has format 2, of Sandglass 9.9.9"), "{told}");
        assert!(told.contains("reads formats up to 1"), "{told}");
    }
}
