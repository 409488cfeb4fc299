//! What users read when a text is wrong: snapshots of the whole answer.

use insta::assert_snapshot;

use super::*;

fn faults(text: &str) -> String {
    Schedule::parse(source(text)).expect_err(text).to_string()
}

/// Returns the answers to all texts, each behind its text.
fn answers(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text:?}\n{}\n\n", faults(text))).collect()
}

#[test]
fn each_fault_names_field_value_and_range_and_points_at_the_place() {
    assert_snapshot!(answers(&[
        "60 * * * *",
        "*/90 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 * * MON-SUN-FRI",
        "? 0 * * *",
        "0 0 * MON *",
        "0 0 * * L",
        "0 0 W * *",
        "0 0 * * FRI#6",
        "0 0 L-31 * *",
        "5,,7 * * * *",
        "5- * * * *",
        "-1 * * * *",
        "*/0 * * * *",
        "*/x * * * *",
        "H(5) * * * *",
        "0 +9 * * *",
        "0 0 1 1 * 2300",
        "0 0 1 1 * 1969",
        "0 0 1 1 * 2030-2027",
    ]), @r#"
    "60 * * * *"
    schedule: minute: `60` is not in 0-59
      60 * * * *
      ^^
    hint: minutes go from 0 to 59; write `0` for the full one

    "*/90 * * * *"
    schedule: minute: the step `90` is larger than the field, which has 60 values
      */90 * * * *
        ^^
    hint: a step begins anew with each field; for an even period write `@every 90m`

    "0 24 * * *"
    schedule: hour: `24` is not in 0-23
      0 24 * * *
        ^^
    hint: midnight is hour `0`

    "0 0 0 * *"
    schedule: day of month: `0` is not in 1-31
      0 0 0 * *
          ^
    hint: days count from 1; the last day of the month is `L`

    "0 0 * 13 *"
    schedule: month: `13` is not in 1-12
      0 0 * 13 *
            ^^

    "0 0 * * 8"
    schedule: day of week: `8` is not in 0-7
      0 0 * * 8
              ^
    hint: 0 and 7 are Sunday, 6 is Saturday; names like `MON` work as well

    "0 0 * * MON-SUN-FRI"
    schedule: day of week: `MON-SUN-FRI` has more than one `-`
      0 0 * * MON-SUN-FRI
              ^^^^^^^^^^^
    hint: a range has two ends; separate ranges by commas: `MON-SUN,FRI`

    "? 0 * * *"
    schedule: minute: `?` is not a number in 0-59
      ? 0 * * *
      ^
    hint: `?` may stand in day of month and day of week only; here every value is `*`

    "0 0 * MON *"
    schedule: month: `MON` is not a number in 1-12 or a name from `JAN` to `DEC`
      0 0 * MON *
            ^^^
    hint: `MON` is a day of week: the fields are minute, hour, day of month, month, day of week

    "0 0 * * L"
    schedule: day of week: `L` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * L
              ^
    hint: the last Friday of the month is `FRIL` or `5L`; Saturday is `SAT`

    "0 0 W * *"
    schedule: day of month: `W` is not a number in 1-31
      0 0 W * *
          ^
    hint: the weekday nearest to the 15th is `15W`, the last of the month `LW`

    "0 0 * * FRI#6"
    schedule: day of week: `6` is not in 1-5 behind `#`
      0 0 * * FRI#6
                  ^
    hint: `FRI#2` is the second Friday of the month, `FRIL` the last

    "0 0 L-31 * *"
    schedule: day of month: `31` is not in 1-30, the days before the last
      0 0 L-31 * *
            ^^

    "5,,7 * * * *"
    schedule: minute: an item of `5,,7` is empty
      5,,7 * * * *
        ^

    "5- * * * *"
    schedule: minute: the range `5-` has no end
      5- * * * *
      ^^

    "-1 * * * *"
    schedule: minute: the range `-1` has no start
      -1 * * * *
      ^^

    "*/0 * * * *"
    schedule: minute: a step is at least 1, got `0`
      */0 * * * *
        ^

    "*/x * * * *"
    schedule: minute: the step `x` is not a number from 1 to 60
      */x * * * *
        ^

    "H(5) * * * *"
    schedule: minute: `H(5)` is not of the form `H(a-b)`
      H(5) * * * *
      ^^^^

    "0 +9 * * *"
    schedule: hour: `+9` is not a number in 0-23
      0 +9 * * *
        ^^
    hint: `+` may stand before day of week only

    "0 0 1 1 * 2300"
    schedule: year: `2300` is not in 1970-2200
      0 0 1 1 * 2300
                ^^^^

    "0 0 1 1 * 1969"
    schedule: day of week: `1969` is not in 0-7
      0 0 1 1 * 1969
                ^^^^
    hint: six fields begin with seconds, unless the last is a year from 1970 to 2200

    "0 0 1 1 * 2030-2027"
    schedule: year: the range `2030-2027` runs backwards
      0 0 1 1 * 2030-2027
                ^^^^^^^^^
    "#);
}

#[test]
fn all_faults_are_told_at_once() {
    assert_snapshot!(answers(&[
        "60 24 32 13 8",
    ]), @r#"
    "60 24 32 13 8"
    schedule: minute: `60` is not in 0-59
      60 24 32 13 8
      ^^
    hint: minutes go from 0 to 59; write `0` for the full one
    schedule: hour: `24` is not in 0-23
      60 24 32 13 8
         ^^
    hint: midnight is hour `0`
    schedule: day of month: `32` is not in 1-31
      60 24 32 13 8
            ^^
    hint: the last day of each month is `L`
    schedule: month: `13` is not in 1-12
      60 24 32 13 8
               ^^
    schedule: day of week: `8` is not in 0-7
      60 24 32 13 8
                  ^
    hint: 0 and 7 are Sunday, 6 is Saturday; names like `MON` work as well
    "#);
    let source = Source { timezone: "Europe/Berlim", ..source("60 * * * *") };
    let faults = Schedule::parse(source).unwrap_err();
    let paths: Vec<&str> = faults.as_slice().iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["timezone", "schedule"]);
    assert_eq!(faults.as_slice()[0].hint.as_deref(), Some("did you mean `Europe/Berlin`?"));
}

#[test]
fn a_text_that_is_no_row_of_fields_says_what_it_should_be() {
    assert_snapshot!(answers(&[
        "",
        "  ",
        "* * * *",
        "1, 5 * * * * * *",
        "@reboot",
        "@dayly",
        "@fortnightly",
        "@daily 5",
        "@every",
        "@every 10",
        "@every 500ms",
        "@at 2026-12-01 09:00",
        "CRON_TZ=Berlin 0 9 * * *",
        "TZ=Europe/Berlin 0 9 * * *",
        "CRON_TZ=UTC",
    ]), @r#"
    ""
    schedule: is empty
    hint: write five fields like `30 2 * * *`, or a name like `@daily`

    "  "
    schedule: is empty
    hint: write five fields like `30 2 * * *`, or a name like `@daily`

    "* * * *"
    schedule: has 4 fields; 5, 6 (seconds first, or a year last) or 7 are allowed
      * * * *
      ^^^^^^^
    hint: the fields are minute, hour, day of month, month, day of week; lists have no spaces

    "1, 5 * * * * * *"
    schedule: has 8 fields; 5, 6 (seconds first, or a year last) or 7 are allowed
      1, 5 * * * * * *
      ^^^^^^^^^^^^^^^^
    hint: the fields are minute, hour, day of month, month, day of week; lists have no spaces

    "@reboot"
    schedule: `@reboot` is not supported: a fleet has no one reboot, and a restart of a worker is no tick
      @reboot
      ^^^^^^^
    hint: start it by the host's own service manager, or run the job by hand or through the API

    "@dayly"
    schedule: `@dayly` is not known
      @dayly
      ^^^^^^
    hint: did you mean `@daily`?

    "@fortnightly"
    schedule: `@fortnightly` is not known
      @fortnightly
      ^^^^^^^^^^^^
    hint: known are `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`, `@every 90s`, `@at 2026-12-01T09:00:00+01:00`

    "@daily 5"
    schedule: nothing may follow `@daily`
      @daily 5
             ^

    "@every"
    schedule: `@every` has no length of time
      @every
      ^^^^^^
    hint: write how often: `@every 90s`, `@every 1h30m`

    "@every 10"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `10`
      @every 10
             ^^

    "@every 500ms"
    schedule: `@every` takes at least 1s, got `500ms`
      @every 500ms
             ^^^^^

    "@at 2026-12-01 09:00"
    schedule: `@at`: must be an RFC 3339 instant like `2026-12-01T09:00:00+01:00`, got `2026-12-01 09:00`
      @at 2026-12-01 09:00
          ^^^^^^^^^^^^^^^^
    hint: an instant has an offset: `Z` or `+01:00`

    "CRON_TZ=Berlin 0 9 * * *"
    schedule: `Berlin` is not a time zone of the IANA data
      CRON_TZ=Berlin 0 9 * * *
              ^^^^^^
    hint: did you mean `Europe/Berlin`?

    "TZ=Europe/Berlin 0 9 * * *"
    schedule: `TZ=` is not known here
      TZ=Europe/Berlin 0 9 * * *
      ^^^^^^^^^^^^^^^^
    hint: write `CRON_TZ=Zone` or set the time zone

    "CRON_TZ=UTC"
    schedule: is empty
    hint: write five fields like `30 2 * * *`, or a name like `@daily`
    "#);
}

#[test]
fn a_text_that_never_fires_is_refused_with_the_reason() {
    assert_snapshot!(answers(&[
        "0 0 30 2 *",
        "0 0 31 4,6,9,11 *",
        "0 0 29 2 * 2027",
        "0 0 31W 2 *",
    ]), @r#"
    "0 0 30 2 *"
    schedule: never fires: no month that it names has a day 30
      0 0 30 2 *
      ^^^^^^^^^^

    "0 0 31 4,6,9,11 *"
    schedule: never fires: no month that it names has a day 31
      0 0 31 4,6,9,11 *
      ^^^^^^^^^^^^^^^^^

    "0 0 29 2 * 2027"
    schedule: never fires: no time from 1970 to 2200 matches all of its fields
      0 0 29 2 * 2027
      ^^^^^^^^^^^^^^^

    "0 0 31W 2 *"
    schedule: never fires: no time from 1970 to 2200 matches all of its fields
      0 0 31W 2 *
      ^^^^^^^^^^^
    "#);
    let gone = Source { timezone: "Europe/Berlin", dst: DstRule::Skip, ..source("30 2 29 3 * 2026") };
    assert!(Schedule::parse(gone).unwrap_err().to_string().contains("never fires"));
}

#[test]
fn a_schedule_whose_time_has_gone_by_still_parses() {
    for text in ["0 0 1 1 * 1970", "0 0 1 1 * 2020", "@at 1999-01-01T00:00:00Z"] {
        assert_eq!(utc(text).next_after(at("2026-01-01T00:00:00Z")), None, "{text}");
    }
}

/// Goal: no text makes the parser panic or point outside the text. Method: odd letters at every place.
#[test]
fn odd_letters_are_faults_and_never_a_panic() {
    for odd in
        ["é", "日本", "\u{0}", "\t", "\u{2028}", "#", "@", "+", "/", "-", ",", "(", "H(", "L", "W", "'"]
    {
        for base in ["* * * * *", "0 0 1 1 MON", "@every 5m", "CRON_TZ=UTC 0 0 * * *"] {
            for place in 0..=base.len() {
                let text = format!("{}{odd}{}", &base[..place], &base[place..]);
                let _ = Schedule::parse(source(&text)).map_err(|faults| faults.to_string());
            }
        }
    }
    assert!(faults(&"9".repeat(5_000)).contains("at most 1280"));
    assert!(faults(&",".repeat(1_000)).contains("5, 6"));
    assert_eq!(
        Schedule::parse(source(&format!("{} * * * *", ",".repeat(900)))).unwrap_err().as_slice().len(),
        10
    );
}
