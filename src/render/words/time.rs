//! Dates and times in a language's forms: strftime formats, with the names of days and months from the words.

use jiff::{Zoned, fmt::strtime};

use crate::render::words::{Words, fill};

/// The formats that `words.toml` names, for use in templates.
pub(in crate::render) const NAMED: [&str; 3] = ["clock", "day", "day_and_year"];

impl Words {
    /// A moment with its zone; the year is said only where it is not the running one.
    pub(in crate::render) fn moment(&self, at: &Zoned, year: bool) -> Result<String, String> {
        let moment = self.moment_of_day(at, year)?;
        Ok(self.in_zone(&moment, at))
    }

    pub(in crate::render) fn moment_of_day(&self, at: &Zoned, year: bool) -> Result<String, String> {
        let day = self.formatted(if year { "day_and_year" } else { "day" }, at)?;
        Ok(self.fill("time.moment", &[("day", &day), ("clock", &self.formatted("clock", at)?)]))
    }

    pub(in crate::render) fn in_zone(&self, said: &str, at: &Zoned) -> String {
        self.fill("time.in_zone", &[("time", said), ("zone", &self.zone(at))])
    }

    /// The zone's abbreviation in this language; zones without one have only an offset.
    fn zone(&self, at: &Zoned) -> String {
        let known = strtime::format("%Z", at).unwrap_or_default();
        match self.get(&format!("time.zone.{known}")) {
            Some(name) => name.to_owned(),
            None if known.starts_with(['+', '-']) => self.fill("time.offset", &[("offset", &known)]),
            None => known,
        }
    }

    /// A time in a strftime format, or in one that is named in the words.
    pub(in crate::render) fn formatted(&self, format: &str, at: &Zoned) -> Result<String, String> {
        let named = NAMED.contains(&format).then(|| self.get(&format!("time.{format}"))).flatten();
        let format = named.unwrap_or(format);
        let local = self.with_names(format, at);
        strtime::format(&local, at).map_err(|error| format!("cannot use the format `{format}`: {error}"))
    }

    /// The format with the directives for names replaced by the names.
    fn with_names(&self, format: &str, at: &Zoned) -> String {
        let mut said = String::new();
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('%') {
            said.push_str(before);
            let flags: String = after.chars().take_while(|c| "-_0^#:.123456789".contains(*c)).collect();
            let mut after = after.chars().skip(flags.chars().count());
            let directive = after.next();
            match directive.and_then(|directive| self.name_for(directive, at)) {
                Some(name) if flags.contains('^') => said.push_str(&name.to_uppercase().replace('%', "%%")),
                Some(name) => said.push_str(&name.replace('%', "%%")),
                None => said.extend(['%'].into_iter().chain(flags.chars()).chain(directive)),
            }
            rest = rest_of(rest, after.count());
        }
        said.push_str(rest);
        said
    }

    fn name_for(&self, directive: char, at: &Zoned) -> Option<String> {
        let of_list = |list: &str, place: i8| self.get(&format!("time.{list}.{place}")).map(str::to_owned);
        let weekday = at.weekday().to_monday_zero_offset();
        match directive {
            'a' => of_list("weekdays", weekday),
            'A' => of_list("weekdays_long", weekday),
            'b' | 'h' => of_list("months", at.month() - 1),
            'B' => of_list("months_long", at.month() - 1),
            'p' => self.get(if at.hour() < 12 { "time.am" } else { "time.pm" }).map(str::to_owned),
            'P' => self.get(if at.hour() < 12 { "time.am" } else { "time.pm" }).map(str::to_lowercase),
            'Z' => Some(self.zone(at)),
            _ => None,
        }
    }

    /// From one time to another, each already said.
    pub(in crate::render) fn span(&self, from: &str, to: &str) -> String {
        fill(self.text("time.from_to"), &[("from", from), ("to", to)])
    }
}

/// The last `chars` characters of a text.
fn rest_of(text: &str, chars: usize) -> &str {
    let skipped = text.chars().count().saturating_sub(chars);
    text.char_indices().nth(skipped).and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_names_and_the_order_of_the_language() {
        let at: Zoned = "2025-03-21T14:05:09+01:00[Europe/Berlin]".parse().unwrap();
        let far: Zoned = "2025-03-21T14:05:09-03:00[America/Sao_Paulo]".parse().unwrap();
        let said = |language: &str| {
            let words = Words::built_in(language);
            let formats = ["%A, %-d. %B %Y", "%^a %e %h", "%I:%M %p", "100%% %Z", "clock", "day_and_year"];
            let mut said = formats.map(|format| words.formatted(format, &at).unwrap()).to_vec();
            said.push(words.moment(&at, false).unwrap());
            said.push(words.moment(&at, true).unwrap());
            said.push(words.moment(&far, false).unwrap());
            said.join("\n")
        };
        insta::assert_snapshot!(said("en"), @"
        Friday, 21. March 2025
        FRI 21 Mar
        02:05 PM
        100% CET
        14:05
        Fri 21 Mar 2025
        Fri 21 Mar, 14:05 CET
        Fri 21 Mar 2025, 14:05 CET
        Fri 21 Mar, 14:05 UTC-03
        ");
        insta::assert_snapshot!(said("de"), @"
        Freitag, 21. März 2025
        FR. 21 März
        02:05 nachm.
        100% MEZ
        14:05
        Fr., 21. März 2025
        Fr., 21. März, 14:05 MEZ
        Fr., 21. März 2025, 14:05 MEZ
        Fr., 21. März, 14:05 UTC-03
        ");
    }

    #[test]
    fn a_format_that_cannot_be_used_is_named() {
        let at: Zoned = "2025-03-21T14:05:09+01:00[Europe/Berlin]".parse().unwrap();
        let error = Words::built_in("en").formatted("%J %é", &at).unwrap_err();
        assert!(error.starts_with("cannot use the format `%J %é`"), "{error}");
    }
}
