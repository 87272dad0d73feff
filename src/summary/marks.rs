//! What kind of sentence something is, by fixed phrases of English phone calls.

use std::sync::LazyLock;

use regex::Regex;

/// The kinds of sentence that are told apart; a sentence may be of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mark {
    Greeting,
    Closing,
    /// Only "yes", "okay", "I see" and the like.
    BackChannel,
    /// Who is speaking, how are you, is now a good time.
    Opener,
    Purpose,
    Intent,
    /// Something was done or refused: the result of the call.
    Done,
    /// Someone will do something, or asks the other to.
    Promise,
    /// Reads back what was agreed.
    Confirm,
    /// Puts right what was said before.
    Correction,
    Offer,
    /// What was named is not possible or not wanted.
    Unavailable,
    /// States what is so: a price, a balance, a date.
    Fact,
    AnythingElse,
    FirstPerson,
    SecondPerson,
    Negation,
    When,
    SideTalk,
    /// A question, where the transcriber may have left out the mark.
    Question,
    /// "I can transfer you", "let me check": work in progress that says nothing of the result.
    Working,
}

/// In the order of `Mark`.
const PATTERNS: [&str; 21] = [
    r"^\W*(hello|hi|hey|good (morning|afternoon|evening|day)|welcome|greetings)\b|\b(how (can|may) i (help|assist)|speaking|how are you|nice to meet|what can i do for you)\b",
    r"\b(thanks?|thank you|thx|bye|goodbye|have a (nice|great|good|lovely|wonderful|safe)|you'?re welcome|no problem|my pleasure|anything else|take care|glad (to|i|we)|happy to help|enjoy|cheers|welcome)\b|\bsee you( later| soon)?\W*$",
    r"^\W*((oh|ah|um+|uh+|hmm+|mm+|mhm|uh huh|well|so|and|but|ok(ay)?|yes|yeah|yep|yup|no|nope|sure|right|alright|all right|really|great|good|nice|cool|perfect|exactly|correct|absolutely|definitely|certainly|of course|i see|got it|gotcha|sounds (good|great)|that'?s (right|great|good|fine|ok|okay|it|all|correct|perfect)|that works|not at all|fine|wow|that is something|haha|lol|please|thanks|thank you|go ahead|one (moment|second|sec)|just a (moment|second|sec|minute)|let me (see|check)|sorry|pardon|excuse me|hold on|wonderful|excellent|awesome|understood|no worries|sir|ma'am|it is|i am|i do|speaking)\W*)+$",
    r"\b(this is|my name is|my name's|it's|you've reached|you're (speaking|talking) (with|to)|thank(s| you) for (calling|reaching|contacting|holding|waiting|choosing)|am i (speaking|talking)|(may|can|could) i (speak|talk) (to|with)|is this|good time|can you hear me|how are you|how's it going|how you doing|how are things|doing (well|good|great|fine|today|okay)|how (can|may) (i|we) (help|assist)|what can i (do|help)|help you( with)? today|call (is|may be|will be) (being )?(recorded|monitored)|recorded line|(virtual|ai|automated|digital) (assistant|agent)|who('s| is| am i) (this|calling|speaking)|who is it|what's up|give you a call|catch you)\b|\b(have|got|spare) (a|two|five|a few|a couple of|a quick) (minutes?|seconds?|moment|sec)\b",
    r"\b(calling|reaching out|following up|phoning|ringing|call(ed)?) (you |in |today |back )*(about|to|because|regarding|in regards?|for|with regard|concerning)\b|\bon behalf of .{3,40} (to|about|because|regarding)\b|\b(keeps?|kept) \w+ing\b|\bwhere('s| is) my\b|\bsupposed to (be|arrive|come)\b|\b(haven't|never) (got|gotten|received)\b|\b(quick|short|few|three|two|couple of) (survey|questions?|poll)\b|\b(died|won't (start|connect|turn|drain|open|charge))\b|\b(lost|charged|double charged) (my|me)\b|\b(is|went|gone|'s) (out|dead|leaking|down|green)\b|\breason (for|i'm|i am|why)\b|\b(i|we)('d| would) (like|love) (to|a|an|some)\b|\b(i|we) (really |just )?(want|need|wanted|needed|have to|was hoping|were hoping|was wondering)\b|\b(i'm|we're|i am|we are|was) (looking|trying|hoping|wondering)\b|\blooking (for|to)\b|\b(problem|issue|trouble|question|concern) (with|about)\b|\b(isn't|not|stopped|never) (work(ing)?|arriv(e|ed)|show(ed)?|receiv(e|ed)|get(ting)?)\b|\b(remind|let) you (of|about|know|that)\b|\b(has|have|needs?) to (be )?(mov|resched|cancel|chang)|\b(can|could|may) i (book|make|get|order|schedule|cancel|change|move|reschedule)\b|\bmy .{2,30} (is|was|has been|were|are) (broken|down|late|missing|wrong|leaking|damaged|not)\b",
    r"\b(i|we)('d| would) (like|love|prefer)|\b(i|we) (really )?(want|need|wanted|needed|have to|was hoping|am hoping)\b|\blooking (for|to)\b|\bcalling (about|because|to|for|regarding|in)\b|\b(can|could|may) (i|you|we)\b|\bwould you\b|\btrying to\b|\binterested in\b|\bwondering\b|\bhow (do|can) i\b|\bis (it|there) (possible|any|a)\b|\bdo you (have|know)\b",
    r"\b(i|we|you)('ve| have|'re| are)?( now| just| already| successfully| all| gone ahead and| got you)* ?(been )?(moved|booked|scheduled|rescheduled|cancel+ed|confirmed|reserved|refunded|transferred|updated|submitted|processed|placed|issued|approved|resolved|registered|enrolled|signed up|put you (down|through|in)|put in|noted|set up|credited|waived|removed|marked)\b|\b(i|we) have (sent|added|ordered|changed|opened|created|fixed)\b|\b(i|we)'ve (sent|added|ordered|changed|opened|created|fixed|got (you|that|it) (down|in|as|set))\b|\b(is|are|was|were|been|you're|all|it's|that's|get|got) (now |all |already )?(booked|scheduled|rescheduled|cancel+ed|confirmed|reserved|refunded|transferred|set|set up|successful|approved|resolved|fixed|done|complete[d]?|declined|submitted|registered|in the system|on the books|taken care of|good to go|sold out|fully booked)\b|\b(reference|confirmation|order|tracking|case|ticket|booking) (number|code|id)( for \w+)? (is|will be|:)|\b(not interested|stop calling|remove me|take me off|do not call|don't call|no longer|changed my mind|wrong (number|person)|nobody (here )?by that name|no one (here )?by that name|doesn't (work|live) here|i'll pass|not going to (be able|happen|make)|won't be (able|coming|needing)|decided (to|not|against)|i'll (take|go with)|we'll (take|go with)|let's (go with|do it|stick|keep|leave)|can't help|unable to|we don't (do|offer|carry|have)|(didn't|did not|doesn't|does not|won't|will not) go through|already (paid|took|have|did|done|been|switched|cancel+ed))\b|\b(see|have|got|expecting) you (down )?(on|at|for|in|then|next|tomorrow|mon|tues|wed|thurs?|fri|sat|sun)|\b(please|just|yes,?|go ahead and) cancel\b|\bi'm good\b|\bno thank(s| you)\b|\b(we|i) think we'll\b|\b(we have|need|have) to (talk|think) (about it|it over)\b|\bpart(ed)? ways\b|\byou'?ve got a deal\b|\b(i|we)('ll| will) (take|do|go with) (the|it|that|both|one|two|\d)",
    r"\b(i|we|someone|somebody|they|he|she|you|it|(a|the|our|your) [a-z]+)('ll| will|'re going to|'s going to|'m going to| am going to| are going to| is going to)( \w+ly| also| then| just)? (call|email|e-mail|text|send|get back|follow|transfer|be in touch|reach|contact|come|receive|get|need to|arrive|be there|be here|stop by|drop|pick|bring|check|let you know|be sent|be shipped|have (someone|somebody|him|her|them|it)|put|give|pay|ask|talk|see|be|ship|mail|refund|process|look|think|try|forward|pass)\b|\b(i'll|we'll|you'll|he'll|she'll|they'll) \w+\b.*\b(by|on|at|tomorrow|tonight|later|when|once|within|before|after|in (a|the|one|two|three|\d))\b|\bsee you (on|at|then|next|tomorrow|mon|tues|wed|thur|fri|sat|sun)|\bcall (me|us|you|him|her|them|back)( back)? (at|on|in|later|tomorrow|after|around|next|mon|tues|wed|thur|fri|when)|\b(can|could) (you|we) (call|email|text|send)( \w+)? (back|me|us|it)\b|\bplease (bring|arrive|come|park|fill|leave|wear|take|let|give|don't|avoid|drink|show|use|sign|mail|text|ask|pay|plan|allow|stop|contact|print|read|download|upload|reply|confirm|call|email|reply|send|have|make sure|keep|remember|return|visit|check)\b|\b(make|be) sure (to|you)\b|\bdon't forget\b|\blook ?out for\b|\bexpect (a|an|the|your|it|to hear)\b|\bbring (your|a|the)\b|\bget back to (you|me|us)\b|\bon (its|the|their|his|her) way\b|\bwill be (sent|emailed|mailed|texted|there|waiting)\b",
    r"\b(to confirm|confirming|let me (just )?(confirm|repeat|read)|so (that's|that is|that'll be|we have|i have|it's|you're|we're|you want|you'd like)|i have you (down )?|i've got you|you're (all set|booked|confirmed|down|scheduled)|all set|is that (right|correct|okay)|(does that )?sounds? (right|good)\?|just to (confirm|recap|be clear)|to recap|in summary|your (new )?(appointment|reservation|booking|delivery|order|visit|table) (is|will be)|we'll see you|see you (on|at|then|tomorrow|next|mon|tues|wed|thur|fri|sat|sun)|put you down|marked you|looking forward to|pencil(ed)? you in|(got|have) you (down|in)|you got it|in the book)\b|, (correct|right)\?|\b(it is|then)[.,!]*$|\bthen,? please\b",
    r"\b(actually|instead|rather|make (it|that)|change (it|that)|switch|i mean[t]?|i said|sorry,? (not|no|it's|i|that's|make)|wait|correction|scratch that|on second thought|let's (do|say|make)|no,? (it's|it is|that's|not|make|the)|not .{1,20},? (it's|but)|push (it|that)|move (it|that)|moved|extended|changed|corrected|switched|bumped|reschedul(e|ed|ing)|move (my|the|our)|changed my mind|never ?mind|my mistake|misspoke|better)\b",
    r"\b(how about|what about|would .{1,40} work|does .{1,40} (work|suit)|do you want|would you (like|prefer|be)|could (you|we) do|can (you|we) do|i (can|could) (do|offer|get|fit|squeeze)|we (can|could) (do|offer|get|fit)|(i|we) have (an? )?(opening|slot|availability|something|space)|(is|are|there's|there is) .{0,30}(available|open|free)|available (on|at|are)|openings?|options?|either|or (would|do|maybe|how)|are you free|shall (i|we)|should (i|we)|can you make|we also (have|offer)|there's also|\b(i|we|she|he)('ve got|'s got| have| has| got) .{0,30}\b(monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|at|or|on the|left)\b|\b(next|first|soonest|earliest|last|only) (one|thing|slot|time|opening|appointment|available|i|we|dr\.?)\b|\b(could|can) (see|take|fit|get|squeeze|send|pencil) (you|someone|somebody)\b|\b(works?|suits?) (better|best|for you)\b|special(s)? (on|is)|upgrade|for an (extra|additional)|interested in)\b",
    r"\b(doesn't|does not|don't|won't|wouldn't|will not|isn't|not) (work|suit|available|going to work|good|free|possible|open|be able|do)\b|\b(can't|cannot|can not|couldn't|unable to) (do|make|come|be there|fit|get|offer|go)\b|\b(fully|all) booked|\bbooked (up|out|solid)|\bsold out|\bno (openings?|availability|tables?|slots?|rooms?)\b|\bnothing (available|open|on|at|before|until)\b|\b(too|bit|little) (early|late|expensive|much|high|soon|long|far|pricey|steep)\b|\b(ridiculous|crazy|outrageous|insane|way more|no way|too much|a lot of money|robbery)\b|\b(is|are|am|i'm|we're) (busy|closed|taken|gone|full)\b|\binstead of\b|\brather than\b|\bno longer\b|\bnot on\b|\b(full|slammed|swamped|packed|tight) ?(till|until|on|that|$|,)|\banything (else|later|earlier|sooner|cheaper|closer|better)\b|\b(a bit|a little|anything|something|bit) (later|earlier|cheaper|sooner)\b|\bi'd rather\b|\bso that's out\b|\bdon't like\b|\bskip (it|that|the)\b|\b(is|isn't) ?n?o?t? below\b|\bdon't need\b|\bdon't want\b|\bout of town\b",
    r"\b(total|balance|cost|costs|price|fee|charge|rate|bill|amount|due|owe|deposit|refund|comes to|come to|address is|located|number is|code is|email is|appointment (is|on|at|for)|order (is|number)|scheduled for|expires|starts|begins|arrives|departs|delivered)\b",
    r"\b(anything|something) else\b|\bany (other|more|further) questions?\b|\bis that (all|everything)\b|\bhelp you with today\b",
    r"\b(i|my|me|mine|i'm|i've|i'd|i'll|we|our|us)\b",
    r"\b(you|your|yours|you're|you'll)\b",
    r"\b(not|no|never|nothing|none)\b|n't\b",
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(january|february|march|april|june|july|august|september|october|november|december)\b|\b(today|tonight|tomorrow|yesterday|morning|afternoon|evening|noon|midnight|weekend|week|weeks|month|months|year|years|hours?|minutes?|o'?clock)\b|\b\d{1,2}(:\d\d)? ?(am|pm|a\.m|p\.m)\b|\b\d{1,2}:\d\d\b",
    r"\b(weather|sunny|raining|snow(ing)?|the (dog|cat|kids|game)|my (dog|cat|kids?|son|daughter|husband|wife|mom|mother)('s)? (is|was|just|has|loves?|keeps?|plays?|starts?|barking)|traffic|vacation|holiday|your (weekend|day|accent)|watching|funny|laugh|haha|coffee|lunch|football|baseball|crazy|barking|anyway|by the way|you sound|long day|can you believe|busy (day|week|morning)|hang on|hold on|speaking of|beautiful|where are you from|are you (a )?(robot|real|human|ai)|sorry about (that|the noise)|doorbell|in the background|take your time|no rush|small world|puppy|neighbor's|grand(son|daughter|kids)|did you (see|watch)|unbelievable|no kidding|tell me about it|how funny|bless (you|him|her)|god bless)\b",
    r"\?\W*$|^\W*(so |and |but |okay |ok |well |um |uh |oh )*(can|could|would|will|do|does|did|is|are|was|were|what|when|where|which|who|why|how|may|shall|should|have you|has|am i|any)\b",
    r"^\W*(okay |ok |sure |alright |great |yes |so |and |well |now |um )*,?\W*(let me|i'll (just )?(check|look|pull|see|need|go ahead|take a look|get that)|one moment|just a moment|bear with|give me (a|one)|hold on|hang on|i can (help|do that|certainly|definitely)|i'd be happy|happy to|i understand|i'm (so |very )?sorry|i apologi[sz]e|no worries|i appreciate|i hear you|good question|may i have|could i (get|have)|can i (get|have) your|what's your|may i ask)\b",
];

// One expression each: a `RegexSet` of all overflows the matcher's cache and is ten times slower.
static EXPRESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| PATTERNS.iter().map(|pattern| compile(pattern)).collect());

