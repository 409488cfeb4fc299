//! What becomes of a run's output on its way: from a pipe, over the segment on disk, to the acknowledgement of a real
//! MongoDB, against a bare `insert_many` of the same chunks in the same run; how large the segment is; how much memory.
//!
//! Flow: `piped` (a run that writes a pipe, framed into its segment) → the worker's pipeline → MongoDB; `bare`.
//! Not here: the process that writes segments for scripts, which has its rows in `bench shell`.

mod bare;
mod piped;

use std::sync::Arc;
use std::time::Duration;

use model::testing::bench::Bench;
use stores::SystemClock;
use stores::testing::MongoServer;
use tokio::runtime::Runtime;

use crate::piped::House;

/// Slower than bare by this at most: four fifths of its rate.
const RATIO_MAX: f64 = 1.25;
/// A segment of so many times its payload at most.
const SEGMENT_MAX: f64 = 1.1;
/// Memory that the pipeline may take, whatever the size of an output: two batches of 4 MiB, each once more as the
/// documents that are sent, and what the allocator keeps.
const MEMORY_MAX_MIB: f64 = 48.0;
/// How long MongoDB is away while an output is written.
const AWAY: Duration = Duration::from_secs(3);

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(all(Bench::start("logs")));
}

async fn all(mut bench: Bench) {
    let (megabytes, rounds) = if bench.is_quick() { (8, 1) } else { (96, 5) };
    let bytes = megabytes << 20;
    let server = MongoServer::start().await;
    // A master makes the collections and their indexes.
    drop(server.connect("master", Arc::new(SystemClock)).await);
    let house = House::start(&server).await;
    let text: Arc<[u8]> = text(bytes).into();

    // The first of each meets cold files; and before anything else has grown this process, its memory tells.
    let before = resident_mib("VmRSS");
    forget_peak();
    house.ship(&text).await;
    let peak = resident_mib("VmHWM") - before;
    bare::insert(&server, "cold", &text).await;
    let (mut piped, mut alone, mut segment) = (Vec::new(), Vec::new(), 0);
    for round in 0..rounds {
        let shipped = house.ship(&text).await;
        segment = shipped.segment_bytes;
        piped.push(shipped.took.as_secs_f64());
        alone.push(bare::insert(&server, &format!("bare{round}"), &text).await.as_secs_f64());
    }
    let (piped, alone) = (median(piped), median(alone));
    let rate = |seconds: f64| megabytes as f64 / seconds;
    bench.figure("pipe to acknowledged in MongoDB", rate(piped), "MiB/s", None);
    bench.figure("bare insert_many of the same chunks", rate(alone), "MiB/s", None);
    bench.figure("time of the pipe against bare", piped / alone, "×", Some(RATIO_MAX));
    bench.figure("share of the bare rate", 100.0 * alone / piped, "%", None);
    bench.figure("segment against payload", segment as f64 / bytes as f64, "×", Some(SEGMENT_MAX));
    bench.figure("memory while it ships", peak, "MiB", Some(MEMORY_MAX_MIB));

    let before = resident_mib("VmRSS");
    forget_peak();
    server.pause();
    let resume = async {
        tokio::time::sleep(AWAY).await;
        server.resume();
    };
    let (shipped, ()) = tokio::join!(house.ship(&text), resume);
    bench.figure("MongoDB away for 3 s: shipped after", shipped.took.as_secs_f64(), "s", None);
    let peak = resident_mib("VmHWM") - before;
    bench.figure("MongoDB away for 3 s: memory", peak, "MiB", Some(MEMORY_MAX_MIB));
    house.end().await;
    bench.finish();
}

/// Returns lines such as services write, no two alike.
fn text(bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 256);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for n in 0.. {
        if text.len() >= bytes {
            break;
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let line = format!(
            "2026-01-01T00:00:00Z level=info n={n} request={seed:016x} path=/api/v1/jobs took={}ms\n",
            seed % 977
        );
        text.extend_from_slice(line.as_bytes());
    }
    text.truncate(bytes);
    text
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// Returns one of the numbers that the kernel keeps of this process's memory.
fn resident_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a bench runs on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel keeps it");
    let kib: f64 = line.trim_matches([':', '\t', ' ', 'k', 'B']).trim().parse().expect("a number of KiB");
    kib / 1_024.0
}

/// Has the kernel count the peak from now on.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("a process may forget its own peak");
}
