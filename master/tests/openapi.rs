//! The committed OpenAPI document is the one that the routes give, and what it says of ids is what the code takes.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::str::FromStr;

use model::id::{
    AuditId, BootId, ChannelName, Digest, JobName, JobUid, ModuleTag, Nonce, NoticeId, RunId, TokenId,
    UserName, WorkerId,
};
use regex::Regex;
use serde_json::Value;

/// Goal: whoever generates code from the file has the truth. Renew it as the message says.
#[test]
fn openapi_snapshot_is_current() {
    let committed = include_str!("../openapi.json");
    assert!(
        committed == master::document_text(),
        "stale; run `cargo run -p master --example openapi > openapi.new && mv openapi.new master/openapi.json`"
    );
}

/// Returns texts that are nearly `text`: one letter other, more or less, at each place.
fn neighbours(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned(), String::new(), text.repeat(9)];
    for at in 0..=text.len() {
        let (head, tail) = text.split_at(at);
        let without = tail.get(1..).unwrap_or_default();
        for letter in ['a', 'f', 'g', 'Z', '0', '-', '.', '_', '@', ':', ' ', '\n', 'ü', '/'] {
            all.push(format!("{head}{letter}{tail}"));
            all.push(format!("{head}{letter}{without}"));
        }
        all.push(format!("{head}{without}"));
    }
    all
}

fn agree<T: FromStr>(pattern: &str, examples: &[&str]) {
    let form = Regex::new(pattern).unwrap();
    let (mut taken, mut refused) = (0, 0);
    for text in examples.iter().flat_map(|example| neighbours(example)) {
        let read = text.parse::<T>().is_ok();
        assert_eq!(form.is_match(&text), read, "{text:?} against {pattern}");
        if read {
            taken += 1;
        } else {
            refused += 1;
        }
    }
    assert!(taken > 2 && refused > 10, "{taken} taken and {refused} refused by {pattern}");
}

/// A pattern that refuses what is taken keeps clients from it; one that takes what is refused has them send it.
#[test]
fn the_pattern_of_an_id_takes_what_the_code_takes() {
    let hex = |digits: usize| "0f3c9a7be2d14c58a1b2c3d4e5f60718".repeat(2)[..digits].to_owned();
    let longest = "a".repeat(63);
    agree::<JobName>(JobName::PATTERN, &["nightly-report", &longest]);
    agree::<WorkerId>(WorkerId::PATTERN, &["db1.example", &longest]);
    agree::<UserName>(UserName::PATTERN, &["ada@example.org", &longest]);
    agree::<ChannelName>(ChannelName::PATTERN, &["ops", &longest]);
    agree::<ModuleTag>(ModuleTag::PATTERN, &["report:stable", &format!("{longest}:{longest}")]);
    agree::<BootId>(BootId::PATTERN, &["2f0c4a1e-9a77-4b1e-8f0e-0c1d2e3f4a5b", &"a".repeat(64)]);
    agree::<JobUid>(JobUid::PATTERN, &[&hex(32)]);
    agree::<RunId>(RunId::PATTERN, &[&hex(24)]);
    agree::<NoticeId>(NoticeId::PATTERN, &[&hex(24)]);
    agree::<TokenId>(TokenId::PATTERN, &[&hex(12)]);
    agree::<AuditId>(AuditId::PATTERN, &[&hex(28)]);
    agree::<Nonce>(Nonce::PATTERN, &[&hex(16)]);
    agree::<Digest>(Digest::PATTERN, &[&format!("sha256:{}", hex(64))]);
}

/// Calls `look` with each operation: its method and path, and itself.
fn operations(document: &Value, mut look: impl FnMut(String, &Value)) {
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            look(format!("{method} {path}"), operation);
        }
    }
}

/// Goal: whoever makes requests from the document knows the form of every part of a path.
#[test]
fn every_part_of_a_path_says_its_form() {
    let document = serde_json::to_value(master::document()).unwrap();
    let mut seen = 0;
    operations(&document, |route, operation| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        for part in parameters.filter(|parameter| parameter["in"] == "path") {
            let schema = &part["schema"];
            let told = schema["pattern"].is_string() || schema["type"] == "integer";
            assert!(told, "{route}: {part}");
            seen += 1;
        }
    });
    assert!(seen > 30, "{seen}");
}

/// Goal: every body can be tried at once at `/docs`.
#[test]
fn every_body_of_a_request_has_an_example() {
    let document = serde_json::to_value(master::document()).unwrap();
    let mut seen = 0;
    operations(&document, |route, operation| {
        let Some(content) = operation["requestBody"]["content"].get("application/json") else { return };
        let schema = resolved(&document, &content["schema"]);
        let told = !content["example"].is_null() || !schema["example"].is_null();
        assert!(told, "{route} has no example: {}", content["schema"]);
        seen += 1;
    });
    assert!(seen > 15, "{seen}");
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(named) = schema["$ref"].as_str() {
        return document.pointer(named.trim_start_matches('#')).unwrap();
    }
    // One that may be absent is named beside null.
    let named = schema["oneOf"].as_array().into_iter().flatten().find(|one| one["$ref"].is_string());
    named.map_or(schema, |one| resolved(document, one))
}
