//! What is hidden, how it looks then, and what stays.

use proptest::prelude::*;

use super::{
    mask::{Masker, Together, Turn},
    own::Numbers,
};

fn own() -> Numbers {
    Numbers::new(["+15551234567", "+4930123456", "88022"].into_iter())
}

fn masked(text: &str) -> String {
    let (own, others) = (own(), Numbers::default());
    Masker { own: &own, others: &others }.text(text, "")
}

/// A call in which nobody's number is known.
fn foreign(text: &str) -> String {
    let none = Numbers::default();
    Masker { own: &none, others: &none }.text(text, "")
}

fn talk(turns: &[(usize, &str)]) -> Vec<String> {
    let (own, others) = (own(), Numbers::default());
    let turns: Vec<Turn<'_>> = turns.iter().map(|(speaker, text)| Turn { text, speaker: *speaker }).collect();
    Masker { own: &own, others: &others }.turns(&turns, "", Together::Talk)
}

#[test]
fn the_calls_own_numbers_are_hidden_however_they_are_written() {
    for (text, hidden) in [
        ("call +15551234567 back", "call +1 ••• ••• 4567 back"),
        ("my number is 555-123-4567.", "my number is +1 ••• ••• 4567."),
        ("(555) 123 4567 or 5 5 5. 1 2 3. 4 5 6 7", "+1 ••• ••• 4567 or +1 ••• ••• 4567"),
        ("x15551234567y", "x+1 ••• ••• 4567y"),
        ("Berlin 030 123456", "Berlin +49 ••• 3456"),
        ("Berlin +49 (0)30 / 123456, 0049 30 123456", "Berlin +49 ••• 3456, +49 ••• 3456"),
        ("011 1 555.123.4567", "+1 ••• ••• 4567"),
        ("only 123-4567", "only +1 ••• ••• 4567"),
        ("５５５１２３４５６７ or ٥٥٥١٢٣٤٥٦٧ or ५५५ १२३ ४५६७", "+1 ••• ••• 4567 or +1 ••• ••• 4567 or +1 ••• ••• 4567"),
        ("5️⃣5️⃣5️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣", "+1 ••• ••• 4567\u{FE0F}\u{20E3}"),
        ("text 88022 or room 880221", "text ••• 22 or room 880221"),
    ] {
        assert_eq!(masked(text), hidden, "{text}");
    }
}

#[test]
fn the_calls_own_numbers_are_hidden_however_they_are_said() {
    for (text, hidden) in [
        ("It's five five five, one two three, four five six seven.", "It's +1 ••• ••• 4567."),
        ("plus one, triple five, one two three, four five six seven", "+1 ••• ••• 4567"),
        ("plus one triple five one two three four five six seven", "+1 ••• ••• 4567"),
        ("555 one two three 4567", "+1 ••• ••• 4567"),
        ("Five-five-five dash one-two-three dash four-five-six-seven", "+1 ••• ••• 4567"),
        ("five fifty-five, uh, one twenty-three, and then, um, forty-five sixty-seven", "+1 ••• ••• 4567"),
        ("five fifty five twelve thirty four five sixty seven", "+1 ••• ••• 4567"),
        ("five hundred fifty five, one two three, four thousand five hundred sixty seven", "+1 ••• ••• 4567"),
        (
            "five five five is the area code, then one two three, and at the end four five six seven",
            "••• is the area code, then •••, and at the end +1 ••• ••• 4567",
        ),
        ("fünf fünf fünf eins zwo drei vier fünf sechs sieben", "+1 ••• ••• 4567"),
        ("cinco cinco cinco uno dos tres cuatro cinco seis siete", "+1 ••• ••• 4567"),
        ("null drei null, zwölf, vierunddreißig, sechsundfünfzig", "+49 ••• 3456"),
        ("eight eight oh two two", "••• 22"),
        ("five five five one two, no, five five five one two three four five six seven", "•••, no, +1 ••• ••• 4567"),
    ] {
        assert_eq!(masked(text), hidden, "{text}");
    }
}

