//! One history's setting: the job, the workers and which troubles there are. Each seed has some troubles and not others.

use super::dice::Dice;
use crate::id::{JobUid, SpecId};
use crate::job::{Job, SavedJob};
use crate::policy::{MissedPolicy, OnWorkerLoss, Overlap, WhenCutOff};
use crate::state::Ticks;
use crate::time::{Span, Timestamp};

/// When troubles end; until here operators act too.
pub(super) const TROUBLE_ENDS_MS: u64 = 150_000;
/// When the job is disabled, after a calm time in which every tick must run.
pub(super) const CALM_ENDS_MS: u64 = 215_000;
/// When everything that was under way must be over and told.
pub(super) const OVER_MS: u64 = 480_000;
/// What the clocks show at the beginning: far from the edges of time.
pub(super) const EPOCH_MS: u64 = 1_800_000_000_000;

/// A tick every so many milliseconds: the schedule's text is the number.
pub(super) struct Every(pub(super) i64);

impl Every {
    pub(super) fn of(saved: &SavedJob) -> Self {
        Self(saved.job.schedule.parse().expect("the simulation writes numbers"))
    }
}

impl Ticks for Every {
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        Some(Timestamp::from_millis((after.as_millis().div_euclid(self.0) + 1) * self.0))
    }
}

/// Which troubles a history has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Troubles {
    /// Messages are lost, late, or applied after their sender gave up.
    pub(super) network: bool,
    /// Processes crash between any two steps, machines reboot or are gone.
    pub(super) crashes: bool,
    /// Processes stand still for longer than a lease.
    pub(super) freezes: bool,
    /// Clocks jump.
    pub(super) clocks: bool,
    /// People act.
    pub(super) people: bool,
    /// The facts store is away at times.
    pub(super) facts: bool,
    /// Starts take long.
    pub(super) slow_starts: bool,
}

/// One history's setting.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) text: SavedJob,
    pub(super) workers: usize,
    pub(super) slots: u32,
    /// The longest run; always within the budget.
    pub(super) run_max_ms: u64,
    /// Runs live on without their worker process, as those of a shell do.
    pub(super) adoptable: bool,
    pub(super) troubles: Troubles,
    /// True when the sandbox never fails by itself, so that nothing is repeated for free.
    pub(super) sound_sandbox: bool,
}

impl Scenario {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut trouble = |percent| dice.chance(percent);
        let troubles = Troubles {
            network: trouble(50),
            crashes: trouble(50),
            freezes: trouble(30),
            clocks: trouble(30),
            people: trouble(60),
            facts: trouble(30),
            slow_starts: trouble(25),
        };
        let sound_sandbox = dice.chance(60);
        let run_max_ms = dice.pick(&[500, 4_000, 18_000]);
        Self {
            text: text(dice, run_max_ms),
            workers: dice.pick(&[1, 2, 3, 3, 4]),
            slots: dice.pick(&[1, 2, 8]),
            run_max_ms,
            adoptable: dice.chance(70),
            troubles,
            sound_sandbox,
        }
    }
}

fn text(dice: &mut Dice, run_max_ms: u64) -> SavedJob {
    let text = r#"{ "name": "j", "schedule": "1000", "shell": { "script": "true" } }"#;
    let mut job: Job = serde_json::from_str(text).expect("this is a job");
    job.schedule = dice.pick(&["3000", "7000", "10000", "20000", "45000"]).to_owned();
    job.overlap = dice.pick(&[Overlap::Allow, Overlap::Skip, Overlap::Skip, Overlap::Replace]);
    job.missed.policy = dice.pick(&[MissedPolicy::None, MissedPolicy::Latest, MissedPolicy::All]);
    job.missed.window = Span::from_seconds(dice.pick(&[10, 60, 600]));
    job.missed.max = dice.pick(&[1, 3, 10]);
    job.start_deadline = Span::from_seconds(dice.pick(&[2, 8, 20, 60]));
    job.jitter = Span::from_millis(dice.pick(&[0, 0, 0, 2_500, 30_000]));
    job.retries.max = dice.pick(&[0, 0, 2]);
    job.retries.backoff = Span::from_seconds(dice.pick(&[0, 2, 15]));
    job.on_worker_loss = dice.pick(&[OnWorkerLoss::Skip, OnWorkerLoss::Rerun]);
    job.when_cut_off = dice.pick(&[WhenCutOff::Wait, WhenCutOff::Wait, WhenCutOff::Kill]);
    job.limits.timeout = Span::from_millis(run_max_ms);
    job.limits.grace = Span::from_seconds(2);
    let birth = Timestamp::from_millis(EPOCH_MS as i64);
    SavedJob {
        version: SavedJob::VERSION,
        uid: uid(0),
        spec_id: SpecId::FIRST,
        author: "ann".to_owned(),
        reason: String::new(),
        saved_at: birth,
        anchor: birth,
        job,
    }
}

/// The uid of the `count`th job of the name.
pub(super) fn uid(count: u64) -> JobUid {
    format!("{count:032x}").parse().expect("32 digits are a uid")
}
