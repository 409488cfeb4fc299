//! Reads what MongoDB keeps: records, ranges, output. The documents as they are, by no code of ours.

use anyhow::{Context as _, Result};
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use serde::de::DeserializeOwned;

use super::documents::{Chunk, Range, Run};

/// Returns all records, ranges and chunks.
///
/// # Errors
/// When MongoDB cannot be read, or a document of it.
pub async fn read_facts(client: &Client) -> Result<(Vec<Run>, Vec<Range>, Vec<Chunk>)> {
    let database = client.database("sandglass");
    let mut runs = Vec::new();
    let mut found = database.collection::<Document>("runs").find(doc! {}).await?;
    while found.advance().await? {
        let document = found.deserialize_current()?;
        // Output may come before its record, and then stands alone.
        if document.contains_key("order") {
            runs.push(record(&document).with_context(|| format!("run {:?}", document.get("_id")))?);
        }
    }
    let mut ranges = Vec::new();
    let mut found = database.collection::<Document>("ranges").find(doc! {}).await?;
    while found.advance().await? {
        let document = found.deserialize_current()?;
        ranges.push(record(&document).with_context(|| format!("range {:?}", document.get("_id")))?);
    }
    let mut chunks = Vec::new();
    let mut found = database.collection::<Document>("chunks").find(doc! {}).await?;
    while found.advance().await? {
        chunks.push(chunk(found.deserialize_current()?).context("a chunk is not as expected")?);
    }
    Ok((runs, ranges, chunks))
}

fn record<D: DeserializeOwned>(document: &Document) -> Result<D> {
    let value = match document.get("record").context("a record")? {
        Bson::String(text) => serde_json::from_str(text)?,
        other => other.clone().into_relaxed_extjson(),
    };
    Ok(serde_json::from_value(value)?)
}

fn chunk(mut document: Document) -> Option<Chunk> {
    let id = document.get_document("_id").ok()?;
    let (run, seq) = (id.get_str("run").ok()?.to_owned(), id.get_i64("seq").ok()?);
    // 1 and 2 are the streams; above them stands what was not kept.
    let is_output = document.get_i32("code").ok()? <= 2;
    let Bson::Binary(bytes) = document.remove("bytes")? else { return None };
    Some(Chunk { run, seq, bytes: is_output.then_some(bytes.bytes) })
}
