//! The SQL of tags: names that point to modules, beside them in the intent database.
//!
//! Setting a tag looks for its module in the same transaction, so that none ever points to what is not there; the
//! removal of a module takes its tags with it (`blobs`).

use model::id::{Digest, ModuleTag};
use model::module::Tag;
use model::ports::{TAGS_MAX, Tagged};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::columns::{Document, decode, encode, from_sql, parse};
use super::error::Fault;

/// Points a tag to a module.
pub(super) fn set(connection: &Connection, tag: &Tag) -> Result<Tagged, Fault> {
    let module = "SELECT 1 FROM modules WHERE digest = ?";
    if !connection.prepare_cached(module)?.exists([tag.digest.as_str()])? {
        return Ok(Tagged::NoModule);
    }
    let before = connection
        .prepare_cached("SELECT digest FROM tags WHERE tag = ?")?
        .query_row([tag.tag.as_str()], |row| row.get::<_, String>(0))
        .optional()?;
    let before: Option<Digest> = before.map(|digest| parse(&digest, "the digest of a tag")).transpose()?;
    if before.is_none() {
        let count: i64 =
            connection.prepare_cached("SELECT COUNT(*) FROM tags")?.query_row([], |row| row.get(0))?;
        if from_sql(count)? >= TAGS_MAX as u64 {
            return Ok(Tagged::Full);
        }
    }
    let sql = "INSERT OR REPLACE INTO tags (tag, digest, version, document) VALUES (?, ?, ?, ?)";
    let row = params![tag.tag.as_str(), tag.digest.as_str(), Tag::VERSION, encode(tag)];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(Tagged::Set { before })
}

/// Removes a tag; returns whether it was there.
pub(super) fn remove(connection: &Connection, tag: &ModuleTag) -> Result<bool, Fault> {
    Ok(connection.prepare_cached("DELETE FROM tags WHERE tag = ?")?.execute([tag.as_str()])? > 0)
}

/// Removes the tags of a module.
pub(super) fn remove_of(connection: &Connection, digest: &Digest) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM tags WHERE digest = ?")?.execute([digest.as_str()])?;
    Ok(())
}

/// Returns where a tag points.
pub(super) fn read(connection: &Connection, tag: &ModuleTag) -> Result<Option<Tag>, Fault> {
    let mut statement = connection.prepare_cached("SELECT version, document FROM tags WHERE tag = ?")?;
    let mut rows = statement.query([tag.as_str()])?;
    rows.next()?.map(|row| decode(row.get(0)?, &row.get::<_, String>(1)?, tag)).transpose()
}

/// Returns all tags, sorted by name.
pub(super) fn all(connection: &Connection) -> Result<Vec<Tag>, Fault> {
    let mut statement = connection.prepare_cached("SELECT version, document, tag FROM tags ORDER BY tag")?;
    let mut rows = statement.query([])?;
    let mut tags = Vec::new();
    while let Some(row) = rows.next()? {
        let (text, tag): (String, String) = (row.get(1)?, row.get(2)?);
        tags.push(decode(row.get(0)?, &text, tag)?);
    }
    Ok(tags)
}
