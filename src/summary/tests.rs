//! Invented calls of the shapes met on the phone: what must be told, and what must not.

use std::num::NonZeroUsize;

use crate::{
    model::call::{Call, Speaker, Turn},
    summary::{Summary, config::Config, summarize},
};

/// A call from lines such as `U: hello`; `U` is the person, `A` the agent, `X` an agent action.
pub(super) fn call(inbound: bool, script: &str) -> Call {
    let turn = |line: &str| {
        let (who, text) = line.trim().split_once(": ")?;
        let speaker = match who {
            "U" => Speaker::User,
            "A" => Speaker::Assistant,
            "X" => Speaker::Action,
            other => Speaker::Other(other.to_owned()),
        };
        Some(Turn { speaker, text: text.to_owned(), at: None })
    };
    Call {
        id: "c1".to_owned(),
        inbound: Some(inbound),
        transcript: script.lines().filter_map(turn).collect(),
        ..Call::default()
    }
}

fn told(inbound: bool, script: &str) -> Summary {
    let summary = summarize(&call(inbound, script), &Config::default()).expect("the call says something");
    println!("{}\n  {:?}", summary.text, details(&summary));
    summary
}

fn details(summary: &Summary) -> Vec<&str> {
    summary.details.iter().map(|detail| detail.text.as_str()).collect()
}

/// Checks the text for parts that must and must not stand in it, and the details as they are.
fn check(summary: &Summary, said: &[&str], unsaid: &[&str], expected: &[&str]) {
    for part in said {
        assert!(summary.text.contains(part), "{part:?} is missing in {:?}", summary.text);
    }
    for part in unsaid {
        let all = format!("{} {}", summary.text, details(summary).join(", "));
        assert!(!all.to_lowercase().contains(&part.to_lowercase()), "{part:?} stands in {all:?}");
    }
    assert_eq!(details(summary), expected, "{}", summary.text);
    assert!(summary.text.split_whitespace().count() <= Config::default().max_words.get());
}

#[test]
fn a_reminder_that_is_confirmed() {
    let summary = told(
        false,
        "U: Hello?
         A: Hi, this is Nora from Bright Smile Dental. I'm calling to remind you of your cleaning on Tuesday, May 12th at 9:30 AM with Dr. Osei. Can you still make it?
         U: Oh yes, I'll be there.
         A: Wonderful. Please arrive ten minutes early and bring your insurance card.
         U: Will do, thanks.
         A: Have a great day, goodbye!
         X: Ended call",
    );
    check(
        &summary,
        &["remind you of your cleaning on Tuesday, May 12th at 9:30 AM", "bring your insurance card"],
        &["Hello", "Nora", "great day", "Ended call"],
        &["Tuesday, May 12th at 9:30 AM", "Dr. Osei", "ten minutes"],
    );
}

#[test]
fn a_booking_whose_day_and_size_were_corrected() {
    let summary = told(
        true,
        "A: Thanks for calling Luigi's, this is Max, how can I help you?
         U: Hi, I'd like to book a table for four on Friday at seven.
         A: Sure. Let me check. We have a table at 7 on Friday.
         U: Oh wait, actually, make that Saturday, and we'll be six.
         A: No problem. So that's a table for six on Saturday at 7 PM. What name should I put it under?
         U: Ferrara.
         A: Perfect, you're all set, a table for six on Saturday at 7 PM under Ferrara. We'll text you a confirmation.
         U: Thanks, bye.",
    );
    check(
        &summary,
        &["book a table", "table for six on Saturday at 7 PM", "text you a confirmation"],
        &["Friday", "four", "Max", "Thanks for calling"],
        &["table for six", "Saturday at 7 PM", "Ferrara"],
    );
}

#[test]
fn an_offer_that_was_declined_is_not_told_as_agreed() {
    let summary = told(
        false,
        "U: Hello, this is Pat.
         A: Hi Pat, I'm calling from FiberNow about your internet plan. We have an upgrade to one gigabit for $89 a month, would you like that?
         U: No, that's too expensive.
         A: I understand. We could do $59 a month for the 500 plan?
         U: Hmm, okay, let's do that one.
         A: Great, I've switched you to the 500 plan at $59 a month starting June 1st.
         U: Thanks.",
    );
    check(
        &summary,
        &["about your internet plan", "switched you to the 500 plan at $59"],
        &["$89"],
        &["Pat", "$59 a month", "June 1st"],
    );
}

