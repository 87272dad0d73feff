//! Timestamps in the several spellings that Bland uses, often within one record.

use jiff::{Timestamp, tz::TimeZone};

/// As PostgreSQL prints it: `2024-04-27T23:51:14.80119+00:00`, trailing zeros dropped.
pub(super) fn postgres(micros: i64) -> String {
    let fraction = format!("{:06}", micros.rem_euclid(1_000_000));
    match fraction.trim_end_matches('0') {
        "" => format!("{}+00:00", seconds(micros)),
        digits => format!("{}.{digits}+00:00", seconds(micros)),
    }
}

/// As JavaScript prints it: `2025-09-12T20:39:03.168Z`.
pub(super) fn javascript(micros: i64) -> String {
    format!("{}.{:03}Z", seconds(micros), micros.rem_euclid(1_000_000) / 1_000)
}

/// Cut to the second, as ends of calls are: `2025-09-12T20:39:21.000Z`.
pub(super) fn whole(micros: i64) -> String {
    format!("{}.000Z", seconds(micros))
}

/// The free text of `variables.now`, in the caller's zone: `Friday, September 12, 2025 1:39 PM`.
pub(super) fn spoken(micros: i64, zone: &TimeZone) -> String {
    at(micros).to_zoned(zone.clone()).strftime("%A, %B %-d, %Y %-I:%M %p").to_string()
}

/// The other free text of `variables.now`: `Sat Apr 27 2024 18:51:25 GMT-0500 (CDT)`.
pub(super) fn browser(micros: i64, zone: &TimeZone) -> String {
    at(micros).to_zoned(zone.clone()).strftime("%a %b %d %Y %H:%M:%S GMT%z (%Z)").to_string()
}

/// The instant, or 1970 for what no calendar holds.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn seconds(micros: i64) -> String {
    at(micros).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instant_has_many_spellings() {
        let micros = "2024-04-27T23:51:14.801190Z".parse::<Timestamp>().unwrap().as_microsecond();
        let chicago = TimeZone::get("America/Chicago").unwrap();
        for (spelling, text) in [
            (postgres(micros), "2024-04-27T23:51:14.80119+00:00"),
            (postgres(micros - 801_190), "2024-04-27T23:51:14+00:00"),
            (javascript(micros), "2024-04-27T23:51:14.801Z"),
            (whole(micros), "2024-04-27T23:51:14.000Z"),
            (spoken(micros, &chicago), "Saturday, April 27, 2024 6:51 PM"),
            (browser(micros, &chicago), "Sat Apr 27 2024 18:51:14 GMT-0500 (CDT)"),
        ] {
            assert_eq!(spelling, text);
        }
    }
}
