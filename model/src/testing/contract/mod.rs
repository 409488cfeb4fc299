//! One async function per sentence of a port's text, run by every implementation alike.
//!
//! A store's tests give a [`Harness`] and list the suites with [`contract_suites!`](crate::contract_suites); each
//! function becomes a test of its own. Suites share no names and assume nothing of a store but its ports: hints
//! have time to arrive, and names are unique, so that they also run against a store that is not empty.

#![expect(clippy::unwrap_used, reason = "a suite is a test: it panics with what the store answered")]

pub mod accounts;
pub mod alert_log;
pub mod alerts;
pub mod audit;
pub mod blobs;
pub mod election;
pub mod facts;
pub mod intent;
pub mod registry;
pub mod revisions;
mod samples;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::ports::{Accounts, AlertLog, Alerts, Audit, Blobs, Election, Facts, Intent, Registry, Revisions};
use crate::time::Span;

/// A store under test, with what a suite needs to do to it from outside.
#[async_trait]
pub trait Harness: Send + Sync {
    /// Returns the port to jobs and their states.
    fn intent(&self) -> Arc<dyn Intent>;
    /// Returns the port to registrations.
    fn registry(&self) -> Arc<dyn Registry>;
    /// Returns the port to leaders.
    fn election(&self) -> Arc<dyn Election>;
    /// Returns the port to runs, ranges and output.
    fn facts(&self) -> Arc<dyn Facts>;
    /// Returns the port to modules.
    fn blobs(&self) -> Arc<dyn Blobs>;
    /// Returns the port to users, tokens and sessions.
    fn accounts(&self) -> Arc<dyn Accounts>;
    /// Returns the port to the audit.
    fn audit(&self) -> Arc<dyn Audit>;
    /// Returns the port to the texts that jobs had.
    fn revisions(&self) -> Arc<dyn Revisions>;
    /// Returns the port to settings of alerts and notices that wait.
    fn alerts(&self) -> Arc<dyn Alerts>;
    /// Returns the port to ends nobody has looked at, and the history of notices.
    fn alert_log(&self) -> Arc<dyn AlertLog>;

    /// Ends the store as a crash would and starts it again. Ports from before are dropped by the caller first.
    /// Returns false when the store does not outlive its process: then the caller has nothing more to test.
    async fn reopen(&mut self) -> bool;

    /// Makes the store forget all changes made up to now, as it does with old ones in time.
    async fn forget_changes(&self);

    /// Lets `span` pass on the clock by which registrations expire.
    async fn pass(&self, span: Span);

    /// Returns how many files or parts the store holds of uploads that were not kept.
    async fn upload_leftovers(&self) -> usize;
}

/// What a suite waits at most for something that should come at once: generous, for a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits for `future`, with a deadline; `what` says what did not come.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {} s", DEADLINE.as_secs()),
    }
}

