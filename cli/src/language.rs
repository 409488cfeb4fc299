//! In which language schedules are told: as asked for, else as the locale says, else English.
//!
//! Only the words of schedules follow it; all other texts are English.

use model::language::Language;

use crate::host;

/// The variables that may name the locale of texts, the strongest first.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// Returns the language that was asked for, or that of the locale.
pub(crate) fn chosen(asked: Option<Language>) -> Language {
    asked.unwrap_or_else(|| {
        of_locale(VARIABLES.map(|name| host::environment(name).and_then(|value| value.into_string().ok())))
    })
}

/// Returns the language of the first variable that is set; English for a locale of another language.
fn of_locale(values: [Option<String>; 3]) -> Language {
    let locale = values.into_iter().flatten().next().unwrap_or_default();
    Language::of(&locale).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_variable_that_is_set_names_the_language() {
        let of = |values: [&str; 3]| {
            of_locale(values.map(|value| Some(value.to_owned()).filter(|value| !value.is_empty())))
        };
        assert_eq!(of(["", "", "zh_CN.UTF-8"]), Language::Chinese);
        assert_eq!(of(["C", "", "zh_CN.UTF-8"]), Language::English);
        assert_eq!(of(["", "zh_CN", "en_US.UTF-8"]), Language::Chinese);
        assert_eq!(of(["", "de_DE.UTF-8", "zh_CN"]), Language::English);
        assert_eq!(of(["", "", ""]), Language::English);
    }
}
