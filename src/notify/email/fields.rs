//! The fields of a mail's head as they are written, for what is done to a mail that is composed already.

/// Each with its further lines.
pub(super) fn of(head: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match fields.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(field) => field.extend(["\r\n", line]),
            None => fields.push(line.to_owned()),
        }
    }
    fields
}