/// ASCII classes keep the matcher fast on accented text too.
fn compile(pattern: &str) -> Regex {
    let ascii = pattern.replace(r"\b", r"(?-u:\b)").replace(r"\W", "[^a-z0-9_]").replace(r"\w", "[a-z0-9_]");
    Regex::new(&format!("(?i){ascii}")).expect("the patterns are valid constants")
}

/// The marks of one sentence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u32);

impl Marks {
    pub(super) fn of(sentence: &str) -> Self {
        let found = EXPRESSIONS.iter().enumerate().filter(|(_, expression)| expression.is_match(sentence));
        Self(found.fold(0, |marks, (at, _)| marks | 1 << at))
    }

    pub(super) fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u8) != 0
    }

    pub(super) fn add(&mut self, mark: Mark) {
        self.0 |= 1 << mark as u8;
    }

    pub(super) fn any(self, marks: &[Mark]) -> bool {
        marks.iter().any(|mark| self.has(*mark))
    }
}

/// What an agent says it has done: "I've frozen your membership".
static DEED: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"\b(i|we)('ve| have|'ll| will| just)( \w+ly| just| now| also| already| gone ahead and)? (\w+ed|put|set|sent|made|taken|frozen|given|written|cut|left) (your|you|it|that|the|a|an|one|this|him|her|them|both|of|for|in|to|on|out|up|policy|order|booking|two|three|four|another|everything|all)\b|\b(done|all set|all done|you're set|got it set)\b|\b(issuing|sending|marking|booking|cancel+ing|stopping|crediting|moving|switching|blocking) (it|you|your|the|that|this|a)\b|\b(was|were|has been|have been|is being|are being) (sent|booked|moved|reversed|refunded|waived|credited|switched|extended|frozen|blocked|filed)\b",
    )
});