/// Makes a test of each function of the suites, or of those that are named after it for a store that has not all
/// ports. `$open` is an async function that returns a [`Harness`].
///
/// ```ignore
/// model::contract_suites!(on_disk, OnDisk::open);
/// ```
#[macro_export]
macro_rules! contract_suites {
    ($name:ident, $open:path) => {
        $crate::contract_suites!($name, $open, intent registry election facts blobs accounts audit revisions alerts alert_log);
    };
    ($name:ident, $open:path, $($suite:ident)+) => {
        mod $name {
            $($crate::contract_suites!(@tests $suite, $open);)+
        }
    };
    (@tests intent, $open:path) => {
        $crate::contract_suites!(@suite intent, $open,
            revisions_rise_and_never_repeat
            swap_needs_the_expected_revision
            lost_swap_says_how_the_state_stands
            of_many_swaps_of_one_revision_one_wins
            job_and_state_change_together
            state_made_again_has_another_revision
            states_of_workers_stand_apart
            swap_with_a_head_compares_the_jobs_own_state
            losing_swap_does_not_hinder_the_others
            failed_guard_stops_all_swaps
            guard_alive_holds_for_the_live_registration_alone
            guard_gone_holds_without_a_live_registration
            batch_with_two_swaps_of_one_key_is_refused
            full_batch_is_taken
            answered_commit_survives_a_crash
            reads_see_what_was_answered
            load_is_of_one_revision
            watch_sees_every_change_in_order_once
            watch_goes_on_from_where_it_ended
            watch_shows_what_one_swap_changed_together
            slow_watcher_misses_nothing
            watch_from_forgotten_changes_ends_as_compacted
        );
    };
    (@tests registry, $open:path) => {
        $crate::contract_suites!(@suite registry, $open,
            second_registration_of_an_id_is_taken
            of_many_registrations_of_an_id_one_wins
            released_id_can_be_registered_again
            later_registration_has_a_higher_revision
            registration_that_is_not_renewed_is_gone
            renewed_registration_lives_on
            renewing_what_is_gone_makes_nothing
            workers_are_live_and_sorted
            report_shows_and_does_nothing_once_gone
            wish_to_drain_stays_until_it_is_taken_back
            later_wish_to_drain_takes_the_place_of_the_first
        );
    };
    (@tests election, $open:path) => {
        $crate::contract_suites!(@suite election, $open,
            second_campaign_finds_the_first_leader
            of_many_that_campaign_one_leads
            duties_do_not_hinder_each_other
            later_term_has_a_higher_revision
            term_that_is_not_renewed_is_over
            renewed_term_goes_on
            renewing_what_is_over_begins_nothing
            after_a_resignation_another_leads_at_once
        );
    };
    (@tests facts, $open:path) => {
        $crate::contract_suites!(@suite facts, $open,
            answered_facts_survive_a_crash
            higher_order_of_a_record_stays
            late_outcome_leaves_the_rest_of_a_record
            late_outcome_may_come_before_its_record
            chunk_is_kept_once
            chunks_come_in_order_of_sequence
            range_of_one_beginning_keeps_the_later_end
            ranges_are_found_by_what_they_touch
            pages_of_runs_show_each_record_once
            filters_of_runs_combine
            recent_runs_are_those_of_each_job
            runs_are_counted_by_hour_and_status
            ranges_of_all_jobs_are_found_by_what_they_touch
            watch_hints_at_changes_of_a_run
            time_of_the_store_goes_on
            prune_forgets_what_is_past_its_retention
            prune_forgets_much_output_in_the_end
        );
    };
    (@tests blobs, $open:path) => {
        $crate::contract_suites!(@suite blobs, $open,
            module_is_kept_whole
            sealed_upload_can_be_read_before_it_is_kept
            upload_that_is_not_kept_leaves_nothing
            same_bytes_twice_are_one_module
            same_bytes_at_the_same_time_are_one_module
            kept_module_survives_a_crash
            modules_come_newest_first
            removed_module_is_gone_and_can_come_back
            tag_points_to_a_module_and_moves
            tags_go_with_their_module
            tag_set_at_the_same_time_points_to_one
            tags_are_bounded
            tag_survives_a_crash
            held_module_is_not_removed
        );
    };
    (@tests accounts, $open:path) => {
        $crate::contract_suites!(@suite accounts, $open,
            session_is_found_by_its_secret
            session_is_taken_once
            expired_session_is_not_returned
            prune_removes_expired_sessions_alone
            session_survives_a_crash
            user_is_swapped_by_revision
            of_many_who_make_one_user_one_does
            users_come_sorted_and_survive_a_crash
            token_is_found_by_its_secret_until_it_is_removed
            use_of_a_removed_token_brings_nothing_back
            token_takes_another_name_and_end
            settings_are_swapped_by_their_revision
            attempts_at_the_same_time_are_all_counted
            attempts_are_forgotten_after_their_window
            prune_removes_ended_tokens_and_windows
            line_of_the_audit_waits_until_it_is_forgotten
        );
    };
    (@tests audit, $open:path) => {
        $crate::contract_suites!(@suite audit, $open,
            line_put_twice_is_one
            pages_of_the_audit_show_each_line_once
            filters_of_the_audit_combine
            answered_line_survives_a_crash
            prune_forgets_old_lines_alone
        );
    };
    (@tests revisions, $open:path) => {
        $crate::contract_suites!(@suite revisions, $open,
            revision_put_twice_is_one
            revisions_come_newest_first_in_pages
            of_each_job_the_newest_revisions_stay
            mark_of_what_was_copied_only_rises
            living_jobs_are_those_that_were_not_deleted
            prune_forgets_what_was_replaced_long_ago
            answered_revision_survives_a_crash
        );
    };
    (@tests alerts, $open:path) => {
        $crate::contract_suites!(@suite alerts, $open,
            settings_are_swapped_by_revision
            notice_added_twice_stays_as_it_is
            update_of_a_forgotten_notice_brings_nothing_back
            more_notices_than_one_request_holds_are_kept
            memory_is_what_was_put_last
            alerts_survive_a_crash
        );
    };
    (@tests alert_log, $open:path) => {
        $crate::contract_suites!(@suite alert_log, $open,
            ended_run_is_untold_until_it_is_marked
            mark_is_for_the_version_that_was_seen
            range_is_untold_again_when_it_grows
            notice_put_again_stands_as_last_put
            pages_of_history_show_each_notice_once
            filters_of_history_combine
            prune_forgets_old_notices_alone
            untold_and_history_survive_a_crash
        );
    };
    (@suite $suite:ident, $open:path, $($test:ident)*) => {
        mod $suite {
            #[expect(unused_imports, reason = "brings the harness of the caller into reach")]
            use super::super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let mut store = $open().await;
                    $crate::testing::contract::$suite::$test(&mut store).await;
                }
            )*
        }
    };
}

#[cfg(test)]
mod tests {
    /// A function that the macro does not list would never run.
    #[test]
    fn every_function_of_a_suite_is_listed() {
        let list = include_str!("mod.rs");
        let suites = [
            include_str!("intent.rs"),
            include_str!("intent/watch.rs"),
            include_str!("registry.rs"),
            include_str!("election.rs"),
            include_str!("facts.rs"),
            include_str!("blobs.rs"),
            include_str!("accounts.rs"),
            include_str!("audit.rs"),
            include_str!("revisions.rs"),
            include_str!("alerts.rs"),
            include_str!("alert_log.rs"),
        ];
        for line in suites.iter().flat_map(|suite| suite.lines()) {
            if let Some(rest) = line.strip_prefix("pub async fn ") {
                let name = rest.split('(').next().unwrap();
                assert!(list.contains(&format!("            {name}\n")), "`{name}` is not listed");
            }
        }
    }
}