#[test]
fn a_number_said_over_several_turns_is_hidden_in_each() {
    let said = talk(&[
        (0, "What is your number?"),
        (1, "Five five five."),
        (0, "Okay."),
        (1, "One two three"),
        (0, "Mhm, go on, I am listening"),
        (1, "four five six seven. Thanks!"),
    ]);
    assert_eq!(
        said,
        ["What is your number?", "•••.", "Okay.", "•••", "Mhm, go on, I am listening", "+1 ••• ••• 4567. Thanks!"]
    );
    let echoed = talk(&[
        (1, "555"),
        (0, "five five five?"),
        (1, "yes, 123"),
        (0, "five five five, one two three. Right?"),
        (1, "and 4567 at 3 pm"),
        (0, "four five six seven at 3 pm."),
    ]);
    assert_eq!(
        echoed,
        ["•••", "•••?", "yes, •••", "•••. Right?", "and +1 ••• ••• 4567 at 3 pm", "+1 ••• ••• 4567 at 3 pm."]
    );
    let card = talk(&[
        (0, "And the card?"),
        (1, "four one one one"),
        (0, "okay"),
        (1, "1111 1111"),
        (0, "got it"),
        (1, "one one one one"),
    ]);
    assert_eq!(card, ["And the card?", "•••", "okay", "•••", "got it", "[card removed]"]);
}

#[test]
fn other_phone_numbers_keep_their_last_digits() {
    for (text, hidden) in [
        ("Account not allowed to call +15550100006", "Account not allowed to call +1 ••• ••• 0006"),
        ("try 555.010.0006 or 555 010 0007", "try ••• ••• 0006 or ••• ••• 0007"),
        ("555-987-6543 555-222-3333 555-444-5555", "••• ••• 6543 ••• ••• 3333 ••• ••• 5555"),
        ("her office, 555-0123, is closed", "her office, ••• 0123, is closed"),
        ("(212) 555-0188 ext 5", "••• ••• 0188 ext 5"),
        ("plus four four, two oh seven, nine four six, oh nine five eight", "+44 ••• ••• 0958"),
        ("two one two, five five five, oh one eight eight", "••• ••• 0188"),
        ("two one two uh five five five and then double oh eight eight", "••• ••• 0088"),
        ("0171 2345678", "••• ••• 5678"),
        ("null eins sieben eins zwei drei vier fünf sechs sieben acht", "••• ••• 5678"),
        ("06 12 34 56 78", "••• ••• 5678"),
        ("my cell is five five five oh one two three", "my cell is ••• 0123"),
        ("2125550188", "••• ••• 0188"),
        ("call 800-297-7500, 24/7, or 555-0123, 2 doors on", "call ••• ••• 7500, 24/7, or ••• 0123, 2 doors on"),
        ("it's 495-315-5910 one more time", "it's ••• ••• 5910 one more time"),
        ("from 00966 0114713812 today", "from ••• ••• 3812 today"),
        ("tel:+442079460958", "tel:+44 ••• ••• 0958"),
    ] {
        assert_eq!(foreign(text), hidden, "{text}");
    }
}

#[test]
fn cards_accounts_and_social_security_numbers_are_removed() {
    for (text, hidden) in [
        ("card 4111 1111 1111 1111, ssn 123-45-6789", "card [card removed], ssn [number removed]"),
        ("4111111111111111", "[card removed]"),
        ("it's 4111-1111-1111-1111 exp 12/27 cvv 123", "it's [card removed] exp [date removed] cvv [code removed]"),
        ("four one one one, one one one one, one one one one, one one one one", "[card removed]"),
        ("forty-one eleven eleven eleven eleven eleven eleven eleven", "[card removed]"),
        ("3782 822463 10005", "[card removed]"),
        (
            "four one triple one one one one one one one one one one one one, expires oh four twenty-seven, security code one two three",
            "[card removed], expires [date removed], security code [code removed]",
        ),
        ("1234 5678 1234 5678", "[number removed]"),
        ("card number 4111 1111 1111 1112", "card number [card removed]"),
        ("the social is one two three, forty five, six seven eight nine", "the social is [number removed]"),
        ("one two three, four five, six seven eight nine", "[number removed]"),
        (
            "my social security number: one two three four five six seven eight nine",
            "my social security number: [number removed]",
        ),
        ("SSN 123456789", "SSN [number removed]"),
        ("iban de89370400440532013000", "iban [account removed]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [account removed]."),
    ] {
        assert_eq!(foreign(text), hidden, "{text}");
    }
}

