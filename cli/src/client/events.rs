//! Reads server-sent events from a stream of bytes.

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// What kind; empty for the default kind.
    pub(super) kind: String,
    /// Its data, lines joined.
    pub(super) data: String,
}

/// Most bytes of one event: a chunk of output, escaped.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// Cuts bytes into events. Bytes may come in any pieces.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
    bytes: usize,
}

impl Events {
    /// Returns the events that these bytes complete.
    ///
    /// # Errors
    /// When an event is larger than any that a server sends.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        for byte in bytes {
            self.bytes += 1;
            anyhow::ensure!(self.bytes <= EVENT_BYTES_MAX, "the server sent an event without an end");
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\r');
            if line.is_empty() {
                self.bytes = 0;
                let event = std::mem::take(&mut self.event);
                if !event.data.is_empty() {
                    events.push(event);
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.event.kind),
                "data" if self.event.data.is_empty() => value.clone_into(&mut self.event.data),
                "data" => {
                    self.event.data.push('\n');
                    self.event.data.push_str(value);
                }
                // A comment keeps the connection open; ids are in the data.
                _ => {}
            }
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_the_bytes_are_cut() {
        let text =
            b"event: chunk\nid: 1\ndata: {\"a\":1}\n\n: keep\n\nevent: end\r\ndata: x\r\ndata: y\r\n\r\n";
        let event = |kind: &str, data: &str| Event { kind: kind.into(), data: data.into() };
        for size in 1..text.len() {
            let mut events = Events::default();
            let read: Vec<_> = text.chunks(size).flat_map(|bytes| events.feed(bytes).unwrap()).collect();
            assert_eq!(read, [event("chunk", "{\"a\":1}"), event("end", "x\ny")], "pieces of {size}");
        }
    }
}