pub(super) fn tells_of_a_deed(sentence: &str) -> bool {
    const NOT: &[&str] = &[
        "i've looked",
        "i've checked",
        "i have checked",
        "i've tried",
        "i've called",
        "we've missed",
        "i just wanted",
        "i just need",
    ];
    let lower = sentence.to_ascii_lowercase();
    DEED.is_match(sentence) && !sentence.ends_with('?') && !NOT.iter().any(|phrase| lower.contains(phrase))
}

/// Asks for what only proves who somebody is.
pub(super) fn verifies(sentence: &str) -> bool {
    const PROOFS: &[&str] = &[
        "date of birth",
        "birth date",
        "birthdate",
        "social security",
        "last four digits",
        "security question",
        "mother's maiden",
    ];
    let lower = sentence.to_ascii_lowercase();
    PROOFS.iter().any(|proof| lower.contains(proof))
}

/// Whether a phrase of the sentence says that what it names is off the table.
pub(super) fn is_unavailable(clause: &str) -> bool {
    EXPRESSIONS.get(Mark::Unavailable as usize).is_some_and(|expression| expression.is_match(clause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_have_their_marks() {
        for (text, mark) in [
            ("Hi there!", Mark::Greeting),
            ("Thanks, goodbye.", Mark::Closing),
            ("Okay, sounds good.", Mark::BackChannel),
            ("This is Ana from the clinic.", Mark::Opener),
            ("I'm calling about my bill.", Mark::Purpose),
            ("could I get a table", Mark::Intent),
            ("You're all booked for Friday.", Mark::Done),
            ("We'll text you the address.", Mark::Promise),
            ("So that's two rooms, correct?", Mark::Confirm),
            ("Actually, make it three.", Mark::Correction),
            ("How about Tuesday?", Mark::Offer),
            ("Tuesday doesn't work.", Mark::Unavailable),
            ("The total comes to $20.", Mark::Fact),
            ("Is there anything else?", Mark::AnythingElse),
            ("I know", Mark::FirstPerson),
            ("your call", Mark::SecondPerson),
            ("it isn't", Mark::Negation),
            ("on Monday", Mark::When),
            ("my dog is barking", Mark::SideTalk),
            ("can you come by", Mark::Question),
            ("Let me check that.", Mark::Working),
        ] {
            assert!(Marks::of(text).has(mark), "{text} is not {mark:?}");
        }
        assert_eq!(Mark::Working as usize + 1, PATTERNS.len());
        assert!(!Marks::of("The pipe in the kitchen leaks.").any(&[Mark::BackChannel, Mark::Done, Mark::Greeting]));
    }
}
