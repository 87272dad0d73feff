//! What a simulated account is like: how many calls, how they end, and how it answers.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    model::secret::Secret,
    simulate::{
        ending::Ending,
        faults::{NotFound, Rule},
    },
};

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same seed and the same clock give the same bytes.
    pub seed: u64,
    /// Calls outside batches: the first five are there at once, the others arrive one by one.
    pub calls: u32,
    /// The number of calls of each batch; all batches are created at the start, every third of them by the v1 API.
    pub batches: Vec<u32>,
    /// Divides every wait. Durations that records state stay as they were.
    pub speed: f64,
    /// The only key that is let in; none lets everybody in.
    pub api_key: Option<Secret>,
    pub account: Account,
    /// Answers gone wrong.
    pub faults: Vec<Rule>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            calls: 0,
            batches: Vec::new(),
            speed: 1.0,
            api_key: None,
            account: Account::default(),
            faults: Vec::new(),
        }
    }
}

impl Options {
    /// Takes over what a faults file says: `[account]` replaces the account, `[[rules]]` are added.
    ///
    /// ```toml
    /// [account]
    /// page_cap = 100
    /// total_count = false
    ///
    /// [[rules]]
    /// path = "/v1/calls"                 # glob over the path; `method = "GET"` narrows it
    /// after = 3                          # lets the first three pass,
    /// every = 2                          # then strikes every second time,
    /// times = 5                          # and no more than five times in all
    /// # probability = 0.1                # by chance, decided by seed and count
    /// answer = { status = { code = 429, retry_after = 7 } }
    ///
    /// [[rules]]
    /// path = "/v1/calls/*"
    /// answer = "reset"
    /// ```
    pub fn read_faults(&mut self, file: &str) -> Result<(), toml::de::Error> {
        let file: FaultsFile = toml::from_str(file)?;
        self.account = file.account.unwrap_or_else(|| self.account.clone());
        self.faults.extend(file.rules);
        Ok(())
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FaultsFile {
    account: Option<Account>,
    rules: Vec<Rule>,
}

/// How this account differs from another; accounts of Bland's differ in all of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// Off: `answered_by` stays null for ever, as in many real accounts.
    pub detection: bool,
    /// Calls have a `recording_url` some time after their end.
    pub recording: bool,
    /// Now and then a word is spelt another way: `Complete`, `no_answer`, `cancelled`, `machine`.
    pub spelling_varies: bool,
    /// What the rows of `GET /v1/calls` hold.
    pub rows: Rows,
    /// Lists say how many calls there are in all.
    pub total_count: bool,
    /// Pages are never longer than this, whatever `limit` says.
    pub page_cap: Option<usize>,
    /// Each page but the first repeats this many rows of the one before.
    pub overlap: usize,
    /// How an unknown call id is answered.
    pub not_found: NotFound,
    /// Mean seconds between two loose calls.
    pub call_every: f64,
    /// Shares of the endings; they need not add up to 100.
    pub mix: BTreeMap<Ending, u32>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            detection: true,
            recording: true,
            spelling_varies: true,
            rows: Rows::Usual,
            total_count: true,
            page_cap: None,
            overlap: 0,
            not_found: NotFound::Envelope,
            call_every: 12.0,
            mix: Ending::MIX.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// The fields that the documentation names, and no others.
    Documented,
    /// With `status`, `inbound`, `max_duration` and the like, as rows are in practice.
    Usual,
    /// With `variables`, `summary`, tags and transfers too: some kilobytes a row.
    Heavy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faults_file_can_name_every_kind_and_change_the_account() {
        let answers = [
            "{ status = { code = 429, retry_after = 7 } }",
            "{ status = { code = 500, body = '<h1>' } }",
            "{ error_in_200 = {} }",
            "{ not_found = 'soft' }",
            "{ slow = { millis = 20 } }",
            "'truncated'",
            "'reset'",
            "{ huge = { bytes = 9 } }",
            "{ bad_row = {} }",
            "'duplicate_rows'",
            "{ shift = { rows = -1 } }",
        ];
        let rules = answers.map(|answer| format!("[[rules]]\nanswer = {answer}\n")).concat();
        let mut options = Options::default();
        options.read_faults(&format!("[account]\ndetection = false\nmix = {{ stuck = 1 }}\n{rules}")).unwrap();
        assert_eq!(options.faults.len(), answers.len());
        assert!(!options.account.detection);
        assert_eq!(options.account.mix, [(Ending::Stuck, 1)].into());
    }

    #[test]
    fn a_mistake_in_a_faults_file_is_named_with_its_place() {
        let file = "[[rules]]\nanswer = 'reset'\ntime = 2\n";
        let error = Options::default().read_faults(file).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("`time`") && error.contains("`times`"), "{error}");
    }
}
