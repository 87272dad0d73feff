//! Which of the known words was probably meant by one that is not known.

/// The one of `all` that `word` was probably meant to be.
pub fn closest<'a>(word: &str, all: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).take(64).collect()
    };
    let word = plain(word);
    let near = (word.chars().count() / 3).max(1);
    let far = |candidate: &str| {
        let candidate = plain(candidate);
        let distance = strsim::damerau_levenshtein(&word, &candidate);
        let starts =
            word.len() > 2 && candidate.len() > 2 && (candidate.starts_with(&word) || word.starts_with(&candidate));
        if distance > near && starts { near } else { distance }
    };
    let best = all.into_iter().map(|candidate| (far(candidate), candidate)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= near && !word.is_empty()).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_recognised_and_another_word_is_not() {
        let keys = ["webhook_url", "bot_token", "channel_id"];
        for (word, meant) in [
            ("chanel_id", Some("channel_id")),
            ("webhookUrl", Some("webhook_url")),
            ("webhook", Some("webhook_url")),
            ("bot-token", Some("bot_token")),
            ("retention", None),
            ("", None),
        ] {
            assert_eq!(closest(word, keys), meant, "{word}");
        }
    }
}
