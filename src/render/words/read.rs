//! Reads `words.toml` into words by dotted keys: `[time] months = ["Jan"]` is `time.months.0`.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// All words of a file, or why it cannot be read, with line and column.
pub(in crate::render) fn entries(text: &str) -> Result<BTreeMap<String, String>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
    let mut entries = BTreeMap::new();
    for (key, value) in table {
        gather(key, value, &mut entries)?;
    }
    Ok(entries)
}

fn gather(key: String, value: Value, entries: &mut BTreeMap<String, String>) -> Result<(), String> {
    match value {
        Value::String(text) => {
            entries.insert(key, text);
            Ok(())
        }
        Value::Array(items) => {
            items.into_iter().enumerate().try_for_each(|(at, item)| gather(format!("{key}.{at}"), item, entries))
        }
        Value::Table(table) => {
            table.into_iter().try_for_each(|(inner, value)| gather(format!("{key}.{inner}"), value, entries))
        }
        _ => Err(format!("`{key}` is not a text in quotes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_texts_at_any_depth() {
        let read = entries("open = 'a'\n[noun.call]\none = 'b'\n[time]\nmonths = ['c', 'd']").unwrap();
        let read: Vec<_> = read.iter().map(|(key, word)| format!("{key}={word}")).collect();
        assert_eq!(read, ["noun.call.one=b", "open=a", "time.months.0=c", "time.months.1=d"]);
        assert_eq!(entries("[a]\nb = 1").unwrap_err(), "`a.b` is not a text in quotes");
        assert!(entries("a = ").unwrap_err().contains("line 1, column 5"));
    }
}
