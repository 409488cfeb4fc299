//! Schedules through the built binary: the contract of `schedule next`, languages, anchors, and jobs that have ended.

use std::fs;
use std::process::{Command, Output, Stdio};

use anyhow::Result;
use e2e::{Server, alone, binary, told};
use serde_json::{Value, json};

/// Asks for the words of a schedule under a locale.
fn explain(options: &[&str], locale: &[(&str, &str)]) -> Result<String> {
    let mut command = Command::new(binary());
    command.args(["schedule", "explain", "0 9 * * 1-5"]).args(options).stdin(Stdio::null());
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    let output = command.envs(locale.iter().copied()).output()?;
    assert!(output.status.success(), "{}", told(&output));
    Ok(String::from_utf8(output.stdout)?.lines().next().unwrap_or_default().to_owned())
}

fn next(arguments: &[&str]) -> Result<Output> {
    alone(&[&["schedule", "next"], arguments].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn next_prints_one_utc_instant_a_line_and_from_is_exclusive() -> Result<()> {
    let from = ["--from", "2026-01-01T00:00:00Z"];
    let hourly = next(&[&["0 * * * *", "-n", "2"], &from[..]].concat())?;
    assert_eq!(
        (text(&hourly).as_str(), hourly.status.code()),
        ("2026-01-01T01:00:00Z\n2026-01-01T02:00:00Z\n", Some(0))
    );
    let before = next(&["0 * * * *", "-n", "1", "--from", "2025-12-31T23:59:59.999Z"])?;
    assert_eq!(text(&before), "2026-01-01T00:00:00Z\n");
    let offset =
        next(&["0 9 * * *", "--tz", "Asia/Shanghai", "-n", "1", "--from", "2026-01-01T08:00:00+08:00"])?;
    assert_eq!(text(&offset), "2026-01-01T01:00:00Z\n");
    let five = next(&[&["* * * * * *"], &from[..]].concat())?;
    assert_eq!(text(&five).lines().count(), 5);
    let every = next(&[&["@every 90s", "--anchor", "2026-01-01T00:00:10Z", "-n", "2"], &from[..]].concat())?;
    assert_eq!(text(&every), "2026-01-01T00:00:10Z\n2026-01-01T00:01:40Z\n");
    let quartz = next(&[&["0 0 0 ? * 1", "--weekdays", "quartz", "-n", "1"], &from[..]].concat())?;
    assert_eq!(text(&quartz), "2026-01-04T00:00:00Z\n");
    let many = next(&[&["* * * * * *", "-n", "5000", "-o", "json"], &from[..]].concat())?;
    assert_eq!(serde_json::from_slice::<Value>(&many.stdout)?.as_array().map(Vec::len), Some(5000));
    Ok(())
}

#[test]
fn next_says_by_its_code_whether_anything_comes() -> Result<()> {
    for over in [
        &["@at 2020-01-01T00:00:00Z"][..],
        &["0 0 1 1 * 2020"],
        &["@at 2020-01-01T00:00:00Z", "-o", "json"],
        &["@at 2030-01-01T00:00:00Z", "--from", "2030-01-01T00:00:00Z"],
    ] {
        let output = next(over)?;
        assert_eq!(
            (output.status.code(), told(&output).contains("2020-")),
            (Some(1), false),
            "{}",
            told(&output)
        );
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{over:?}: {}", told(&output));
    }
    let last = next(&["0 0 1 1 * 2026,2027", "--from", "2026-06-01T00:00:00Z"])?;
    assert_eq!((text(&last).as_str(), last.status.code()), ("2027-01-01T00:00:00Z\n", Some(0)));
    for bad in
        ["60 * * * *", "-1 * * * *", "0 0 30 2 *", "* * * *", "@reboot", "＊ * * * *", "30 2 * * * root x"]
    {
        let output = next(&[bad])?;
        assert_eq!((output.status.code(), text(&output).as_str()), (Some(2), ""), "{bad}: {}", told(&output));
        assert!(told(&output).contains('^'), "{bad}: {}", told(&output));
    }
    let nowhere = next(&["0 9 * * *", "--tz", "Mars/Base"])?;
    assert_eq!(nowhere.status.code(), Some(2), "{}", told(&nowhere));
    assert_eq!(next(&["0 9 * * *", "--from", "yesterday"])?.status.code(), Some(64));
    Ok(())
}

#[test]
fn words_come_in_the_language_that_is_asked_for_or_of_the_locale() -> Result<()> {
    let (english, chinese) =
        ("at 09:00 Monday to Friday (UTC)", "每个工作日 09:00（工作日指周一至周五） (UTC)");
    assert_eq!(explain(&[], &[])?, english);
    assert_eq!(explain(&["--language", "zh"], &[("LC_ALL", "en_US.UTF-8")])?, chinese);
    assert_eq!(explain(&["--language", "en"], &[("LANG", "zh_CN.UTF-8")])?, english);
    assert_eq!(explain(&[], &[("LANG", "zh_CN.UTF-8")])?, chinese);
    assert_eq!(explain(&[], &[("LC_MESSAGES", "zh_CN.UTF-8"), ("LANG", "en_US.UTF-8")])?, chinese);
    assert_eq!(explain(&[], &[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")])?, english);
    let unknown = alone(&["schedule", "explain", "@daily", "--language", "tlh"])?;
    assert_eq!(unknown.status.code(), Some(64), "{}", told(&unknown));
    Ok(())
}

#[test]
fn an_exported_period_has_the_same_ticks_on_another_server() -> Result<()> {
    let (one, other) = (Server::start(&["--no-demo"])?, Server::start(&["--no-demo"])?);
    one.apply("name: often\nschedule: '@every 7m'\nshell: { script: 'true' }\n")?;
    let exported = one.done(&["job", "get", "often", "-o", "yaml"])?;
    assert!(exported.contains("anchor:"), "{exported}");
    let shown = one.done(&["job", "get", "often", "--language", "zh"])?;
    assert!(shown.starts_with("# 每 7 分钟，从 "), "{shown}");
    // What a person is shown is applied as well as what a program reads.
    other.apply(&shown)?;
    let schedule =
        |server: &Server| -> Result<Value> { Ok(server.json(&["job", "get", "often"])?["schedule"].clone()) };
    assert_eq!(schedule(&one)?["anchor"], schedule(&other)?["anchor"]);
    other.until("both servers to tell the same next ticks", || {
        let (here, there) = (schedule(&one)?, schedule(&other)?);
        Ok((here["next"] == there["next"]).then_some(()))
    })?;
    // An edit of the period keeps the anchor; the same file again changes nothing.
    let anchor = schedule(&one)?["anchor"].clone();
    one.apply("name: often\nschedule: '@every 11m'\nshell: { script: 'true' }\n")?;
    assert_eq!(schedule(&one)?["anchor"], anchor);
    let again = one.json(&["job", "apply", "-f", &one.beside().join("jobs.yaml").to_string_lossy()])?;
    assert_eq!(again[0]["result"], "unchanged");
    Ok(())
}

#[test]
fn jobs_that_have_ended_are_saved_exported_and_shown_as_ended() -> Result<()> {
    let (one, other) = (Server::start(&["--no-demo"])?, Server::start(&["--no-demo"])?);
    one.apply(
        "name: once\nschedule: '@at 2020-01-01T09:00:00+01:00'\ntimezone: Europe/Berlin\nshell: { script: 'true' }\n\
         ---\nname: years\nschedule: '0 9 1 1 * 2019-2021'\nshell: { script: 'true' }\n",
    )?;
    let list = one.done(&["job", "list"])?;
    assert_eq!(list.lines().filter(|line| line.contains(" ended ")).count(), 2, "{list}");
    let shown = one.done(&["job", "get", "once", "--language", "en"])?;
    assert!(shown.contains("# ended: its last time was 2020-01-01T09:00:00+01:00"), "{shown}");
    for name in ["once", "years"] {
        let exported = one.done(&["job", "get", name, "-o", "yaml"])?;
        fs::write(other.beside().join("exported.yaml"), &exported)?;
        other.done(&["job", "apply", "-f", &other.beside().join("exported.yaml").to_string_lossy()])?;
        let view = other.json(&["job", "get", name])?;
        assert_eq!((&view["schedule"]["status"], &view["schedule"]["next"]), (&json!("ended"), &json!([])));
    }
    fs::write(
        one.beside().join("never.yaml"),
        "name: never\nschedule: '0 0 30 2 *'\nshell: { script: 'true' }\n",
    )?;
    let never = one.ask(&["job", "apply", "-f", &one.beside().join("never.yaml").to_string_lossy()])?;
    assert_eq!(never.status.code(), Some(2), "{}", told(&never));
    assert!(told(&never).contains("never fires"), "{}", told(&never));
    let workers = one.done(&["workers", "list"])?;
    assert!(workers.contains("ZONE DATA") && workers.contains(" 20"), "{workers}");
    Ok(())
}