#[test]
fn an_appointment_that_was_moved_keeps_only_the_new_time() {
    let summary = told(
        true,
        "A: Good morning, Hillside Clinic, how can I help?
         U: Hi, I need to move my appointment from Monday at ten.
         A: Sure. I have Wednesday at 2 or Thursday at 11:15.
         U: Wednesday doesn't work for me. Thursday is fine.
         A: Okay, I've moved you to Thursday at 11:15. Anything else?
         U: No, that's all.",
    );
    check(
        &summary,
        &["move my appointment", "moved you to Thursday at 11:15"],
        &["Monday", "Wednesday", "ten"],
        &["Thursday at 11:15"],
    );
}

#[test]
fn a_message_on_a_machine_says_what_was_left() {
    let summary = told(
        false,
        "U: You've reached Sam Ito. I can't come to the phone, please leave a message after the tone.
         A: Hi Sam, this is Kim from City Garage. Your car is ready, the total is $412.50. Please call us back at 555-0142 before Friday.
         X: <Call ended due to voicemail detection>",
    );
    check(
        &summary,
        &["Voicemail message:", "car is ready", "call us back"],
        &["tone", "<Call"],
        &["$412.50", "555-0142", "Friday"],
    );
    let greeting = told(false, "U: Please leave a message after the beep.\nA: Hello, is this Sam?");
    check(&greeting, &["Voicemail greeting only, no message left."], &["beep"], &[]);
}

#[test]
fn the_parts_are_whole_sentences_with_their_speakers() {
    let summary = told(
        true,
        "A: Lotus Day Spa, this is Fern speaking, how may I help you?
         U: Hi Fern, I got a gift card and I'd like to use it for a massage.
         A: Saturday at noon or at three?
         U: Three on Saturday.
         A: Wonderful, I've booked you for Saturday at three, with Paulette. Please come fifteen minutes early.
         U: Thank you, bye bye.",
    );
    let parts = [&summary.purpose, &summary.outcome, &summary.next_step].map(|part| part.as_deref().unwrap_or("none"));
    assert_eq!(
        parts,
        [
            "Caller: I got a gift card and I'd like to use it for a massage.",
            "Agent: I've booked you for Saturday at three, with Paulette.",
            "Agent: Please come fifteen minutes early.",
        ]
    );
    let kinds: Vec<_> = summary.details.iter().map(|detail| (detail.kind.as_str(), detail.text.as_str())).collect();
    assert_eq!(kinds, [("date", "Saturday at three"), ("name", "Paulette"), ("quantity", "fifteen minutes")]);
}

#[test]
fn what_bland_knows_better_is_the_outcome() {
    let mut call = call(false, "A: Hi, it's Kim, I'm calling about your roof.\nU: I'm driving right now.");
    call.disposition = Some("CALL_BACK_SCHEDULED".to_owned());
    let outcome = |call: &Call| summarize(call, &Config::default()).and_then(|summary| summary.outcome);
    assert_eq!(outcome(&call).as_deref(), Some("Call back scheduled."));
    call.transferred_to = Some("+15550100".to_owned());
    assert_eq!(outcome(&call).as_deref(), Some("Transferred to +15550100."));
}

#[test]
fn a_wrong_number_is_the_outcome() {
    let summary = told(
        false,
        "U: Yeah?
         A: Hello, am I speaking with Dana? I'm calling about your order from Plant Barn.
         U: There's no Dana here. You have the wrong number.
         A: I'm sorry about that, I'll remove this number from our list. Goodbye.",
    );
    check(&summary, &["calling about your order", "You have the wrong number"], &["Goodbye", "Yeah"], &["Dana"]);
}

#[test]
fn a_transfer_is_claimed_only_when_proven() {
    let script = "U: Hi, my card was charged twice for the March invoice.
         A: I'm sorry to hear that. Let me get you to billing.
         X: Transferring to: +15550100";
    let mut transferred = call(true, script);
    let attempt = summarize(&transferred, &Config::default()).expect("a summary");
    check(&attempt, &["charged twice for the March invoice", "Transfer attempted."], &["5550100"], &[]);
    transferred.transferred_to = Some("+15550100".to_owned());
    let proven = summarize(&transferred, &Config::default()).expect("a summary");
    assert!(proven.text.ends_with("Call transferred."), "{}", proven.text);
}

