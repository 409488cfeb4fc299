//! Where too many jobs start at once: which minutes, by which schedules, and the text that would spread each.
//!
//! Minutes whose busiest schedule is the same are one pile: midnight of seven days is told once.

use std::collections::BTreeMap;

use model::schedule::{Spread, spread_form};
use model::state::Ticks as _;
use model::time::Span;

use super::tally::{Group, Tally};
use crate::api::{Pile, PiledSchedule, Share};

/// The most piles that are told, and the most schedules of each.
const PILES_MAX: usize = 10;
const SCHEDULES_MAX: usize = 5;
const EXAMPLES_MAX: usize = 3;

/// Which groups start in a minute, the busiest first: starts, and the group's index.
type Busiest = Vec<(u32, usize)>;

/// Returns the piles, worst first.
pub(super) fn find(tally: &Tally, groups: &[Group<'_>]) -> Vec<Pile> {
    let mut piled: BTreeMap<usize, (Share, Busiest)> = (0..tally.minutes().len())
        .filter_map(|minute| Some((minute, (tally.pile(minute)?, Busiest::new()))))
        .collect();
    for (index, group) in groups.iter().enumerate() {
        add(tally, &mut piled, index, group);
    }
    // The pile of each busiest schedule, by what it shares: its worst minute, and how many there are.
    let mut piles: BTreeMap<(usize, bool), (usize, u32)> = BTreeMap::new();
    for (minute, (share, busiest)) in &piled {
        let Some((_, group)) = busiest.first() else { continue };
        let pile = piles.entry((*group, *share == Share::Second)).or_insert((*minute, 0));
        pile.1 += 1;
        if tally.minutes()[*minute] > tally.minutes()[pile.0] {
            pile.0 = *minute;
        }
    }
    let mut worst: Vec<(usize, u32)> = piles.into_values().collect();
    worst.sort_by_key(|(minute, _)| (std::cmp::Reverse(tally.minutes()[*minute]), *minute));
    worst.truncate(PILES_MAX);
    worst.into_iter().map(|(minute, times)| told(tally, groups, minute, times, &piled[&minute])).collect()
}

/// Adds a group to each piled minute in which it starts.
fn add(tally: &Tally, piled: &mut BTreeMap<usize, (Share, Busiest)>, index: usize, group: &Group<'_>) {
    let jobs = u32::try_from(group.jobs.len()).unwrap_or(u32::MAX);
    for (minute, (_, busiest)) in piled {
        let begin = tally.start_of(*minute);
        let mut ticks = 0;
        let mut next = group.schedule.next_after(begin - Span::from_millis(1));
        while let Some(at) = next.filter(|at| *at < begin + Span::from_minutes(1)) {
            ticks += 1;
            next = group.schedule.next_after(at);
        }
        if ticks > 0 {
            let place = busiest.partition_point(|(starts, _)| *starts >= jobs * ticks);
            if place < SCHEDULES_MAX {
                busiest.insert(place, (jobs * ticks, index));
                busiest.truncate(SCHEDULES_MAX);
            }
        }
    }
}

fn told(
    tally: &Tally,
    groups: &[Group<'_>],
    minute: usize,
    times: u32,
    (share, busiest): &(Share, Busiest),
) -> Pile {
    let (at, starts, second) = (tally.start_of(minute), tally.minutes()[minute], tally.worst_second(minute));
    let schedules = busiest.iter().map(|(_, group)| piled_schedule(&groups[*group], *share)).collect();
    // In words once it is known in which language.
    let message = String::new();
    Pile { at, share: *share, starts, second, times, schedules, message }
}

fn piled_schedule(group: &Group<'_>, share: Share) -> PiledSchedule {
    let job = &group.jobs[0].job;
    let spread = spread_form(&job.schedule, job.weekdays, share.into());
    PiledSchedule {
        schedule: job.schedule.clone(),
        zone: group.schedule.zone().to_owned(),
        jobs: group.jobs.len(),
        examples: group.jobs.iter().take(EXAMPLES_MAX).map(|saved| saved.job.name.clone()).collect(),
        spread: spread.or_else(|| spread_form(&job.schedule, job.weekdays, Spread::Seconds)),
    }
}

impl From<Share> for Spread {
    fn from(share: Share) -> Self {
        match share {
            Share::Minute => Self::Minutes,
            Share::Second => Self::Seconds,
        }
    }
}
