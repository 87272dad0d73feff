//! Values as people say them on the phone: "three thirty PM", "twenty-four fifty", "A, three, nine".

/// A value in one of its spoken forms; an unknown form leaves it as it is.
pub(super) fn form(value: &str, form: &str) -> String {
    match form {
        "words" => words(value),
        "spelled" => spelled(value),
        "lower" => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

/// All the ways in which a value may be written down, parted by `|`.
pub(super) fn ways(value: &str) -> String {
    let mut ways = vec![value.to_owned()];
    for form in [words(value), spelled(value).replace(',', "")] {
        let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
        let apt = !form.contains(' ') || form.starts_with(|c: char| c.is_lowercase()) || letters < 12;
        if apt && !ways.contains(&form) {
            ways.push(form);
        }
    }
    if let Some(cents) = value.strip_prefix('$').and_then(|amount| amount.split_once('.')) {
        let (whole, part) = (cents.0.parse().map(number), cents.1.parse().map(number));
        if let (Ok(whole), Ok(part)) = (whole, part) {
            ways.push(format!("{whole} dollars and {part} cents"));
        }
    }
    // The half of the day often goes without saying.
    let halves: Vec<String> = ways
        .iter()
        .filter_map(|way| way.strip_suffix(" AM").or_else(|| way.strip_suffix(" PM")))
        .flat_map(|hour| [Some(hour.to_owned()), hour.strip_suffix(":00").map(str::to_owned)])
        .flatten()
        .collect();
    ways.extend(halves);
    ways.join("|")
}

/// `14` as `14th`.
pub(super) fn ordinal(day: u32) -> String {
    let suffix = match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{suffix}")
}

/// Amounts (`$24.50`), times (`3:30 PM`) and plain numbers; everything else stays.
fn words(value: &str) -> String {
    if let Some((dollars, cents)) = value.strip_prefix('$').and_then(|amount| amount.split_once('.')) {
        return match (dollars.parse(), cents.parse()) {
            (Ok(dollars), Ok(0)) => format!("{} dollars", number(dollars)),
            (Ok(dollars), Ok(cents)) => format!("{} {}", number(dollars), number(cents)),
            _ => value.to_owned(),
        };
    }
    if let Some(((hour, minute), half)) =
        value.split_once(' ').and_then(|(time, half)| Some((time.split_once(':')?, half)))
    {
        return match (hour.parse(), minute.parse()) {
            (Ok(hour), Ok(0)) => format!("{} {half}", number(hour)),
            (Ok(hour), Ok(minute)) => format!("{} {} {half}", number(hour), number(minute)),
            _ => value.to_owned(),
        };
    }
    value.parse().map_or_else(|_| value.to_owned(), number)
}

/// Letter by letter and digit by digit; hyphens become pauses.
fn spelled(value: &str) -> String {
    let said: Vec<_> = value
        .chars()
        .filter_map(|c| match c.to_digit(10) {
            Some(digit) => Some(number(digit)),
            None => c.is_alphabetic().then(|| c.to_uppercase().to_string()),
        })
        .collect();
    said.join(", ")
}

/// Whole numbers below ten thousand; larger ones keep their digits.
fn number(n: u32) -> String {
    const SMALL: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    match n {
        0..20 => SMALL[n as usize].to_owned(),
        20..100 if n.is_multiple_of(10) => TENS[n as usize / 10 - 2].to_owned(),
        20..100 => format!("{}-{}", TENS[n as usize / 10 - 2], SMALL[n as usize % 10]),
        100..1_000 if n.is_multiple_of(100) => format!("{} hundred", SMALL[n as usize / 100]),
        100..1_000 => format!("{} hundred {}", SMALL[n as usize / 100], number(n % 100)),
        1_000..10_000 if n.is_multiple_of(1_000) => format!("{} thousand", SMALL[n as usize / 1_000]),
        1_000..10_000 => format!("{} thousand {}", SMALL[n as usize / 1_000], number(n % 1_000)),
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_as_people_say_them() {
        for (value, form_of, said) in [
            ("$24.50", "words", "twenty-four fifty"),
            ("$180.00", "words", "one hundred eighty dollars"),
            ("3:30 PM", "words", "three thirty PM"),
            ("11:00 AM", "words", "eleven AM"),
            ("4312", "words", "four thousand three hundred twelve"),
            ("Thursday", "words", "Thursday"),
            ("A39K", "spelled", "A, three, nine, K"),
            ("415-555-0142", "spelled", "four, one, five, five, five, five, zero, one, four, two"),
            ("Nadia", "lower", "nadia"),
            ("Nadia", "", "Nadia"),
        ] {
            assert_eq!(form(value, form_of), said);
        }
    }
}