#[test]
fn addresses_keep_their_first_letter_and_domain() {
    for (text, hidden) in [
        ("write to john.smith@example.com.", "write to j•••@example.com."),
        ("<j@example.co.uk>", "<•••@example.co.uk>"),
        ("it's john dot smith at gmail dot com, thanks", "it's j•••@gmail.com, thanks"),
        ("John underscore smith at mail dot example dot co dot uk", "J•••@mail.example.co.uk".to_lowercase().as_str()),
        ("my email is mary at acme dot com", "my email is m•••@acme.com"),
        ("j o h n four two at sign example dot org", "j•••@example.org"),
        ("john smith at gmail.com", "j•••@gmail.com"),
        ("john [at] example [dot] com, john.smith (at) example.com", "j•••@example.com, j•••@example.com"),
        ("meine Mail: hans punkt müller ät web punkt de", "meine Mail: h•••@web.de"),
        ("mi correo es ana punto ruiz arroba ejemplo punto es", "mi correo es a•••@ejemplo.es"),
    ] {
        assert_eq!(foreign(text), hidden, "{text}");
    }
}

/// Everyday talk with digits in it that are nobody's number.
const HARMLESS: [&str; 96] = [
    "at 3 15 on 12 05 2024",
    "Monday the 3rd at 10:30",
    "from 10:30 to 11:45:12, room 12, zip 12345-6789",
    "that's 1,234,567 dollars",
    "it costs $1,250.00 or 0.933333333333333",
    "between $100-2000",
    "1.234.567,89 EUR",
    "twelve hundred dollars",
    "one hundred twenty three thousand four hundred fifty six dollars",
    "two thousand twenty four",
    "nineteen ninety nine",
    "the confirmation code is A 3 9 7",
    "code alpha three nine seven",
    "your code is 482913",
    "the code is four eight two nine one three",
    "confirmation number 48291375",
    "order 12345678",
    "order number 4829103847",
    "order number four eight two nine one zero three eight four seven",
    "tracking number 123456789013",
    "tracking number 9400 1118 9922 3197 4284 99",
    "1Z999AA10123456784",
    "snowflake 1234567890123456789",
    "2023-12-16T00:15:41Z",
    "2024-04-27T23:51:18.025251+00:00",
    "2023-12-16 00:15:41 and 2023-12-17",
    "c1234567-89ab-4def-8123-456789abcdef",
    "12345678-1234-1234-1234-123456789012",
    "AAcQq8zX1234567890xy-gen-batch",
    "71 seconds, 1 min 11 s",
    "epoch 1700000000 or 1700000000123",
    "born on 04/12/1987",
    "born 12.05.1987 in Berlin",
    "on the twelfth of May, nineteen eighty seven",
    "one two three four five six seven eight nine ten",
    "1 2 3 4 5 6 7 8 9 10",
    "ten nine eight seven six five four three two one",
    "count 10 20 30 40 50 60",
    "lottery 4 8 15 16 23 42",
    "in 2022, 2023, 2024 and 2025",
    "2021 2022 2023 2024",
    "rooms 101, 102, 103, 104",
    "between 100 and 200 and 300 people",
    "two people at three nights for four hundred",
    "one of the two, or three, or four of them",
    "I called once or twice, at five or six",
    "double trouble, triple play",
    "oh, one more thing",
    "oh no, oh well, oh okay",
    "the server 192.168.100.200 is down",
    "version 10.15.7 build 19H2026",
    "at 40.712776, -74.005974",
    "45.5 percent of 12,000",
    "between 9 and 5, Monday to Friday",
    "9 to 5, 24/7, 365 days",
    "flight 1234 at gate 22",
    "extension 4567",
    "room five oh two",
    "apartment 12 B, 1600 Pennsylvania Avenue, 20500",
    "the card ending in 4242",
    "the last four are 6789",
    "the last four of my social are six seven eight nine",
    "press 1 for sales, 2 for support, 3 for billing",
    "press one, then two, then three",
    "call me at noon, dot the i's",
    "meet at noon dot",
    "look at amazon dot com",
    "you can find us at acme dot com",
    "visit us at www.example.com",
    "book online at example.com",
    "@everyone @here",
    "email us at noon",
    "we are open at ten at the main site",
    "the dot com bubble",
    "I am at home at the moment",
    "um vier Uhr dreißig am zwölften",
    "acht bis zehn Leute, null Probleme",
    "zweihundert Euro und fünfzig Cent",
    "a las tres y cuarto, once personas",
    "dos o tres días, uno o dos",
    "10 am on 5/12 and 3 pm on 6/12",
    "100% of 50 calls in 30 minutes",
    "the train TR1600 leaves Cambridge at 20:11 and is there at 20:58",
    "2 separate orders 408-1929729-8238743 and 408-0714060-7645942",
    "pickup for 405-6829914-8372315 on 14-Oct between 10:00AM-1:00PM",
    "your SR no 1-137547480675 is resolved (1/2)",
    "invoice 2024-000123",
    "case 00012345",
    "ISBN 978-3-16",
    "the year 1984, chapter 12, page 345",
    "$5,551,234.00",
    "1234567890 dollars",
    "555 people and 4567 seats",
    "https://crm.example.com/contact/2125550188",
    "model X-1000-2000B",
    "ratio 3:1, score 21-17, 2-0",
];

