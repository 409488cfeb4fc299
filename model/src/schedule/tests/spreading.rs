//! The `H` form that is advised where jobs pile up: what it is for common texts, and that it runs as often.

use proptest::prelude::*;

use super::expression::expressions;
use super::{at, source};
use crate::policy::Weekdays;
use crate::schedule::{Schedule, Source, Spread, spread_form};
use crate::state::Ticks as _;
use crate::time::Timestamp;

fn form(text: &str, spread: Spread) -> Option<String> {
    spread_form(text, Weekdays::Unix, spread)
}

#[test]
fn common_texts_have_an_h_form() {
    let table = [
        ("0 * * * *", Some("H * * * *"), Some("H H * * * *")),
        ("17 * * * *", Some("H * * * *"), Some("H H * * * *")),
        ("0 0 * * *", Some("H H(0-3) * * *"), Some("H H H(0-3) * * *")),
        ("@daily", Some("H H(0-3) * * *"), Some("H H H(0-3) * * *")),
        ("@weekly", Some("H H(0-3) * * 0"), Some("H H H(0-3) * * 0")),
        ("@HOURLY", Some("H * * * *"), Some("H H * * * *")),
        ("*/5 * * * *", Some("H/5 * * * *"), Some("H H/5 * * * *")),
        ("3-59/5 * * * *", Some("H/5 * * * *"), Some("H H/5 * * * *")),
        ("0,30 9-17 * * mon-fri", Some("H/30 9-17 * * mon-fri"), Some("H H/30 9-17 * * mon-fri")),
        ("0 2 * * 1", Some("H 2 * * 1"), Some("H H 2 * * 1")),
        ("0 */6 * * *", Some("H */6 * * *"), Some("H H */6 * * *")),
        ("0 0 1 1 * 2030", Some("H H(0-3) 1 1 * 2030"), Some("H H H(0-3) 1 1 * 2030")),
        ("0 0 2 * * *", Some("0 H 2 * * *"), Some("H H 2 * * *")),
        ("*/10 * * * * *", None, Some("H/10 * * * * *")),
        (
            "CRON_TZ=Europe/Berlin 0 2 * * *",
            Some("CRON_TZ=Europe/Berlin H 2 * * *"),
            Some("CRON_TZ=Europe/Berlin H H 2 * * *"),
        ),
        ("* * * * *", None, Some("H * * * * *")),
        // Seven does not go into sixty: the spread form would run once less in some hours.
        ("*/7 * * * *", None, Some("H */7 * * * *")),
        ("0,10 * * * *", None, Some("H 0,10 * * * *")),
        ("*/15 9-17 * * 1-5", Some("H/15 9-17 * * 1-5"), Some("H H/15 9-17 * * 1-5")),
        // Without the `*` it would no longer follow the wall through changes of the clock.
        ("*/5 2 * * *", None, None),
        ("H * * * *", None, Some("H H * * * *")),
        ("H H * * * *", None, None),
        ("* * * * * *", None, None),
        ("@every 1h", None, None),
        ("@at 2030-01-01T00:00:00Z", None, None),
        ("no schedule", None, None),
        ("", None, None),
        ("CRON_TZ=UTC", None, None),
    ];
    for (text, minutes, seconds) in table {
        assert_eq!(form(text, Spread::Minutes).as_deref(), minutes, "{text}");
        assert_eq!(form(text, Spread::Seconds).as_deref(), seconds, "{text}");
    }
}

#[test]
fn quartz_weekdays_stay_as_they_were_typed() {
    let form = spread_form("0 0 12 ? * 2#1", Weekdays::Quartz, Spread::Minutes);
    assert_eq!(form.as_deref(), Some("0 H 12 ? * 2#1"));
}

/// Counts the runs in `[from, until)`.
fn runs(text: &str, seed: &str, zone: &str, from: Timestamp, until: Timestamp) -> usize {
    let schedule = Schedule::parse(Source { seed, timezone: zone, ..source(text) })
        .unwrap_or_else(|faults| panic!("{text}: {faults}"));
    let first = schedule.next_after(from);
    std::iter::successors(first, |at| schedule.next_after(*at)).take_while(|at| *at < until).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whole days, since a spread run stays on its day.
    #[test]
    fn a_spread_form_parses_and_runs_as_often(expression in expressions(true, true), job in "[a-z]{1,8}", day in 0_i64..40_000) {
        let text = expression.text.as_str();
        let from = Timestamp::from_seconds(day * 86_400 - 1);
        let until = Timestamp::from_seconds((day + 3) * 86_400);
        for spread in [Spread::Minutes, Spread::Seconds] {
            let Some(form) = form(text, spread) else { continue };
            prop_assert_eq!(
                runs(text, &job, "UTC", from, until), runs(&form, &job, "UTC", from, until), "{} as {}", text, form
            );
        }
    }

    #[test]
    fn common_texts_run_as_often_in_a_zone_with_changes_of_the_clock(
        text in prop::sample::select(vec![
            "0 * * * *", "*/5 * * * *", "*/15 9-17 * * 1-5", "0 0 * * *", "30 2 * * *", "0 1 * * 0", "0 0 1 * *",
        ]),
        job in "[a-z]{1,8}",
    ) {
        let (from, until) = (at("2025-12-31T23:59:59-05:00"), at("2027-01-01T00:00:00-05:00"));
        let form = form(text, Spread::Seconds).unwrap();
        let zone = "America/New_York";
        prop_assert_eq!(runs(text, &job, zone, from, until), runs(&form, &job, zone, from, until), "{}", form);
    }
}
