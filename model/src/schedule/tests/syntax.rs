//! One table for each part of the syntax: the text, and the instants that follow 2026-01-01 (a Thursday) in UTC.

use super::*;

/// Each line: the text, then the first instants as day and time of 2026 unless a year stands before them.
fn check(table: &[(&str, &[&str])]) {
    for (text, wanted) in table {
        let got = next(&utc(text), "2025-12-31T23:59:59Z", wanted.len());
        let got: Vec<&str> = got.iter().map(|at| at.strip_prefix("2026-").unwrap_or(at)).collect();
        assert_eq!(&got, wanted, "{text}");
    }
}

#[test]
fn five_six_and_seven_fields_are_told_apart() {
    check(&[
        ("30 2 * * *", &["01-01T02:30", "01-02T02:30"]),
        ("15 30 2 * * *", &["01-01T02:30:15", "01-02T02:30:15"]),
        ("30 2 1 1 * 2027", &["2027-01-01T02:30"]),
        ("30 2 1 1 * 2027-2029/2", &["2027-01-01T02:30", "2029-01-01T02:30"]),
        ("15 30 2 1 1 * 2027,2030", &["2027-01-01T02:30:15", "2030-01-01T02:30:15"]),
        ("15 30 2 1 1 ? *", &["01-01T02:30:15", "2027-01-01T02:30:15"]),
    ]);
}
