//! Tells a message by a job of this installation: run now, the message as JSON on its standard input.
//!
//! The message's id is the request's key: however often it is sent, the job runs once.

use model::id::JobName;
use model::policy::PlacementMode;
use model::ports::JobWrite;
use model::run::Overrides;
use model::state::{self, RunNow, RunNowStep};
use model::workload::HiddenText;
use serde_json::Value;

use super::message::Told;
use crate::app::App;
use crate::edit::{self, Edit, Step, Stood};
use crate::problem::Answer;
use crate::start;

/// Most notices that a job gets at one time: its input waits in the job's state, which is small.
pub(super) const NOTICES_MAX: usize = 20;

/// Who asks for the run.
const BY: &str = "alerts";

/// Asks for a run; returns why there is none.
pub(super) async fn send(app: &App, job: &JobName, told: &Told) -> Result<(), String> {
    let mut overrides = overrides(&told.json);
    if start::checked(overrides.clone()).is_err() {
        // Output is what may be long.
        let mut json = told.json.clone();
        for notice in json["notices"].as_array_mut().into_iter().flatten() {
            notice.as_object_mut().map(|notice| notice.remove("output"));
        }
        overrides = self::overrides(&json);
    }
    let overrides = start::checked(overrides).map_err(|problem| problem.detail.to_string())?;
    let edit = Tell { name: job.clone(), key: format!("alert-{}", told.id), overrides };
    edit::change(app, job, edit).await.map_err(|problem| format!("job `{job}`: {}", problem.detail))
}

fn overrides(json: &Value) -> Overrides {
    Overrides { stdin: Some(HiddenText(json.to_string())), ..Overrides::default() }
}

struct Tell {
    name: JobName,
    key: String,
    overrides: Overrides,
}

impl Edit for Tell {
    type Reply = ();

    fn decide(&mut self, stood: &Stood) -> Answer<Step<()>> {
        let (saved, _, state) = stood.job(&self.name)?;
        if saved.job.placement.mode == PlacementMode::All {
            return Err(crate::api::Problem::conflict(
                "placed_everywhere",
                "the job runs on every worker",
                "a job that tells alerts runs on one worker: `placement: { mode: one }`",
            ));
        }
        let spec = stood.spec().ok_or_else(crate::api::Problem::internal)?;
        let request = RunNow { key: self.key.clone(), by: BY.to_owned(), overrides: self.overrides.clone() };
        Ok(match state::run_now(state, spec, stood.now, request)? {
            RunNowStep::Known(_) => Step::Nothing(()),
            RunNowStep::Added(state, _) => Step::Write { state: Some(state), job: JobWrite::Keep, reply: () },
        })
    }
}