#[test]
fn a_cancellation_with_a_spelled_code_and_a_spoken_amount() {
    let summary = told(
        true,
        "A: Hello, how may I help you today?
         U: Um, I want to cancel my order please. The order number is B as in boy, four, double two, nine.
         A: Thank you. So that's B4229, correct?
         U: Yes.
         A: Okay, your order has been cancelled. The refund of forty-five dollars and ninety-nine cents will be on your card within five business days.
         U: Great, thanks a lot.
         A: You're welcome. Bye!",
    );
    check(
        &summary,
        &[
            "I want to cancel my order",
            "our order has been cancelled",
            "refund of forty-five dollars and ninety-nine cents",
        ],
        &["welcome", "how may I help"],
        &["B4229", "$45.99", "five business days"],
    );
}

#[test]
fn a_transcript_without_punctuation_is_still_cut_and_told() {
    let summary = told(
        true,
        "A: hello thanks for calling rapid plumbing how can i help
         U: hi yes my kitchen sink is leaking and there is water all over the floor and i need somebody to come out today if you can
         A: okay i can have a technician there today at 4 pm does that work
         U: yes that works
         A: great we will see you today at 4 pm the call out fee is 85 dollars",
    );
    check(
        &summary,
        &["y kitchen sink is leaking", "today at 4 pm"],
        &["thanks for calling"],
        &["today at 4 pm", "$85"],
    );
}

#[test]
fn side_talk_does_not_hide_the_business_of_a_long_call() {
    let chat = [
        "U: My dog keeps barking, sorry, it's been like that since my kids got back from vacation.",
        "A: No worries, dogs will be dogs.",
        "U: The weather has been crazy too, we had snow in April, can you believe that?",
        "A: Oh wow, that is something.",
        "U: And my neighbour's football games on the weekend, you wouldn't believe the noise.",
        "A: Haha, I can imagine.",
    ]
    .join("\n")
    .repeat(30)
    .replace("noise.A", "noise.\nA")
    .replace("imagine.U", "imagine.\nU");
    let script = format!(
        "A: Hello, how can I help?\nU: I'm calling because my heating has stopped working.\n{chat}\nA: So about your heating, I can send a technician on Thursday between 8 and 10.\nU: Thursday is great.\nA: Okay, you're booked for Thursday between 8 and 10. Your reference number is HX-2281.\nU: Thank you.\nA: Bye now."
    );
    let summary = told(true, &script);
    check(
        &summary,
        &["my heating has stopped working", "booked for Thursday between 8 and 10", "HX-2281"],
        &["how can I help", "Bye now", "dog", "weather"],
        &["Thursday between 8 and 10", "HX-2281"],
    );
}

#[test]
fn a_short_answer_that_carries_the_result_is_told_with_its_question() {
    let summary = told(
        false,
        "A: Hi, this is Ray from Peak Hotels with a quick survey about your stay. On a scale of one to ten, how likely are you to recommend us?
         U: Oh, probably a nine.
         A: Great. And what could we do better?
         U: The wifi was slow.
         A: Thank you for your time. Goodbye.",
    );
    check(
        &summary,
        &["how likely are you to recommend us? Person: Probably a nine.", "The wifi was slow."],
        &["Goodbye"],
        &[],
    );
}

#[test]
fn a_call_without_business_says_so_and_an_empty_one_says_nothing() {
    assert_eq!(told(false, "U: Hello?\nA: Hi there!\nU: Hello?").text, "No conversation.");
    for script in ["", "X: Ended call", "U: …\nA: --", "A:  FINISH"] {
        assert_eq!(summarize(&call(false, script), &Config::default()), None, "{script}");
    }
}

#[test]
fn blands_own_summary_comes_first_and_details_come_along() {
    let mut call = call(false, "A: Can we visit on Friday at noon?\nU: Yes, Friday at noon.");
    call.summary = Some("  They agreed on a visit. \n".to_owned());
    let summary = summarize(&call, &Config::default()).expect("a summary");
    assert_eq!((summary.text.as_str(), summary.source), ("They agreed on a visit.", "bland"));
    assert_eq!(details(&summary), ["Friday at noon"]);
    call.summary = Some(" ".to_owned());
    assert_eq!(summarize(&call, &Config::default()).map(|summary| summary.source), Some("extract"));
}

