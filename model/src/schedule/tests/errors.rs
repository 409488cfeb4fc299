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
    hint: December is 12

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
    hint: take out the comma that is too many

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
    hint: December is 12
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
    hint: write `@every 14d`

    "@daily 5"
    schedule: nothing may follow `@daily`
      @daily 5
             ^
    hint: a command stands in `shell.script`

    "@every"
    schedule: `@every` has no length of time
      @every
      ^^^^^^
    hint: write how often: `@every 90s`, `@every 1h30m`

    "@every 10"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `10`
      @every 10
             ^^
    hint: a number needs its unit: `@every 10s`, `@every 10m`

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
fn letters_that_only_look_right_are_told_with_the_text_that_was_meant() {
    assert_snapshot!(answers(&[
        "＊ * * * *",
        "＊/5 9，17 * * *",
        "0 9 * * 1–5",
        "0 ９ ＊ ＊ 一",
        "0 9～17 * * *",
        "0 9、17 * * *",
        "\"0 9 * * *\"",
        "‘0 9 * * *’",
        "\\*/5 * * * *",
        "0\u{200b} 9 * * *",
        "＊/90 * * * *",
        "＠daily",
    ]), @r#"
    "＊ * * * *"
    schedule: `＊` only looks like `*`
      ＊ * * * *
      ^^
    hint: write `* * * * *`

    "＊/5 9，17 * * *"
    schedule: `＊` only looks like `*`, `，` only looks like `,`
      ＊/5 9，17 * * *
      ^^    ^^
    hint: write `*/5 9,17 * * *`

    "0 9 * * 1–5"
    schedule: `–` only looks like `-`
      0 9 * * 1–5
               ^
    hint: write `0 9 * * 1-5`

    "0 ９ ＊ ＊ 一"
    schedule: `９` only looks like `9`, `＊` only looks like `*`
      0 ９ ＊ ＊ 一
        ^^ ^^ ^^
    hint: write `0 9 * * 一`
    schedule: day of week: `一` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 9 * * 一
              ^^

    "0 9～17 * * *"
    schedule: `～` only looks like `-`
      0 9～17 * * *
         ^^
    hint: write `0 9-17 * * *`

    "0 9、17 * * *"
    schedule: `、` only looks like `,`
      0 9、17 * * *
         ^^
    hint: write `0 9,17 * * *`

    "\"0 9 * * *\""
    schedule: `"` is no letter of a schedule
      "0 9 * * *"
      ^         ^
    hint: write `0 9 * * *`

    "‘0 9 * * *’"
    schedule: `‘` is no letter of a schedule, `’` is no letter of a schedule
      ‘0 9 * * *’
      ^         ^
    hint: write `0 9 * * *`

    "\\*/5 * * * *"
    schedule: `\` is no letter of a schedule
      \*/5 * * * *
      ^
    hint: write `*/5 * * * *`

    "0\u{200b} 9 * * *"
    schedule: U+200B is no letter of a schedule
      0 9 * * *
       ^
    hint: write `0 9 * * *`

    "＊/90 * * * *"
    schedule: `＊` only looks like `*`
      ＊/90 * * * *
      ^^
    hint: write `*/90 * * * *`
    schedule: minute: the step `90` is larger than the field, which has 60 values
      */90 * * * *
        ^^
    hint: a step begins anew with each field; for an even period write `@every 90m`

    "＠daily"
    schedule: `＠` only looks like `@`
      ＠daily
      ^^
    hint: write `@daily`
    "#);
}

#[test]
fn what_is_written_for_something_else_says_what_to_write_here() {
    assert_snapshot!(answers(&[
        "30 2 * * * root /usr/bin/backup -v",
        "30 2 * * * /usr/bin/backup",
        "30 25 * * * backup.sh > /dev/null",
        "0 30 2 * * 1-5 echo hello",
        "@daily /usr/bin/backup",
        "# every night",
        "SHELL=/bin/sh",
        "MAILTO=ops@example.org 0 0 * * *",
        "0 5 * * *\n0 6 * * *",
        "cron(0 12 * * ? *)",
        "rate(5 minutes)",
        "every 5 minutes",
        "every monday",
        "daily",
        "14:30 * * *",
        "0 14:30 * * *",
        "Mon..Fri 09:05",
        "* * * ?",
        "0 12 * * ? *",
    ]), @r##"
    "30 2 * * * root /usr/bin/backup -v"
    schedule: `root` is no field: command and user do not stand in a schedule
      30 2 * * * root /usr/bin/backup -v
                 ^^^^^^^^^^^^^^^^^^^^^^^
    hint: put the command into `shell.script` and the user into `shell.user`, and write `30 2 * * *`

    "30 2 * * * /usr/bin/backup"
    schedule: `/usr/bin/backup` is no field: command and user do not stand in a schedule
      30 2 * * * /usr/bin/backup
                 ^^^^^^^^^^^^^^^
    hint: put the command into `shell.script` and the user into `shell.user`, and write `30 2 * * *`

    "30 25 * * * backup.sh > /dev/null"
    schedule: `backup.sh` is no field: command and user do not stand in a schedule
      30 25 * * * backup.sh > /dev/null
                  ^^^^^^^^^^^^^^^^^^^^^
    hint: put the command into `shell.script` and the user into `shell.user`, and write `30 25 * * *`
    schedule: hour: `25` is not in 0-23
      30 25 * * * backup.sh > /dev/null
         ^^
    hint: minutes stand before hours: `30 2` is 02:30

    "0 30 2 * * 1-5 echo hello"
    schedule: `echo` is no field: command and user do not stand in a schedule
      0 30 2 * * 1-5 echo hello
                     ^^^^^^^^^^
    hint: put the command into `shell.script` and the user into `shell.user`, and write `0 30 2 * * 1-5`

    "@daily /usr/bin/backup"
    schedule: nothing may follow `@daily`
      @daily /usr/bin/backup
             ^^^^^^^^^^^^^^^
    hint: a command stands in `shell.script`

    "# every night"
    schedule: is a comment
      # every night
      ^^^^^^^^^^^^^
    hint: put notes into the job's `description`

    "SHELL=/bin/sh"
    schedule: `SHELL=` sets a variable, which a schedule has not
      SHELL=/bin/sh
      ^^^^^^^^^^^^^
    hint: variables of a shell job stand in `shell.env`, its zone in `timezone`

    "MAILTO=ops@example.org 0 0 * * *"
    schedule: `MAILTO=` sets a variable, which a schedule has not
      MAILTO=ops@example.org 0 0 * * *
      ^^^^^^^^^^^^^^^^^^^^^^
    hint: variables of a shell job stand in `shell.env`, its zone in `timezone`

    "0 5 * * *\n0 6 * * *"
    schedule: has several lines; a schedule has one
      0 5 * * * 0 6 * * *
      ^^^^^^^^^^^^^^^^^^^
    hint: save a job for each of them

    "cron(0 12 * * ? *)"
    schedule: `cron(…)` is written for another scheduler
      cron(0 12 * * ? *)
      ^^^^^^^^^^^^^^^^^^
    hint: write `0 12 * * ?`

    "rate(5 minutes)"
    schedule: `rate(…)` is written for another scheduler
      rate(5 minutes)
      ^^^^^^^^^^^^^^^
    hint: write `@every 5m`

    "every 5 minutes"
    schedule: is written in words
      every 5 minutes
      ^^^^^^^^^^^^^^^
    hint: write `@every 5m`

    "every monday"
    schedule: is written in words
      every monday
      ^^^^^^^^^^^^
    hint: write `@every 5m`, or the fields: `0 9 * * MON`

    "daily"
    schedule: `daily` alone is no field
      daily
      ^^^^^
    hint: did you mean `@daily`?

    "14:30 * * *"
    schedule: `14:30` is a time of the day; minute and hour are two fields
      14:30 * * *
      ^^^^^
    hint: write minute and hour apart: `30 14 * * *`

    "0 14:30 * * *"
    schedule: `14:30` is a time of the day; minute and hour are two fields
      0 14:30 * * *
        ^^^^^
    hint: write minute and hour apart: `30 14 * * *`

    "Mon..Fri 09:05"
    schedule: `09:05` is a time of the day; minute and hour are two fields
      Mon..Fri 09:05
               ^^^^^
    hint: write minute and hour apart: `5 9 * * *`

    "* * * ?"
    schedule: has 4 fields; 5, 6 (seconds first, or a year last) or 7 are allowed
      * * * ?
      ^^^^^^^
    hint: the fields are minute, hour, day of month, month, day of week; lists have no spaces

    "0 12 * * ? *"
    schedule: month: `?` is not a number in 1-12 or a name from `JAN` to `DEC`
      0 12 * * ? *
               ^
    hint: `?` may stand in day of month and day of week only; six fields begin with seconds, so a year as `*` needs all seven
    "##);
}

#[test]
fn slips_that_people_make_get_a_hint() {
    assert_snapshot!(answers(&[
        "*5 * * * *",
        "/5 * * * *",
        "** * * * *",
        "*/ * * * *",
        "*/5-10 * * * *",
        "1-30/5/2 * * * *",
        "1..5 * * * *",
        "1~5 * * * *",
        "1;5 * * * *",
        "5, * * * *",
        ",5 * * * *",
        "1.5 * * * *",
        "0 9am * * *",
        "0 12PM * * *",
        "0 noon * * *",
        "0 30 * * *",
        "0 L * * *",
        "0 0 1st * *",
        "0 0 last * *",
        "0 0 W15 * *",
        "0 0 1 13 *",
        "0 0 1 一月 *",
        "0 0 * * weekdays",
        "0 0 * * 周一",
        "0 0 * * MO,DI",
        "0 0 * * L5",
        "0 0 * * lastFRI",
        "0 0 * * 1#L-1",
        "0 0 * * 工作日",
        "0 0 * ? *",
        "0 0 0 ? ? *",
        "JAN 0 * * *",
        "0 0 * * JAN",
        "*/100 */48 */40 * *",
    ]), @r#"
    "*5 * * * *"
    schedule: minute: `*5` is not a number in 0-59
      *5 * * * *
      ^^
    hint: every 5 is written `*/5`

    "/5 * * * *"
    schedule: minute: nothing stands before `/` in `/5`
      /5 * * * *
      ^^
    hint: for all values write `*/5`

    "** * * * *"
    schedule: minute: `**` is not a number in 0-59
      ** * * * *
      ^^
    hint: one `*` stands for every value

    "*/ * * * *"
    schedule: minute: the step `` is not a number from 1 to 60
      */ * * * *
        ^
    hint: write how many: `*/5`

    "*/5-10 * * * *"
    schedule: minute: the step `5-10` is not a number from 1 to 60
      */5-10 * * * *
        ^^^^
    hint: the range stands before the step: `10-50/5`

    "1-30/5/2 * * * *"
    schedule: minute: the step `5/2` is not a number from 1 to 60
      1-30/5/2 * * * *
           ^^^
    hint: a range has one step: `10-50/5`

    "1..5 * * * *"
    schedule: minute: `1..5` is not a number in 0-59
      1..5 * * * *
      ^^^^
    hint: write `1-5`

    "1~5 * * * *"
    schedule: minute: `1~5` is not a number in 0-59
      1~5 * * * *
      ^^^
    hint: write `1-5`

    "1;5 * * * *"
    schedule: minute: `1;5` is not a number in 0-59
      1;5 * * * *
      ^^^
    hint: write `1,5`

    "5, * * * *"
    schedule: minute: an item of `5,` is empty
      5, * * * *
        ^
    hint: take out the comma that is too many

    ",5 * * * *"
    schedule: minute: an item of `,5` is empty
      ,5 * * * *
      ^
    hint: take out the comma that is too many

    "1.5 * * * *"
    schedule: minute: `1.5` is not a number in 0-59
      1.5 * * * *
      ^^^

    "0 9am * * *"
    schedule: hour: `9am` is not a number in 0-23
      0 9am * * *
        ^^^
    hint: hours go from 0 to 23: `9AM` is `9`

    "0 12PM * * *"
    schedule: hour: `12PM` is not a number in 0-23
      0 12PM * * *
        ^^^^
    hint: hours go from 0 to 23: `12PM` is `12`

    "0 noon * * *"
    schedule: hour: `noon` is not a number in 0-23
      0 noon * * *
        ^^^^
    hint: noon is hour `12`

    "0 30 * * *"
    schedule: hour: `30` is not in 0-23
      0 30 * * *
        ^^
    hint: minutes stand before hours: `30 2` is 02:30

    "0 L * * *"
    schedule: hour: `L` is not a number in 0-23
      0 L * * *
        ^
    hint: `L` and `W` may stand in day of month, `L` behind a day of week

    "0 0 1st * *"
    schedule: day of month: `1st` is not a number in 1-31
      0 0 1st * *
          ^^^
    hint: write the number alone: `1`

    "0 0 last * *"
    schedule: day of month: `last` is not a number in 1-31
      0 0 last * *
          ^^^^
    hint: the last day of the month is `L`

    "0 0 W15 * *"
    schedule: day of month: `W15` is not a number in 1-31
      0 0 W15 * *
          ^^^
    hint: the day comes first: `15W`

    "0 0 1 13 *"
    schedule: month: `13` is not in 1-12
      0 0 1 13 *
            ^^
    hint: December is 12

    "0 0 1 一月 *"
    schedule: month: `一月` is not a number in 1-12 or a name from `JAN` to `DEC`
      0 0 1 一月 *
            ^^^^
    hint: write `1`

    "0 0 * * weekdays"
    schedule: day of week: `weekdays` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * weekdays
              ^^^^^^^^
    hint: write `MON-FRI`

    "0 0 * * 周一"
    schedule: day of week: `周一` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * 周一
              ^^^^
    hint: write `MON`

    "0 0 * * MO,DI"
    schedule: day of week: `MO` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * MO,DI
              ^^
    hint: write `MON`
    schedule: day of week: `DI` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * MO,DI
                 ^^
    hint: write `TUE`

    "0 0 * * L5"
    schedule: day of week: `L5` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * L5
              ^^
    hint: the day comes first: `5L`

    "0 0 * * lastFRI"
    schedule: day of week: `lastFRI` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * lastFRI
              ^^^^^^^
    hint: the day comes first: `FRIL`

    "0 0 * * 1#L-1"
    schedule: day of week: `L-1` is not in 1-5 behind `#`
      0 0 * * 1#L-1
                ^^^
    hint: `FRI#2` is the second Friday of the month, `FRIL` the last

    "0 0 * * 工作日"
    schedule: day of week: `工作日` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * 工作日
              ^^^^^^
    hint: write `MON-FRI`

    "0 0 * ? *"
    schedule: month: `?` is not a number in 1-12 or a name from `JAN` to `DEC`
      0 0 * ? *
            ^
    hint: `?` may stand in day of month and day of week only; six fields begin with seconds, so a year as `*` needs all seven

    "0 0 0 ? ? *"
    schedule: month: `?` is not a number in 1-12 or a name from `JAN` to `DEC`
      0 0 0 ? ? *
              ^
    hint: `?` may stand in day of month and day of week only; six fields begin with seconds, so a year as `*` needs all seven

    "JAN 0 * * *"
    schedule: minute: `JAN` is not a number in 0-59
      JAN 0 * * *
      ^^^
    hint: `JAN` is a month: the fields are minute, hour, day of month, month, day of week

    "0 0 * * JAN"
    schedule: day of week: `JAN` is not a number in 0-7 or a name from `SUN` to `SAT`
      0 0 * * JAN
              ^^^
    hint: `JAN` is a month: the fields are minute, hour, day of month, month, day of week

    "*/100 */48 */40 * *"
    schedule: minute: the step `100` is larger than the field, which has 60 values
      */100 */48 */40 * *
        ^^^
    hint: a step begins anew with each field; for an even period write `@every 100m`
    schedule: hour: the step `48` is larger than the field, which has 24 values
      */100 */48 */40 * *
              ^^
    hint: a step begins anew with each field; for an even period write `@every 48h`
    schedule: day of month: the step `40` is larger than the field, which has 31 values
      */100 */48 */40 * *
                   ^^
    hint: a step begins anew with each field; for an even period write `@every 40d`
    "#);
}

#[test]
fn names_and_periods_that_are_not_known_get_what_to_write() {
    assert_snapshot!(answers(&[
        "@weekday",
        "@minutely",
        "@biweekly",
        "@quarterly",
        "@noon",
        "@nightly",
        "@boot",
        "@every 5 minutes",
        "@every 2w",
        "@every day",
        "@every 1 month",
        "@every 0s",
        "@every -5m",
        "@every 5x",
        "@at tomorrow",
        "@at 2026-12-01T09:00:00",
        "@at 2026-02-30T09:00:00Z",
    ]), @r#"
    "@weekday"
    schedule: `@weekday` is not known
      @weekday
      ^^^^^^^^
    hint: write `0 0 * * MON-FRI`

    "@minutely"
    schedule: `@minutely` is not known
      @minutely
      ^^^^^^^^^
    hint: write `* * * * *`

    "@biweekly"
    schedule: `@biweekly` is not known
      @biweekly
      ^^^^^^^^^
    hint: write `@every 14d`

    "@quarterly"
    schedule: `@quarterly` is not known
      @quarterly
      ^^^^^^^^^^
    hint: write `0 0 1 */3 *`

    "@noon"
    schedule: `@noon` is not known
      @noon
      ^^^^^
    hint: write `0 12 * * *`

    "@nightly"
    schedule: `@nightly` is not known
      @nightly
      ^^^^^^^^
    hint: write `@daily`

    "@boot"
    schedule: `@boot` is not supported: a fleet has no one reboot, and a restart of a worker is no tick
      @boot
      ^^^^^
    hint: start it by the host's own service manager, or run the job by hand or through the API

    "@every 5 minutes"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `5 minutes`
      @every 5 minutes
             ^^^^^^^^^
    hint: write `@every 5m`

    "@every 2w"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `2w`
      @every 2w
             ^^
    hint: write `@every 14d`

    "@every day"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `day`
      @every day
             ^^^
    hint: write `@every 1d`

    "@every 1 month"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `1 month`
      @every 1 month
             ^^^^^^^
    hint: months differ in length; write `@monthly`

    "@every 0s"
    schedule: `@every` takes at least 1s, got `0s`
      @every 0s
             ^^

    "@every -5m"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `-5m`
      @every -5m
             ^^^

    "@every 5x"
    schedule: `@every`: must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `5x`
      @every 5x
             ^^

    "@at tomorrow"
    schedule: `@at`: must be an RFC 3339 instant like `2026-12-01T09:00:00+01:00`, got `tomorrow`
      @at tomorrow
          ^^^^^^^^
    hint: an instant has an offset: `Z` or `+01:00`

    "@at 2026-12-01T09:00:00"
    schedule: `@at`: must be an RFC 3339 instant like `2026-12-01T09:00:00+01:00`, got `2026-12-01T09:00:00`
      @at 2026-12-01T09:00:00
          ^^^^^^^^^^^^^^^^^^^
    hint: an instant has an offset: `Z` or `+01:00`

    "@at 2026-02-30T09:00:00Z"
    schedule: `@at`: must be an RFC 3339 instant like `2026-12-01T09:00:00+01:00`, got `2026-02-30T09:00:00Z`
      @at 2026-02-30T09:00:00Z
          ^^^^^^^^^^^^^^^^^^^^
    hint: an instant has an offset: `Z` or `+01:00`
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
