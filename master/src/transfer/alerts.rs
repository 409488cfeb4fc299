//! Channels, rules and mutes that arrive: merged by name into what people set here, and swapped as a whole.

use model::alert::{AlertSettings, Channel, Mute, Rule};
use model::fault::Faults;
use model::time::Timestamp;

use crate::alert_settings;
use crate::api::{Existing, ImportItem, Landed};
use crate::app::App;
use crate::problem::Answer;

type Arriving = (Vec<Channel>, Vec<Rule>, Vec<Mute>);

pub(super) async fn import(
    app: &App,
    arriving: Arriving,
    existing: Existing,
    dry_run: bool,
) -> Answer<Vec<ImportItem>> {
    let now = app.ports.clock.now();
    let stands = alert_settings::read(app).await?.1;
    let (after, items) = merged(&stands, &arriving, existing, now);
    if dry_run || after == stands {
        return Ok(items);
    }
    let change = |settings: &mut AlertSettings| *settings = merged(settings, &arriving, existing, now).0;
    let (before, _) = alert_settings::change(app, None, change).await?;
    Ok(merged(&before, &arriving, existing, now).1)
}

/// Returns the settings with what arrives, and what came of each.
fn merged(
    stands: &AlertSettings,
    (channels, rules, mutes): &Arriving,
    existing: Existing,
    now: Timestamp,
) -> (AlertSettings, Vec<ImportItem>) {
    let mut after = stands.clone();
    let mut items = Vec::new();
    for channel in channels {
        let stood = after.channels.iter_mut().find(|one| one.name == channel.name);
        let wanted = match &stood {
            Some(stood) => channel.clone().with_secrets_of(stood),
            None => channel.clone(),
        };
        let of = |result, detail: &str| ImportItem::new("channel", channel.name.as_str(), result, detail);
        let mut faults = Faults::new();
        wanted.check("channel", &mut faults);
        if stood.as_deref() == Some(&wanted) {
            items.push(of(Landed::Same, ""));
        } else if !faults.is_empty() && (stood.is_none() || existing != Existing::Skip) {
            let hidden = channel.shown() == *channel;
            let hint = "\nhint: export with --with-secrets, or make the channel here first; it stays with --skip-existing";
            items.push(of(Landed::Faulty, &format!("{faults}{}", if hidden { hint } else { "" })));
        } else {
            items.push(put(&mut after.channels, stood_at(stands, channel), wanted, existing, of));
        }
    }
    for rule in rules {
        let of = |result, detail: &str| ImportItem::new("rule", rule.name.as_str(), result, detail);
        let at = stands.rules.iter().position(|one| one.name == rule.name);
        if at.is_some_and(|at| stands.rules[at] == *rule) {
            items.push(of(Landed::Same, ""));
        } else {
            items.push(put(&mut after.rules, at, rule.clone(), existing, of));
        }
    }
    for mute in mutes {
        let of = |result, detail: &str| ImportItem::new("mute", mute.name.as_str(), result, detail);
        let at = stands.mutes.iter().position(|one| one.name == mute.name);
        if at.is_some_and(|at| stands.mutes[at] == *mute) {
            items.push(of(Landed::Same, ""));
        } else if mute.until <= now {
            items.push(of(Landed::Skipped, "it has ended"));
        } else {
            items.push(put(&mut after.mutes, at, mute.clone(), existing, of));
        }
    }
    (after, items)
}

fn stood_at(stands: &AlertSettings, channel: &Channel) -> Option<usize> {
    stands.channels.iter().position(|one| one.name == channel.name)
}

/// Puts one of a list into its place: at the end, or where another of its name stands.
fn put<T>(
    list: &mut Vec<T>,
    at: Option<usize>,
    one: T,
    existing: Existing,
    of: impl Fn(Landed, &str) -> ImportItem,
) -> ImportItem {
    let Some(at) = at else {
        list.push(one);
        return of(Landed::Created, "");
    };
    let result = existing.landed();
    if result == Landed::Replaced {
        list[at] = one;
    }
    of(result, if result == Landed::InTheWay { "another one of the name is here" } else { "" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(channels: &serde_json::Value) -> AlertSettings {
        serde_json::from_value(json!({ "channels": channels })).unwrap()
    }

    fn results(stands: &AlertSettings, arriving: Vec<Channel>, existing: Existing) -> Vec<Landed> {
        let now = Timestamp::from_seconds(0);
        let (_, items) = merged(stands, &(arriving, Vec::new(), Vec::new()), existing, now);
        items.iter().map(|item| item.result).collect()
    }

    /// Mutation: a channel whose secret stayed behind is created with `***` as its secret.
    #[test]
    fn a_channel_whose_secret_stayed_behind_needs_one_that_is_here() {
        let source = settings(&json!([
            { "name": "ops", "via": { "type": "webhook", "url": "https://a.example/", "secret": "k" } },
            { "name": "open", "via": { "type": "webhook", "url": "https://b.example/" } },
        ]));
        let shown: Vec<_> = source.channels.iter().map(Channel::shown).collect();
        let nothing = AlertSettings::default();
        assert_eq!(results(&nothing, shown.clone(), Existing::Refuse), [Landed::Faulty, Landed::Created]);
        assert_eq!(results(&source, shown, Existing::Refuse), [Landed::Same, Landed::Same]);
        assert_eq!(results(&nothing, source.channels.clone(), Existing::Refuse), [Landed::Created; 2]);
        let other = settings(&json!([
            { "name": "ops", "via": { "type": "webhook", "url": "https://c.example/" } },
        ]));
        let ops = vec![source.channels[0].clone()];
        assert_eq!(results(&other, ops.clone(), Existing::Refuse), [Landed::InTheWay]);
        assert_eq!(results(&other, ops.clone(), Existing::Skip), [Landed::Skipped]);
        assert_eq!(results(&other, ops, Existing::Replace), [Landed::Replaced]);
    }
}
