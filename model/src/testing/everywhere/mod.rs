//! The seeded simulation of placement `all`: workers with views that lag join, claim, die and come back; people save,
//! pause, kill, ask and delete meanwhile; the leading master follows for those that are away.
//!
//! Flow: seed → **`play`** → `world` (stores, time) with `actors` (who does what) → `checks`. The transitions are the real
//! ones of `state`, or with one rule taken out: then the checks must find the fault, else they check nothing.
//!
//! Not here: what one record does under lost answers, freezes and bad clocks (`sim`), real stores (the contract suites).

mod actors;
mod checks;
mod world;

pub use super::sim::Violation;

/// A rule taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A claim does not compare the job's own record.
    NoHeadCompare,
    /// A worker claims from a record that has not followed, as it knows the job.
    ClaimsOutOfStep,
    /// A worker takes every order at each change anew.
    TakesOrdersAgain,
    /// A worker's record passes over orders.
    ForgetsOrders,
    /// A worker joins with all ticks since the beginning.
    JoinsFromTheBeginning,
    /// A record that ends or follows tells nothing of its ticks.
    FollowsWithoutTelling,
}

impl Broken {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NoHeadCompare,
        Self::ClaimsOutOfStep,
        Self::TakesOrdersAgain,
        Self::ForgetsOrders,
        Self::JoinsFromTheBeginning,
        Self::FollowsWithoutTelling,
    ];
}

/// What a history held, so that a test can see that it is about something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Starts of ticks.
    pub ticks: usize,
    /// Starts of runs that people asked for.
    pub requests: usize,
    /// Changes that people made.
    pub changes: usize,
    /// Claims that lost because the job's own record had changed.
    pub overtaken: usize,
}

/// Plays the history of a seed and checks it.
///
/// # Errors
/// The first promise that does not hold.
pub fn play(seed: u64, broken: Option<Broken>) -> Result<Counts, Violation> {
    let mut world = world::World::new(seed, broken);
    world.play();
    world.check()
}
