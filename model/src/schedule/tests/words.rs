//! What schedules are in words, in each language.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::language::Language;

/// Returns each text with its words in all languages.
fn told(texts: &[&str]) -> String {
    let words = |text: &str| {
        let schedule = utc(text);
        Language::ALL.map(|language| format!("\n  {}", schedule.in_words(language))).concat()
    };
    texts.iter().map(|text| format!("{text}{}\n", words(text))).collect()
}

#[test]
fn times_of_the_day_are_told_in_plain_words() {
    assert_snapshot!(told(&[
        "* * * * * *",
        "*/10 * * * * *",
        "3/15 * * * * *",
        "30 * * * * *",
        "10-20 * * * * *",
        "*/7 * * * * *",
        "1,2,40 * * * * *",
        "*/10 30 * * * *",
        "*/10 1-5 9 * * *",
        "*/10 */5 */2 * * *",
        "* 3/7 1/5 * * *",
        "* 0,17,30 1,2,5 * * *",
        "* * * * *",
        "*/5 * * * *",
        "3/15 * * * *",
        "*/7 * * * *",
        "0,17,30 * * * *",
        "10-20 * * * *",
        "*/20 22-2 * * *",
        "*/20 */6 * * *",
        "*/10 1/5 * * *",
        "*/10 1,2,3,9 * * *",
        "*/5 9 * * *",
        "0 * * * *",
        "@hourly",
        "17 * * * *",
        "0 9-17 * * *",
        "30 */2 * * *",
        "0 1/3 * * *",
        "0 1-21/3 * * *",
        "5 0-4,9,20,22 * * *",
        "30 2 * * *",
        "15 30 2 * * *",
        "0 9,17 * * *",
        "0 9,12,17 * * *",
        "@midnight",
    ]), @r"
    * * * * * *
      every second
      每秒
    */10 * * * * *
      every 10 seconds
      每 10 秒
    3/15 * * * * *
      every 15 seconds from second 3
      从第 3 秒起，每 15 秒
    30 * * * * *
      at second 30 of the minute
      每分钟第 30 秒
    10-20 * * * * *
      every second from 10 to 20 of the minute
      每分钟第 10 至 20 秒，每秒
    */7 * * * * *
      every 7th second from 0 to 56 of the minute
      每分钟第 0 至 56 秒，每 7 秒
    1,2,40 * * * * *
      at seconds 1, 2 and 40 of the minute
      每分钟第 1、2 和 40 秒
    */10 30 * * * *
      every 10 seconds in minute 30 of every hour
      每小时第 30 分，每 10 秒
    */10 1-5 9 * * *
      every 10 seconds in minutes 1 to 5 between 09:00 and 09:59
      09:00 至 09:59，每小时第 1 至 5 分，每 10 秒
    */10 */5 */2 * * *
      every 10 seconds in every 5th minute in every 2nd hour
      0、2、…、22 点，每小时第 0、5、…、55 分，每 10 秒
    * 3/7 1/5 * * *
      every second in every 7th minute from 3 to 59 in every 5th hour from 1 to 21
      1、6、…、21 点，每小时第 3、10、…、59 分，每秒
    * 0,17,30 1,2,5 * * *
      every second in minutes 0, 17 and 30 in the hours 1, 2 and 5
      1、2 和 5 点，每小时第 0、17 和 30 分，每秒
    * * * * *
      every minute
      每分钟
    */5 * * * *
      every 5 minutes
      每 5 分钟
    3/15 * * * *
      every 15 minutes from minute 3
      从第 3 分起，每 15 分钟
    */7 * * * *
      every 7th minute from 0 to 56 of the hour
      每小时第 0 至 56 分，每 7 分钟
    0,17,30 * * * *
      at minutes 0, 17 and 30 of the hour
      每小时第 0、17 和 30 分
    10-20 * * * *
      every minute from 10 to 20 of the hour
      每小时第 10 至 20 分，每分钟
    */20 22-2 * * *
      every 20 minutes between 22:00 and 02:59
      22:00 至 02:59，每 20 分钟
    */20 */6 * * *
      every 20 minutes in every 6th hour
      0、6、12 和 18 点，每 20 分钟
    */10 1/5 * * *
      every 10 minutes in every 5th hour from 1 to 21
      1、6、…、21 点，每 10 分钟
    */10 1,2,3,9 * * *
      every 10 minutes in the hours 1 to 3 and 9
      1 至 3 和 9 点，每 10 分钟
    */5 9 * * *
      every 5 minutes between 09:00 and 09:59
      09:00 至 09:59，每 5 分钟
    0 * * * *
      every hour
      每小时整点
    @hourly
      every hour
      每小时整点
    17 * * * *
      at minute 17 of every hour
      每小时第 17 分
    0 9-17 * * *
      every hour from 09:00 to 17:00
      09:00 至 17:00，每小时一次
    30 */2 * * *
      every 2 hours from 00:30
      从 00:30 起，每 2 小时一次
    0 1/3 * * *
      every 3 hours from 01:00
      从 01:00 起，每 3 小时一次
    0 1-21/3 * * *
      every 3 hours from 01:00 to 19:00
      01:00 至 19:00，每 3 小时一次
    5 0-4,9,20,22 * * *
      at minute 5 in the hours 0 to 4, 9, 20 and 22
      0 至 4、9、20 和 22 点的第 5 分
    30 2 * * *
      at 02:30 every day
      每天 02:30
    15 30 2 * * *
      at 02:30:15 every day
      每天 02:30:15
    0 9,17 * * *
      at 09:00 and 17:00 every day
      每天 09:00 和 17:00
    0 9,12,17 * * *
      at 09:00, 12:00 and 17:00 every day
      每天 09:00、12:00 和 17:00
    @midnight
      at 00:00 every day
      每天 00:00
    ");
}

#[test]
fn days_are_told_in_plain_words() {
    assert_snapshot!(told(&[
        "0 9-17 * * MON-FRI",
        "*/15 9-17 * * 1-5",
        "0 9 * * 1-5",
        "0 9 * * fri-mon",
        "0 9 * * sun,mon,wed",
        "0 9 * * sat,sun",
        "0 9 * * 7",
        "@weekly",
        "@monthly",
        "@yearly",
        "0 0 1,15 * *",
        "0 0 1-7,20 * *",
        "0 0 30-2 * *",
        "0 0 */2 * *",
        "0 0 L * *",
        "0 0 L-1 * *",
        "0 0 L-3 * *",
        "0 0 LW * *",
        "0 0 L-2W * *",
        "0 0 15W * *",
        "0 0 L-3,LW,15W * *",
        "0 0 1,L * *",
        "0 9 * * 2#2",
        "0 9 * * FRIL",
        "0 9 * * MON#1,FRIL",
        "0 9 * 3 1,FRIL",
        "0 9 * * 1-5,SUN#1",
        "0 0 13 * FRI",
        "0 0 13 * +FRI",
        "0 0 1-7 * +MON",
        "0 0 */2 * 1-5",
        "0 0 LW * +5#5",
        "*/5 * 13 * FRI",
    ]), @r"
    0 9-17 * * MON-FRI
      every hour from 09:00 to 17:00, Monday to Friday
      每个工作日 09:00 至 17:00，每小时一次（工作日指周一至周五）
    */15 9-17 * * 1-5
      every 15 minutes between 09:00 and 17:59, Monday to Friday
      每个工作日 09:00 至 17:59，每 15 分钟（工作日指周一至周五）
    0 9 * * 1-5
      at 09:00 Monday to Friday
      每个工作日 09:00（工作日指周一至周五）
    0 9 * * fri-mon
      at 09:00 Friday to Monday
      每周五至周一 09:00
    0 9 * * sun,mon,wed
      at 09:00 on Monday, Wednesday and Sunday
      每周一、周三和周日 09:00
    0 9 * * sat,sun
      at 09:00 on Saturday and Sunday
      每周六和周日 09:00
    0 9 * * 7
      at 09:00 on Sunday
      每周日 09:00
    @weekly
      at 00:00 on Sunday
      每周日 00:00
    @monthly
      at 00:00 on day 1 of the month
      每月 1 日 00:00
    @yearly
      at 00:00 on day 1 of January
      每年 1 月 1 日 00:00
    0 0 1,15 * *
      at 00:00 on days 1 and 15 of the month
      每月 1 日和 15 日 00:00
    0 0 1-7,20 * *
      at 00:00 on days 1 to 7 and 20 of the month
      每月 1 至 7 日和 20 日 00:00
    0 0 30-2 * *
      at 00:00 on days 1, 2, 30 and 31 of the month
      每月 1 日、2 日、30 日和 31 日 00:00
    0 0 */2 * *
      at 00:00 on every 2nd day from 1 to 31 of the month
      每月 1 至 31 日中每 2 天 00:00
    0 0 L * *
      at 00:00 on the last day of the month
      每月最后一天 00:00
    0 0 L-1 * *
      at 00:00 on the 2nd-to-last day of the month
      每月倒数第 2 天 00:00
    0 0 L-3 * *
      at 00:00 on the 4th-to-last day of the month
      每月倒数第 4 天 00:00
    0 0 LW * *
      at 00:00 on the last day from Monday to Friday of the month
      每月最后一个工作日 00:00（工作日指周一至周五）
    0 0 L-2W * *
      at 00:00 on the day from Monday to Friday nearest to the 3rd-to-last day of the month
      每月离倒数第 3 天最近的工作日 00:00（工作日指周一至周五）
    0 0 15W * *
      at 00:00 on the day from Monday to Friday nearest to day 15 of the month
      每月离 15 日最近的工作日 00:00（工作日指周一至周五）
    0 0 L-3,LW,15W * *
      at 00:00 on the 4th-to-last day, the day from Monday to Friday nearest to day 15 and the last day from Monday to Friday of the month
      每月倒数第 4 天、离 15 日最近的工作日、最后一个工作日 00:00（工作日指周一至周五）
    0 0 1,L * *
      at 00:00 on day 1 and the last day of the month
      每月 1 日、最后一天 00:00
    0 9 * * 2#2
      at 09:00 on the second Tuesday of the month
      每月第二个周二 09:00
    0 9 * * FRIL
      at 09:00 on the last Friday of the month
      每月最后一个周五 09:00
    0 9 * * MON#1,FRIL
      at 09:00 on the first Monday and the last Friday of the month
      每月第一个周一和最后一个周五 09:00
    0 9 * 3 1,FRIL
      at 09:00 on Monday and the last Friday of March
      每年 3 月的每周一以及每年 3 月最后一个周五 09:00
    0 9 * * 1-5,SUN#1
      at 09:00 on each day from Monday to Friday and the first Sunday of the month
      每个工作日以及每月第一个周日 09:00（工作日指周一至周五）
    0 0 13 * FRI
      at 00:00 on day 13 of the month, and also on Friday
      每月 13 日以及每周五 00:00
    0 0 13 * +FRI
      at 00:00 on day 13 of the month, but only on Friday
      每月 13 日（仅限周五）00:00
    0 0 1-7 * +MON
      at 00:00 on days 1 to 7 of the month, but only on Monday
      每月 1 至 7 日（仅限周一）00:00
    0 0 */2 * 1-5
      at 00:00 on every 2nd day from 1 to 31 of the month, but only Monday to Friday
      每月 1 至 31 日中每 2 天（仅限工作日）00:00（工作日指周一至周五）
    0 0 LW * +5#5
      at 00:00 on the last day from Monday to Friday of the month, but only on the fifth Friday of the month
      每月最后一个工作日（仅限第五个周五）00:00（工作日指周一至周五）
    */5 * 13 * FRI
      every 5 minutes, on day 13 of the month, and also on Friday
      每月 13 日以及每周五，每 5 分钟
    ");
}

#[test]
fn months_and_years_are_told_in_plain_words() {
    assert_snapshot!(told(&[
        "0 0 L 2 *",
        "0 0 1 6-8 *",
        "0 0 * 6-8 *",
        "0 0 * nov-feb *",
        "0 0 1 nov-feb *",
        "0 0 * 1 *",
        "0 0 1,15 1,7 *",
        "0 0 * 1,7 MON",
        "0 0 * 3 1-5",
        "0 0 1 */3 *",
        "0 0 13 1 FRI",
        "0 0 13 6-8 +FRI",
        "0 0 1 1 * 2027",
        "0 0 1 * * 2027",
        "0 0 * * * 2027",
        "*/5 * * * * 2027",
        "0 0 1 1 * 2027-2030,2040",
        "0 0 0 ? * MON 2027,2028",
    ]), @r"
    0 0 L 2 *
      at 00:00 on the last day of February
      每年 2 月最后一天 00:00
    0 0 1 6-8 *
      at 00:00 on day 1 of each month from June to August
      每年 6 至 8 月每月 1 日 00:00
    0 0 * 6-8 *
      at 00:00 from June to August
      每年 6 至 8 月每天 00:00
    0 0 * nov-feb *
      at 00:00 from November to February
      每年 11 月至次年 2 月每天 00:00
    0 0 1 nov-feb *
      at 00:00 on day 1 of each month from November to February
      每年 11 月至次年 2 月每月 1 日 00:00
    0 0 * 1 *
      at 00:00 in January
      每年 1 月每天 00:00
    0 0 1,15 1,7 *
      at 00:00 on days 1 and 15 of January and July
      每年 1 月和 7 月的 1 日和 15 日 00:00
    0 0 * 1,7 MON
      at 00:00 on Monday in January and July
      每年 1 月和 7 月的每周一 00:00
    0 0 * 3 1-5
      at 00:00 Monday to Friday in March
      每年 3 月的每个工作日 00:00（工作日指周一至周五）
    0 0 1 */3 *
      at 00:00 on day 1 of January, April, July and October
      每年 1 月、4 月、7 月和 10 月的 1 日 00:00
    0 0 13 1 FRI
      at 00:00 on day 13 of the month, and also on Friday, only in January
      每年 1 月 13 日以及每年 1 月的每周五 00:00
    0 0 13 6-8 +FRI
      at 00:00 on day 13 of the month, but only on Friday, only from June to August
      每年 6 至 8 月每月 13 日（仅限周五）00:00
    0 0 1 1 * 2027
      at 00:00 on day 1 of January, only in 2027
      2027 年 1 月 1 日 00:00
    0 0 1 * * 2027
      at 00:00 on day 1 of the month, only in 2027
      2027 年每月 1 日 00:00
    0 0 * * * 2027
      at 00:00 every day, only in 2027
      2027 年每天 00:00
    */5 * * * * 2027
      every 5 minutes, only in 2027
      2027 年每天，每 5 分钟
    0 0 1 1 * 2027-2030,2040
      at 00:00 on day 1 of January, only in 2027 to 2030 and 2040
      2027 至 2030 年和 2040 年，每年 1 月 1 日 00:00
    0 0 0 ? * MON 2027,2028
      at 00:00 on Monday, only in 2027 and 2028
      2027 年和 2028 年，每周一 00:00
    ");
}

#[test]
fn schedules_with_a_name_are_told_in_plain_words() {
    assert_snapshot!(told(&[
        "@every 1s",
        "@every 90s",
        "@every 1h",
        "@every 1d",
        "@every 14d",
        "@every 1h30m",
        "@every 1500ms",
        "@at 2026-12-01T09:00:00+01:00",
        "CRON_TZ=Asia/Shanghai @daily",
        "CRON_TZ=America/New_York @at 2026-12-01T09:00:00+01:00",
        "H 3 * * *",
        "H/15 * * * *",
        "H H * * 1-5",
    ]), @r"
    @every 1s
      every second, counted from 1970-01-01T00:00:00Z
      每秒，从 1970-01-01T00:00:00Z 起算
    @every 90s
      every 1 minute and 30 seconds, counted from 1970-01-01T00:00:00Z
      每 1 分 30 秒，从 1970-01-01T00:00:00Z 起算
    @every 1h
      every hour, counted from 1970-01-01T00:00:00Z
      每小时，从 1970-01-01T00:00:00Z 起算
    @every 1d
      every day, counted from 1970-01-01T00:00:00Z
      每天，从 1970-01-01T00:00:00Z 起算
    @every 14d
      every 14 days, counted from 1970-01-01T00:00:00Z
      每 14 天，从 1970-01-01T00:00:00Z 起算
    @every 1h30m
      every 1 hour and 30 minutes, counted from 1970-01-01T00:00:00Z
      每 1 小时 30 分，从 1970-01-01T00:00:00Z 起算
    @every 1500ms
      every 1 second and 500 milliseconds, counted from 1970-01-01T00:00:00Z
      每 1 秒 500 毫秒，从 1970-01-01T00:00:00Z 起算
    @at 2026-12-01T09:00:00+01:00
      once, at 2026-12-01T08:00:00+00:00
      仅一次：2026-12-01T08:00:00+00:00
    CRON_TZ=Asia/Shanghai @daily
      at 00:00 every day, in Asia/Shanghai
      每天 00:00（Asia/Shanghai 时间）
    CRON_TZ=America/New_York @at 2026-12-01T09:00:00+01:00
      once, at 2026-12-01T03:00:00-05:00, in America/New_York
      仅一次：2026-12-01T03:00:00-05:00（America/New_York 时间）
    H 3 * * *
      at 03:49 every day (spread by the job's name)
      每天 03:49（按任务名错开）
    H/15 * * * *
      every 15 minutes from minute 4 (spread by the job's name)
      从第 4 分起，每 15 分钟（按任务名错开）
    H H * * 1-5
      at 08:49 Monday to Friday (spread by the job's name)
      每个工作日 08:49（工作日指周一至周五）（按任务名错开）
    ");
    let anchor = at("2026-11-22T10:00:07Z");
    let every = Schedule::parse(Source { anchor, ..source("@every 10s") }).unwrap();
    assert_eq!(every.in_words(Language::English), "every 10 seconds, counted from 2026-11-22T10:00:07Z");
    assert_eq!(every.in_words(Language::Chinese), "每 10 秒，从 2026-11-22T10:00:07Z 起算");
}

#[test]
fn quartz_numbers_are_told_by_the_days_that_they_mean() {
    let quartz = Source { weekdays: Weekdays::Quartz, ..source("0 0 9 ? * 2-6") };
    let quartz = Schedule::parse(quartz).unwrap();
    assert_eq!(quartz.in_words(Language::English), "at 09:00 Monday to Friday");
    assert_eq!(quartz.in_words(Language::Chinese), "每个工作日 09:00（工作日指周一至周五）");
}

#[test]
fn two_day_fields_carry_a_warning_unless_the_user_said_both() {
    let warnings = |text| Language::ALL.map(|language| utc(text).warnings(language).join("\n"));
    assert_snapshot!(warnings("0 0 13 * FRI").join("\n"), @r"
    both day fields are set: a day that matches either is taken; write `+` before day of week to ask for both
    日和星期都有限制：满足其中任意一个就会运行；若须同时满足，请在星期前写 `+`
    ");
    assert_snapshot!(warnings("0 0 */2 * FRI").join("\n"), @r"
    both day fields are set and one begins with `*`: a day must match both; write `+` before day of week to say so
    日和星期都有限制，且其中一个以 `*` 开头：两者须同时满足；可在星期前写 `+` 明确表示
    ");
    for text in ["0 0 13 * +FRI", "0 0 13 * *", "0 0 ? * FRI", "@daily", "@every 1m"] {
        assert_eq!(warnings(text), ["", ""], "{text}");
    }
}

#[test]
fn what_changes_of_the_clock_do_is_told_where_there_are_some() {
    let told = |text, timezone, dst| {
        let schedule = Schedule::parse(Source { timezone, dst, ..source(text) }).unwrap();
        Language::ALL.map(|language| schedule.clock_changes(at("2026-01-01T00:00:00Z"), language))
    };
    let rules = [DstRule::Vixie, DstRule::Wall, DstRule::Skip];
    let lines = rules.map(|dst| told("30 2 * * *", "Europe/Berlin", dst).map(Option::unwrap).join("\n"));
    assert_snapshot!(lines.join("\n"), @r"
    when the clock goes forward, a time that does not exist runs right after; when it goes back, a time that comes twice runs once
    时钟拨快时，不存在的时刻在跳过后立即运行；时钟拨慢时，出现两次的时刻只运行一次
    when the clock goes forward, times that do not exist do not run; when it goes back, times that come twice run twice
    时钟拨快时，不存在的时刻不运行；时钟拨慢时，出现两次的时刻运行两次
    when the clock goes forward, times that do not exist do not run; when it goes back, times that come twice run once
    时钟拨快时，不存在的时刻不运行；时钟拨慢时，出现两次的时刻只运行一次
    ");
    let (vixie, wall) = (DstRule::Vixie, DstRule::Wall);
    assert_eq!(told("*/5 * * * *", "Europe/Berlin", vixie), told("30 2 * * *", "Europe/Berlin", wall));
    for (text, zone) in
        [("30 2 * * *", "UTC"), ("30 2 * * *", "Asia/Shanghai"), ("@every 1h", "Europe/Berlin")]
    {
        assert_eq!(told(text, zone, vixie), [None, None], "{text} {zone}");
    }
}

#[test]
fn a_schedule_that_has_ended_says_its_last_time() {
    let ended = |text, zone| {
        let schedule = Schedule::parse(Source { timezone: zone, ..source(text) }).unwrap();
        Language::ALL.map(|language| schedule.ended(at("2026-06-01T00:00:00Z"), language))
    };
    let last = |text, zone| ended(text, zone).map(Option::unwrap).join("\n");
    assert_snapshot!(last("@at 2025-12-01T09:00:00+01:00", "UTC"), @r"
    ended: its last time was 2025-12-01T08:00:00+00:00
    已结束：最后一次时间为 2025-12-01T08:00:00+00:00
    ");
    assert_snapshot!(last("0 9 1 * * 2024-2025", "Asia/Shanghai"), @r"
    ended: its last time was 2025-12-01T09:00:00+08:00
    已结束：最后一次时间为 2025-12-01T09:00:00+08:00
    ");
    for text in ["* * * * *", "@every 1s", "@at 2026-06-01T00:00:01Z", "0 0 1 1 * 2025,2200"] {
        assert_eq!(ended(text, "UTC"), [None, None], "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Goal: no restriction is left out. Method: whatever the rest is, one other value in one field, other words.
    #[test]
    fn words_tell_every_field(
        (fields, other, at) in (
            prop::array::uniform6(prop_oneof![Just(u64::MAX), any::<u64>(), (0u32..60).prop_map(|bit| 1 << bit)]),
            any::<u64>(),
            0usize..6,
        )
    ) {
        let one = expression(fields);
        let mut fields = fields;
        fields[at] = other;
        let two = expression(fields);
        // A year has no day 31 everywhere: what never fires has no words.
        let (Ok(one_told), Ok(two_told)) = (Schedule::parse(source(&one)), Schedule::parse(source(&two))) else {
            return Ok(());
        };
        for language in Language::ALL {
            let (told_one, told_two) = (one_told.in_words(language), two_told.in_words(language));
            prop_assert_eq!(one == two, told_one == told_two, "{} {} {} {}", one, told_one, two, told_two);
        }
    }

    /// Goal: words never panic and never come out empty. Method: random expressions of the whole syntax, all at once.
    #[test]
    fn everything_has_words(expression in expression::expressions(true, true)) {
        if let Ok(schedule) = Schedule::parse(source(&expression.text)) {
            for language in Language::ALL {
                let words = schedule.in_words(language);
                prop_assert!(!words.is_empty() && !words.contains("  "), "{}: {}", expression.text, words);
            }
            prop_assert!(schedule.in_words(Language::English).is_ascii());
        }
    }
}

/// Returns an expression whose fields, seconds to weekdays, list the values of the bits; all of them as `*`.
fn expression(bits: [u64; 6]) -> String {
    const RANGES: [(u32, u32); 6] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    let field = |bits: u64, (min, max): (u32, u32)| {
        let values: Vec<u32> = (min..=max).filter(|value| bits >> value & 1 == 1).collect();
        if values.len() as u32 > max - min || values.is_empty() {
            return "*".to_owned();
        }
        values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
    };
    bits.into_iter().zip(RANGES).map(|(bits, range)| field(bits, range)).collect::<Vec<_>>().join(" ")
}
