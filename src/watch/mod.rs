//! Watching: reads one account, remembers what was seen, and turns changes into events and
//! deliveries, both written in one transaction.
//!
//! [`Watcher::poll_once`] is the whole of it: follows asked for, the account's list, batches, then
//! single looks. It never sleeps; what the request budget does not allow waits for the next poll.

pub mod audit;
pub mod config;
pub mod explain;
pub mod live;
pub mod pruning;
pub mod tell;

mod batches;
mod calls;
mod filter;
mod follows;
mod history;
mod list;
mod sight;
mod subject;
mod written;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    bland::{
        client::Client,
        config::{Api, Config as Account},
    },
    detect::{call::Rules, outage::Outage},
    event::{id::derived, kind::Kind},
    llm,
    store::{
        Store,
        records::{Change, Committed},
    },
    watch::{
        config::{Batches, Config},
        list::Sweep,
        sight::Sight,
        tell::Teller,
    },
};

/// Oddities that are said once each, and no more than this many.
const SAID: usize = 100;
/// The longest until the next look while Bland asks for a pause.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(30);
/// So many finished calls in a row without `answered_by`, and it is no longer waited for.
const DETECTION_OFF: u32 = 20;

/// Follows one account for all the watches on it.
#[derive(Debug)]
pub struct Watcher {
    account: String,
    settings: Account,
    client: Client,
    store: Store,
    watches: Vec<Config>,
    teller: Arc<Teller>,
    llm: Option<Arc<llm::Client>>,
    state: Option<State>,
}

/// What a watcher keeps in memory between polls; all of it can be rebuilt from the store.
#[derive(Debug)]
struct State {
    /// Finished calls in a row without an `answered_by`.
    unanswered: u32,
    /// Nothing can be read.
    outage: Option<Outage>,
    /// Not enough can be read.
    behind: Option<Outage>,
    sweep: Sweep,
    /// Hashes of ids and rows already dealt with, so that an unchanged row costs no query.
    rows: HashMap<u64, i64>,
    /// Whether rows of this account carry `status`; Bland's documentation does not promise it.
    rows_have_status: bool,
    baselines: HashMap<String, Baseline>,
    /// When each batch's own record is to be read again.
    batch_looks: HashMap<String, Timestamp>,
    /// What has been said once in the log.
    said: HashSet<String>,
    /// Whether the ids of the config have been taken up.
    configured: bool,
    /// Until when Bland last asked for a pause, as far as it is written down.
    pause: Option<Timestamp>,
}

/// Where a watch on all calls or all batches began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Baseline {
    /// The first start. What is created later is told.
    at: Timestamp,
    /// The first sweep read everything created since then; what turns up later is new.
    from: Timestamp,
    /// Also told: what was created since then. Equal to `at` without `since`.
    since: Timestamp,
    done: bool,
}

/// What a poll did and when the next is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polled {
    pub next: Timestamp,
    pub told: Committed,
    /// Everything that was to be read in this poll was read.
    pub complete: bool,
    /// All lists were read to their end, and no ended call waits too long for its details.
    pub current: bool,
    /// An outage has been told and is not over.
    pub failing: bool,
}

