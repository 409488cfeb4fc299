//! Piles in words.

use model::language::Language;
use model::time::Timestamp;

use crate::api::{Pile, Share};

/// Returns a pile with its message; `mean` is that of a minute.
pub(super) fn tell(mut pile: Pile, mean: f64, language: Language) -> Pile {
    let Pile { at, times, .. } = pile;
    let (count, above) = match pile.share {
        Share::Minute => (pile.starts, f64::from(pile.starts) / mean),
        Share::Second => (pile.second, f64::from(pile.second) * 60.0 / mean),
    };
    let of = share(pile.share, language);
    pile.message = match (language, times) {
        (Language::English, 1) => {
            format!("{count} jobs start in one {of} at {at}, {above:.0} times the mean")
        }
        (Language::English, _) => format!(
            "{count} jobs start in one {of} at {at}, {above:.0} times the mean; \
             it is the worst of {times} such minutes"
        ),
        (Language::Chinese, 1) => format!("{at} 的同一{of}内有 {count} 个任务启动，是平均值的 {above:.0} 倍"),
        (Language::Chinese, _) => format!(
            "{at} 的同一{of}内有 {count} 个任务启动，是平均值的 {above:.0} 倍；这样的分钟共有 {times} 个，此为最多者"
        ),
    };
    pile
}

/// Returns what is said at the save of a job that adds to a pile.
pub(super) fn hint(starts: u32, shared: Share, at: Timestamp, spread: &str, language: Language) -> String {
    let of = share(shared, language);
    match language {
        Language::English => {
            format!("{starts} jobs start in the same {of} as this one at {at}; `{spread}` would spread them")
        }
        Language::Chinese => {
            format!("{at} 有 {starts} 个任务与此任务在同一{of}内启动；`{spread}` 可将它们错开")
        }
    }
}

fn share(share: Share, language: Language) -> &'static str {
    match (share, language) {
        (Share::Minute, Language::English) => "minute",
        (Share::Second, Language::English) => "second",
        (Share::Minute, Language::Chinese) => "分钟",
        (Share::Second, Language::Chinese) => "秒",
    }
}
