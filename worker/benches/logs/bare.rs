//! The bare way: chunks from memory by `insert_many` of the driver, in batches as large as the pipeline's.

use std::time::{Duration, Instant};

use model::chunk::CHUNK_BYTES_MAX;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use mongodb::options::{InsertManyOptions, WriteConcern};
use stores::testing::MongoServer;

/// Chunks of a batch: 4 MiB.
const BATCH: usize = 64;

/// Inserts `text` as the chunks of a run `run`, and returns how long it took until all were acknowledged.
pub(crate) async fn insert(server: &MongoServer, run: &str, text: &[u8]) -> Duration {
    let collection = server.root().await.database("bare").collection::<Document>("chunks");
    // As the pipeline's: a majority has it on disk.
    let concern = WriteConcern::builder().w(mongodb::options::Acknowledgment::Majority).journal(true).build();
    let options = InsertManyOptions::builder().ordered(false).write_concern(concern).build();
    let began = Instant::now();
    let mut chunks = text.chunks(CHUNK_BYTES_MAX).enumerate().peekable();
    while chunks.peek().is_some() {
        let documents = chunks.by_ref().take(BATCH).map(|(seq, bytes)| {
            doc! {
                "_id": { "run": run, "seq": seq as i64 },
                "code": 1,
                "at": 1_767_225_600_000_i64,
                "bytes": Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() },
            }
        });
        collection.insert_many(documents).with_options(options.clone()).await.expect("MongoDB takes them");
    }
    began.elapsed()
}