#[test]
fn the_agents_last_words_may_stand_in_the_action() {
    let summary = told(
        false,
        "U: Hey, it's Alex. What's up?
         A: Hi! It's Robin, calling to reschedule your appointment tomorrow. Is now a good time?
         U: Sure! Can we still fit it in this week though?
         A: Absolutely! I have a few openings. What time works best for you?
         U: How about tomorrow at 3pm?
         X: Ended call: Perfect! Be on the lookout for a confirmation email with your new appointment time, and have a great day!",
    );
    check(
        &summary,
        &["alling to reschedule your appointment", "tomorrow at 3pm", "lookout for a confirmation email"],
        &["Ended call", "What's up"],
        &["tomorrow at 3pm"],
    );
}

#[test]
fn other_languages_are_told_by_their_leading_sentences() {
    let summary = told(
        true,
        "A: Guten Tag, Praxis Sommer, was kann ich für Sie tun?
         U: Ich möchte meinen Termin am Donnerstag absagen, weil mein Auto kaputt ist.
         A: Kein Problem, der Termin ist gestrichen.
         U: Vielen Dank und auf Wiederhören.",
    );
    check(&summary, &["Termin am Donnerstag absagen", "Termin ist gestrichen"], &["Guten Tag"], &["Donnerstag"]);
    let chinese = told(true, "A: 您好，请问有什么可以帮您？\nU: 我想取消星期五的预约。\nA: 好的，已经取消了。");
    check(&chinese, &["我想取消星期五的预约。"], &[], &[]);
}

#[test]
fn a_hostile_turn_costs_little_and_breaks_nothing() {
    for text in [
        "x".repeat(5_000_000),
        "a ".repeat(2_500_000),
        "١٢,".repeat(100_000),
        "é\u{301}".repeat(1_000_000),
        "?!. ".repeat(500_000),
    ] {
        let call = call(true, &format!("U: {text}\nA: Okay."));
        if let Some(summary) = summarize(&call, &Config::default()) {
            assert!(summary.text.chars().count() < 1_000);
        }
    }
}

#[test]
fn a_budget_of_ten_words_is_kept_and_spent_on_the_outcome() {
    let config = Config { max_words: NonZeroUsize::new(10).expect("not zero"), ..Config::default() };
    let call = call(
        true,
        "U: I'd like to cancel my gym membership please.\nA: Okay, your membership is now cancelled.\nU: Thanks.",
    );
    assert_eq!(summarize(&call, &config).expect("a summary").text, "Agent: Your membership is now cancelled.");
}

#[test]
fn a_debt_paid_in_parts_keeps_the_parts_that_were_agreed() {
    let summary = told(
        false,
        "A: Hello, this is Maya over at Northlake Credit. Am I speaking with Mr. Brenner?
         U: Yeah this is him.
         A: I'm reaching out because your account shows a past due balance of two hundred and eighteen dollars and forty cents. Are you able to take care of that today?
         U: I can't do all of it today. I got laid off last month.
         A: I'm sorry to hear that. Would a payment of one hundred dollars today work?
         U: No, I can't do a hundred. Maybe fifty.
         A: Okay, we can do fifty dollars today and the rest on the fifteenth?
         U: The fifteenth is too early. I get paid on the twenty-second.
         A: That's fine. So fifty dollars today, and the remaining one sixty-eight forty on the twenty-second. Is that right?
         U: Yes, that's right.",
    );
    check(
        &summary,
        &["past due balance", "remaining one sixty-eight forty on the twenty-second"],
        &["Maya", "fifteenth", "$100", "one hundred"],
        &["Mr. Brenner", "$50", "168.40", "the twenty-second"],
    );
}

#[test]
fn an_agent_that_books_for_a_customer_tells_what_the_place_confirmed() {
    let summary = told(
        false,
        "U: Bella Notte, good evening.
         A: Good evening! I'm calling on behalf of a customer to make a dinner reservation.
         U: Sure, for what day?
         A: This Saturday at 7:30 PM for five people.
         U: Saturday seven thirty is full. I have six fifteen or eight forty-five.
         A: Eight forty-five works.
         U: Okay, name?
         A: Delgado.
         U: And a phone number?
         A: 312-555-0188.
         U: Alright, five people, Saturday at eight forty-five for Delgado. See you then.",
    );
    check(
        &summary,
        &["to make a dinner reservation", "ive people, Saturday at eight forty-five for Delgado"],
        &["7:30", "seven thirty"],
        &["Delgado", "312-555-0188", "five people", "Saturday at eight forty-five"],
    );
}
