//! Kill points: the moments of an exchange at which a kill can be asked for, and the trap that holds the world there.

use std::{fmt, sync::Mutex};

use tokio::sync::{oneshot, watch};

/// What is asked of the world, or told to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    List,
    Details,
    Batch,
    Webhook,
    Bundle,
    Slack,
    Discord,
    MailFrom,
    MailTo,
    MailData,
    /// The text of a mail, up to the final dot.
    MailText,
}

/// How far the exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The request was read whole; nothing of the answer was written.
    Asked,
    /// Half of the answer was written.
    Half,
    /// The answer was written whole.
    Answered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) place: Place,
    pub(crate) step: Step,
}

impl Point {
    /// In the order of a call's way through the program.
    pub(crate) const ALL: [Self; 24] = {
        use Place::{Batch, Bundle, Details, Discord, List, MailData, MailFrom, MailText, MailTo, Slack, Webhook};
        use Step::{Answered, Asked, Half};
        [
            Self::at(List, Asked),
            Self::at(List, Half),
            Self::at(List, Answered),
            Self::at(Batch, Asked),
            Self::at(Batch, Half),
            Self::at(Batch, Answered),
            Self::at(Details, Asked),
            Self::at(Details, Half),
            Self::at(Details, Answered),
            Self::at(Webhook, Asked),
            Self::at(Webhook, Half),
            Self::at(Webhook, Answered),
            Self::at(Bundle, Asked),
            Self::at(Bundle, Answered),
            Self::at(Slack, Asked),
            Self::at(Slack, Answered),
            Self::at(Discord, Asked),
            Self::at(Discord, Half),
            Self::at(Discord, Answered),
            Self::at(MailFrom, Asked),
            Self::at(MailTo, Asked),
            Self::at(MailData, Asked),
            Self::at(MailText, Asked),
            Self::at(MailText, Answered),
        ]
    };

    /// After these answers the program has something to write down.
    pub(crate) const BEFORE_WRITES: [Self; 7] = [
        Self::at(Place::List, Step::Answered),
        Self::at(Place::Batch, Step::Answered),
        Self::at(Place::Details, Step::Answered),
        Self::at(Place::Webhook, Step::Answered),
        Self::at(Place::Slack, Step::Answered),
        Self::at(Place::Discord, Step::Answered),
        Self::at(Place::MailText, Step::Answered),
    ];

    pub(crate) const fn at(place: Place, step: Step) -> Self {
        Self { place, step }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Place::List => "Bland's list",
            Place::Details => "details of a call",
            Place::Batch => "batches and rows",
            Place::Webhook => "webhook",
            Place::Bundle => "second webhook",
            Place::Slack => "Slack",
            Place::Discord => "Discord",
            Place::MailFrom => "mail, MAIL FROM",
            Place::MailTo => "mail, RCPT TO",
            Place::MailData => "mail, DATA",
            Place::MailText => "mail, final dot",
        };
        let step = match self.step {
            Step::Asked => "before the answer",
            Step::Half => "within the answer",
            Step::Answered => "after the answer",
        };
        write!(f, "{place}: {step}")
    }
}

/// Holds the first exchange that comes to the point it is set for, until the kill is over. What has
/// been answered goes on.
#[derive(Debug, Default)]
pub(crate) struct Trap {
    set: Mutex<Option<Set>>,
    kills: watch::Sender<u64>,
}

#[derive(Debug)]
struct Set {
    point: Point,
    replica: usize,
    /// So many exchanges get past it first.
    passes: u32,
    sprung: oneshot::Sender<()>,
}

impl Trap {
    /// Resolves when an exchange of the replica has come to the point.
    pub(crate) fn set(&self, point: Point, replica: usize, passes: u32) -> oneshot::Receiver<()> {
        let (sprung, springs) = oneshot::channel();
        *self.set.lock().unwrap() = Some(Set { point, replica, passes, sprung });
        springs
    }

    /// The kill is over: nothing is waited for, and what was held ends.
    pub(crate) fn release(&self) {
        *self.set.lock().unwrap() = None;
        self.kills.send_modify(|kills| *kills += 1);
    }

    /// Goes through, or is held; None once the process at the other end has been killed.
    pub(crate) async fn pass(&self, place: Place, step: Step, replica: usize) -> Option<()> {
        let mut kills = self.kills.subscribe();
        let Some(caught) = self.catch(Point::at(place, step), replica) else { return Some(()) };
        caught.sprung.send(()).unwrap_or_default();
        if step == Step::Answered {
            return Some(());
        }
        drop(kills.changed().await);
        None
    }

    fn catch(&self, point: Point, replica: usize) -> Option<Set> {
        let mut set = self.set.lock().unwrap();
        let waiting = set.as_mut().filter(|set| set.point == point && set.replica == replica)?;
        if waiting.passes == 0 {
            return set.take();
        }
        waiting.passes -= 1;
        None
    }
}
