//! The seeded simulation of the protocol: many workers with stale views, crashes between every two steps, late and
//! lost answers, clocks that are off, people who save, pause, delete, ask and kill.
//!
//! Flow: seed → `scenario` → `world` → `history` → `checker`. The transitions are the real ones of `state`, or with one
//! rule taken out: then the checker must find the fault, else it checks nothing.
//!
//! Not here: real stores (the contract suites), real processes (`sandbox`), placement `all` (`everywhere`).

mod checker;
mod claim_checks;
mod dice;
mod history;
mod machine;
mod people;
mod rules;
mod runs;
mod scenario;
mod store;
mod tick_checks;
mod worker;
mod world;

pub use checker::{Counts, Violation};
pub(super) use dice::Dice;
pub use rules::Broken;

/// Plays the history of a seed and checks it.
///
/// # Errors
/// The first promise that does not hold.
pub fn play(seed: u64, broken: Option<Broken>) -> Result<Counts, Violation> {
    let mut world = world::World::new(seed, rules::Rules(broken));
    world.play();
    world.check()
}
