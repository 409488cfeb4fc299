//! The records of `poll_oneoff` as bytes: what a guest waits for and what it is told.

use std::time::Duration;

/// Bytes of one subscription in a guest's memory.
pub(super) const SUBSCRIPTION_BYTES: usize = 48;
/// Bytes of one event.
pub(super) const EVENT_BYTES: usize = 32;

const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
const REALTIME: u32 = 0;
const MONOTONIC: u32 = 1;
/// Flag of a clock subscription: the timeout is an instant, not a span.
const ABSOLUTE: u16 = 1;

/// The two clocks of a guest, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    pub(super) realtime: u64,
    pub(super) monotonic: u64,
}

/// One thing that a guest waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    userdata: u64,
    kind: u8,
    /// How long until it is due; zero for what can be read or written at once.
    pub(super) after: Duration,
}

/// Reads subscriptions; `None` when one of them is of no known kind or clock.
pub(super) fn waits(bytes: &[u8], now: Now) -> Option<Vec<Wait>> {
    bytes.chunks_exact(SUBSCRIPTION_BYTES).map(|record| wait(record, now)).collect()
}

fn wait(record: &[u8], now: Now) -> Option<Wait> {
    let kind = record[8];
    let after = match kind {
        CLOCK => clock(record, now)?,
        FD_READ | FD_WRITE => Duration::ZERO,
        _ => return None,
    };
    Some(Wait { userdata: long(record, 0), kind, after })
}

fn clock(record: &[u8], now: Now) -> Option<Duration> {
    let id = u32::from_le_bytes(record[16..20].try_into().expect("four bytes"));
    let timeout = long(record, 24);
    let flags = u16::from_le_bytes(record[40..42].try_into().expect("two bytes"));
    let now = match id {
        REALTIME => now.realtime,
        MONOTONIC => now.monotonic,
        _ => return None,
    };
    let nanos = if flags & ABSOLUTE == 0 { timeout } else { timeout.saturating_sub(now) };
    Some(Duration::from_nanos(nanos))
}

/// Returns the events of all that is due after `waited`, as they stand in a guest's memory.
pub(super) fn events(waits: &[Wait], waited: Duration) -> Vec<u8> {
    let mut events = Vec::new();
    for wait in waits.iter().filter(|wait| wait.after <= waited) {
        let mut event = [0; EVENT_BYTES];
        event[..8].copy_from_slice(&wait.userdata.to_le_bytes());
        event[10] = wait.kind;
        // How much can be read or written: at least something.
        event[16] = 1;
        events.extend_from_slice(&event);
    }
    events
}

fn long(record: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(record[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { realtime: 1_000_000, monotonic: 500 };

    fn clock(userdata: u64, id: u32, timeout: u64, flags: u16) -> Vec<u8> {
        let mut record = vec![0; SUBSCRIPTION_BYTES];
        record[..8].copy_from_slice(&userdata.to_le_bytes());
        record[16..20].copy_from_slice(&id.to_le_bytes());
        record[24..32].copy_from_slice(&timeout.to_le_bytes());
        record[40..42].copy_from_slice(&flags.to_le_bytes());
        record
    }

    #[test]
    fn each_clock_counts_from_its_own_now() {
        let table = [
            (MONOTONIC, 70, 0, Some(70)),
            (MONOTONIC, 570, ABSOLUTE, Some(70)),
            (MONOTONIC, 70, ABSOLUTE, Some(0)),
            (REALTIME, 1_000_070, ABSOLUTE, Some(70)),
            (REALTIME, 70, 0, Some(70)),
            (2, 70, 0, None),
        ];
        for (id, timeout, flags, nanos) in table {
            let waits = waits(&clock(9, id, timeout, flags), NOW);
            assert_eq!(waits.map(|waits| waits[0].after), nanos.map(Duration::from_nanos), "{id} {timeout}");
        }
    }

    #[test]
    fn what_is_due_is_told_and_what_is_not_waits() {
        let mut records = clock(7, MONOTONIC, 100, 0);
        records.extend(clock(8, MONOTONIC, 200, 0));
        let waits = waits(&records, NOW).unwrap();
        let due = events(&waits, Duration::from_nanos(100));
        assert_eq!((due.len(), due[0]), (EVENT_BYTES, 7));
        assert_eq!(events(&waits, Duration::from_nanos(200)).len(), 2 * EVENT_BYTES);
    }

    #[test]
    fn a_subscription_of_no_known_kind_is_refused() {
        let mut record = clock(1, MONOTONIC, 1, 0);
        record[8] = 3;
        assert_eq!(waits(&record, NOW), None);
    }
}