#[test]
fn everyday_talk_stays_as_it_is() {
    for text in HARMLESS {
        assert_eq!(foreign(text), text);
        let own = Numbers::new(["+12675550143", "+442079460958"].into_iter());
        for (own, others) in [(&own, &Numbers::default()), (&Numbers::default(), &own)] {
            assert_eq!(Masker { own, others }.text(text, ""), text);
        }
    }
}

proptest! {
    #[test]
    fn no_way_of_writing_an_own_number_gets_through(
        before in "[a-z ]{0,8}", after in "[a-z ]{0,8}",
        gaps in proptest::collection::vec("[ .()/-]{0,2}", 10), country in prop_oneof![Just(""), Just("1"), Just("+1 ")],
    ) {
        let mut written = format!("{before}{country}");
        for (digit, gap) in "5551234567".chars().zip(&gaps) {
            written.push_str(gap);
            written.push(digit);
        }
        written.push_str(&after);
        let hidden = masked(&written);
        let left: String = hidden.chars().filter(char::is_ascii_digit).collect();
        prop_assert!(!left.contains("551234567"), "{} -> {}", written, hidden);
    }

    #[test]
    fn masking_never_panics_and_once_is_enough(
        text in "\\PC{0,60}",
        words in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..40),
        gap in proptest::sample::select(vec![" ", ", ", "", "-", ". ", "\n"]),
    ) {
        for text in [text, words.join(gap)] {
            let once = masked(&text);
            prop_assert_eq!(masked(&once), once.clone(), "{}", text);
            prop_assert_eq!(foreign(&foreign(&text)), foreign(&text), "{}", text);
        }
    }
}

/// What numbers and addresses are made of, and what masks are.
const PIECES: [&str; 44] = [
    "five",
    "one",
    "two",
    "three",
    "four",
    "six",
    "seven",
    "oh",
    "zero",
    "double",
    "triple",
    "twenty",
    "hundred",
    "thousand",
    "plus",
    "555",
    "123",
    "4567",
    "1",
    "0",
    "49",
    "30",
    "4111",
    "1111",
    "12345678",
    "uh",
    "okay",
    "and",
    "card",
    "social",
    "code",
    "phone",
    "at",
    "dot",
    "com",
    "john",
    "gmail",
    "@",
    "+",
    "(",
    "•••",
    "[card removed]",
    "cvv",
    "dollars",
];