impl Watcher {
    pub fn new(
        account: &str,
        settings: &Account,
        watches: Vec<Config>,
        store: Store,
        teller: Arc<Teller>,
        llm: Option<Arc<llm::Client>>,
    ) -> anyhow::Result<Self> {
        let client = Client::new(settings)?;
        Ok(Self {
            account: account.to_owned(),
            settings: settings.clone(),
            client,
            store,
            watches,
            teller,
            llm,
            state: None,
        })
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    /// How often the account is read.
    pub fn every(&self) -> Duration {
        self.settings.poll_interval.std()
    }

    /// Goes on where an earlier watcher stopped, if it had the same key: requests that it made count.
    pub fn inherit(&mut self, earlier: &Self) {
        let key = |watcher: &Self| watcher.settings.api_key.as_ref().map(|key| key.expose().to_owned());
        if self.settings.base_url == earlier.settings.base_url && key(self) == key(earlier) {
            self.client.inherit(&earlier.client);
        }
    }

    /// Reads what is due and commits what changed. Errors are those of the store; Bland's errors
    /// are events.
    pub async fn poll_once(&mut self, now: Timestamp) -> anyhow::Result<Polled> {
        let mut state = match self.state.take() {
            Some(state) => state,
            None => self.recall(now).await?,
        };
        let mut sight = Sight::default();
        let result = self.look(&mut state, &mut sight, now).await;
        let polled = match result {
            Ok(()) => match self.keep_pause(&mut state, &sight, now).await {
                Ok(()) => self.conclude(&mut state, sight, now).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        self.state = Some(state);
        polled
    }

    /// Writes down until when Bland wants nothing, so that a restart does not ask before.
    async fn keep_pause(&self, state: &mut State, sight: &Sight, now: Timestamp) -> anyhow::Result<()> {
        let asked = sight.pause().filter(|until| state.pause != Some(*until));
        let Some(until) = asked else { return Ok(()) };
        let change = Change { notes: vec![(self.pause_key(), pack(&until))], ..Change::default() };
        self.store.commit(&change, now).await?;
        state.pause = Some(until);
        Ok(())
    }

    /// A pause is for a key at a place; another one need not wait.
    fn pause_key(&self) -> String {
        let key = self.settings.api_key.as_ref().map_or("", |key| key.expose());
        let place: String = derived("at", &[self.settings.base_url.as_str(), key]).chars().skip(3).take(6).collect();
        self.key(&format!("pause {place}"))
    }

    async fn look(&self, state: &mut State, sight: &mut Sight, now: Timestamp) -> anyhow::Result<()> {
        self.take_up_follows(state, sight, now).await?;
        if !sight.may_go_on() {
            sight.list_skipped();
        } else if self.reads_list() {
            self.sweep(state, sight, now).await?;
        }
        if sight.may_go_on() {
            self.look_at_batches(state, sight, now).await?;
        }
        if sight.may_go_on() {
            self.look_at_calls(state, sight, now).await?;
        }
        Ok(())
    }

    async fn next_poll(&self, state: &State, sight: &Sight, now: Timestamp) -> anyhow::Result<Timestamp> {
        let every = self.settings.poll_interval.signed();
        if let Some(until) = sight.until {
            // During a long pause nothing is sent, but each look counts as one that saw nothing, so
            // that being blind is told.
            let until = until.min(after(now, LONGEST_REST));
            return Ok(until.max(after(now, SignedDuration::from_millis(50))));
        }
        if let Some(outage) = &state.outage {
            // Twice as long after each failure, up to six intervals: a minute by default.
            let doubled = i32::try_from(outage.failures.min(4)).unwrap_or(4) - 1;
            return Ok(after(now, every * 2_i32.pow(doubled.unsigned_abs()).min(6)));
        }
        let single = self.store.next_look(&self.account).await?.map(|look| look.max(after(now, every / 4)));
        // A follow asked for by another process is found within one interval too.
        let regular = after(now, every);
        Ok(single.map_or(regular, |single| single.min(regular)))
    }

    fn reads_list(&self) -> bool {
        self.settings.api == Api::V1 && self.watches.iter().any(|watch| watch.all_calls)
    }

    fn rules(&self, state: &State) -> Rules {
        Rules {
            settle: self.settings.settle,
            stuck_after: self.settings.stuck_after,
            // The legacy API never tells who answered.
            await_answer: self.settings.api == Api::V1 && state.unanswered < DETECTION_OFF,
        }
    }

    /// Whether an end, or a correction, of a call with these watches can reach anyone.
    fn end_is_wanted(&self, watches: &[String]) -> bool {
        [Kind::CallCompleted, Kind::CallFailed, Kind::CallCorrected]
            .into_iter()
            .any(|kind| self.teller.router.wants(kind, watches))
    }

    fn key(&self, what: &str) -> String {
        format!("{what}:{}", self.account)
    }

    /// Rebuilds the state from the store; on the very first start, writes down where each watch begins.
    async fn recall(&self, now: Timestamp) -> anyhow::Result<State> {
        let mut state = State {
            unanswered: self.recalled(&self.key("unanswered")).await?.unwrap_or(0),
            outage: self.recalled(&self.key("outage")).await?.flatten(),
            behind: self.recalled(&self.key("behind")).await?.flatten(),
            sweep: self.recalled(&self.key("sweep")).await?.unwrap_or_default(),
            rows: HashMap::new(),
            rows_have_status: false,
            baselines: HashMap::new(),
            batch_looks: HashMap::new(),
            said: HashSet::new(),
            configured: false,
            pause: self.recalled(&self.pause_key()).await?,
        };
        if let Some(until) = state.pause.filter(|until| *until > now) {
            self.client.pause(until, now);
        }
        let mut change = Change::default();
        for watch in self.watches.iter().filter(|watch| watch.all_calls || watch.batches == Batches::All) {
            let key = format!("baseline:{}:{}", self.account, watch.name);
            let baseline = match self.recalled(&key).await? {
                Some(baseline) => baseline,
                None => {
                    let baseline = Baseline::new(watch, now);
                    change.notes.push((key, pack(&baseline)));
                    baseline
                }
            };
            state.baselines.insert(watch.name.clone(), baseline);
        }
        self.store.commit(&change, now).await?;
        Ok(state)
    }

    async fn recalled<T: DeserializeOwned>(&self, key: &str) -> anyhow::Result<Option<T>> {
        Ok(self.store.note(key).await?.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

impl Baseline {
    fn new(watch: &Config, now: Timestamp) -> Self {
        // A call lasts 12 hours at the most (Bland's limit for max_duration), so a day shows every
        // live call that was not placed for a later date.
        let window = SignedDuration::from_hours(24);
        let since = watch.since.map_or(SignedDuration::ZERO, |since| since.signed());
        let back = |by: SignedDuration| now.saturating_sub(by).unwrap_or(Timestamp::MIN);
        Self { at: now, from: back(window.max(since)), since: back(since), done: false }
    }

    /// Whether a call that was over before it was first seen, or that was only remembered so far,
    /// is news.
    fn announces(&self, created: Option<Timestamp>, new: bool) -> bool {
        let Some(created) = created else { return new && self.done };
        if new {
            created >= self.since || (self.done && created >= self.from)
        } else {
            !self.done && created >= self.since
        }
    }
}

impl State {
    /// Whether something is said for the first time.
    fn says(&mut self, what: &str) -> bool {
        self.said.len() < SAID && self.said.insert(what.to_owned())
    }
}

fn after(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn pack<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("notes are plain data")
}

fn sum(a: Committed, b: Committed) -> Committed {
    Committed { events: a.events + b.events, deliveries: a.deliveries + b.deliveries }
}
