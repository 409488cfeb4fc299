//! A schedule in words, and what the user should know about it.

use super::Plan;
use super::cron::Join;
use super::zone::Zone;

/// Returns what the user should know about a plan.
pub(super) fn warnings(plan: &Plan) -> Vec<String> {
    let Plan::Cron(cron) = plan else { return Vec::new() };
    let warning = match cron.join {
        Join::Both => return Vec::new(),
        Join::BothByStar => {
            "both day fields are set and one begins with `*`: a day must match both; write `+` before day of week \
             to say so"
        }
        Join::Either => {
            "both day fields are set: a day that matches either is taken; write `+` before day of week to ask for both"
        }
    };
    vec![warning.to_owned()]
}

/// Returns a plan in English words.
pub(super) fn in_words(_plan: &Plan, _zone: &Zone) -> String {
    unimplemented!()
}
