//! What schedules are in words.

use super::*;

#[test]
fn a_schedule_is_told_in_plain_words() {
    for (text, wanted) in [
        ("*/10 * * * * *", "every 10 seconds"),
        ("* * * * * *", "every second"),
        ("30 * * * * *", "at second 30 of the minute"),
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("3/15 * * * *", "every 15 minutes from minute 3"),
        ("*/7 * * * *", "every 7th minute from 0 to 56 of the hour"),
        ("0,17,30 * * * *", "at minutes 0, 17 and 30 of the hour"),
        ("10-20 * * * *", "every minute from 10 to 20 of the hour"),
        ("0 * * * *", "every hour"),
        ("@hourly", "every hour"),
        ("17 * * * *", "at minute 17 of every hour"),
        ("0 9-17 * * MON-FRI", "every hour from 09:00 to 17:00, Monday to Friday"),
        ("*/15 9-17 * * 1-5", "every 15 minutes between 09:00 and 17:59, Monday to Friday"),
        ("0 */2 * * *", "every 2 hours from 00:00"),
        ("*/20 22-2 * * *", "every 20 minutes between 22:00 and 02:59"),
        ("*/10 30 * * * *", "every 10 seconds in minute 30 of every hour"),
        ("30 2 * * *", "at 02:30 every day"),
        ("15 30 2 * * *", "at 02:30:15 every day"),
        ("0 9,17 * * *", "at 09:00 and 17:00 every day"),
        ("0 9 * * 1-5", "at 09:00 Monday to Friday"),
        ("0 9 * * fri-mon", "at 09:00 Friday to Monday"),
        ("0 9 * * sun,mon,wed", "at 09:00 on Monday, Wednesday and Sunday"),
        ("@weekly", "at 00:00 on Sunday"),
        ("@monthly", "at 00:00 on day 1 of the month"),
        ("@yearly", "at 00:00 on day 1 of January"),
        ("0 0 1,15 * *", "at 00:00 on days 1 and 15 of the month"),
        ("0 0 1-7,20 * *", "at 00:00 on days 1 to 7 and 20 of the month"),
        ("0 0 */2 * *", "at 00:00 on every 2nd day from 1 to 31 of the month"),
        ("0 0 L 2 *", "at 00:00 on the last day of February"),
        (
            "0 0 L-3,LW,15W * *",
            "at 00:00 on 3 days before the last, the day from Monday to Friday nearest to day 15 \
          and the last day from Monday to Friday of the month",
        ),
        ("0 0 1 6-8 *", "at 00:00 on day 1 of each month from June to August"),
        ("0 0 * 6-8 *", "at 00:00 from June to August"),
        ("0 0 * 1,7 MON", "at 00:00 on Monday in January and July"),
        ("0 9 * * 2#2", "at 09:00 on the second Tuesday of the month"),
        ("0 9 * * FRIL", "at 09:00 on the last Friday of the month"),
        ("0 9 * 3 1,FRIL", "at 09:00 on Monday and the last Friday of March"),
        ("0 0 13 * FRI", "at 00:00 on day 13 of the month, and also on Friday"),
        ("0 0 13 * +FRI", "at 00:00 on day 13 of the month, but only on Friday"),
        ("0 0 */2 * 1-5", "at 00:00 on every 2nd day from 1 to 31 of the month, but only Monday to Friday"),
        ("0 0 13 1 FRI", "at 00:00 on day 13 of the month, and also on Friday, only in January"),
        ("0 0 1 1 * 2027-2030,2040", "at 00:00 on day 1 of January, only in 2027 to 2030 and 2040"),
        ("@every 90s", "every 1 minute and 30 seconds"),
        ("@every 1h", "every hour"),
        ("@at 2026-12-01T09:00:00+01:00", "once, at 2026-12-01T08:00:00+00:00"),
    ] {
        assert_eq!(utc(text).in_words(), wanted, "{text}");
    }
}

#[test]
fn the_words_tell_what_the_seed_and_the_anchor_did() {
    let spread = utc("H 3 * * *").in_words();
    assert!(
        spread.starts_with("at 03:") && spread.ends_with(" every day (spread by the job's name)"),
        "{spread}"
    );
    let anchor = at("2026-11-22T10:00:07Z");
    let every = Schedule::parse(Source { anchor, ..source("@every 10s") }).unwrap();
    assert_eq!(every.in_words(), "every 10 seconds, counted from 2026-11-22T10:00:07Z");
}

#[test]
fn two_day_fields_carry_a_warning_unless_the_user_said_both() {
    assert!(utc("0 0 13 * FRI").warnings()[0].contains("matches either"));
    assert!(utc("0 0 */2 * FRI").warnings()[0].contains("must match both"));
    for text in ["0 0 13 * +FRI", "0 0 13 * *", "0 0 ? * FRI", "@daily", "@every 1m"] {
        assert!(utc(text).warnings().is_empty(), "{text}");
    }
}
