//! Why nothing may be known of an id, and what can be done about it.

use serde::de::DeserializeOwned;

use crate::{
    detect::outage::Outage,
    model::call::Call,
    watch::{
        Baseline,
        config::bad_id,
        explain::{Phrase, Sources},
        filter::judged,
        list::Sweep,
    },
};

pub(super) async fn reasons(sources: &Sources<'_>, id: &str) -> anyhow::Result<Vec<Phrase>> {
    if id.starts_with("evt_") || id.starts_with("dlv_") {
        return Ok(vec![Phrase::of("it may be mistyped, or older than what is kept")]);
    }
    if let Some(wrong) = bad_id(id) {
        return Ok(vec![Phrase::of(wrong)]);
    }
    let mut reasons = Vec::new();
    let mut answers = false;
    for account in sources.accounts.keys() {
        if sources.store.follows(account).await?.iter().any(|follow| follow.id == id && follow.wanted) {
            let says = "it was asked for with `ringback add` and is not taken up yet: is `ringback run` running?";
            return Ok(vec![Phrase::of(says)]);
        }
        let calls = sources.store.tally(account, id).await?.seen;
        if calls > 0 {
            let says = format!("{calls} calls of a batch of this id are known, but no watch follows the batch itself");
            reasons.push(Phrase::of(says));
        }
        let outage: Option<Outage> = note(sources, &format!("outage:{account}")).await?.flatten();
        match outage {
            Some(outage) => {
                let says = format!("account `{account}` cannot be read ({}) since", outage.reason);
                reasons.push(Phrase::at(says, outage.since));
            }
            None => answers = true,
        }
        reasons.extend(limits(sources, account).await?);
    }
    let accounts: Vec<String> = sources.accounts.keys().map(|name| format!("`{name}`")).collect();
    reasons
        .push(Phrase::of(format!("the id may be mistyped, or belong to another account than {}", accounts.join(", "))));
    if answers {
        reasons.push(Phrase::of(format!("`ringback add {id}` has it followed and told, whenever it ended")));
    }
    Ok(reasons)
}

/// What the watches on an account's list do not see.
async fn limits(sources: &Sources<'_>, account: &str) -> anyhow::Result<Vec<Phrase>> {
    let mut limits = Vec::new();
    let all = |watch: &&crate::watch::config::Config| watch.account() == account && watch.all_calls;
    for watch in sources.watches.iter().filter(all) {
        let name = &watch.name;
        let baseline: Option<Baseline> = note(sources, &format!("baseline:{account}:{name}")).await?;
        let filters: Vec<String> =
            judged(watch, &Call::default(), false).into_iter().map(|(filter, _)| filter).collect();
        let filters = if filters.is_empty() { String::new() } else { format!(" with {}", filters.join(", ")) };
        match baseline {
            Some(baseline) => {
                limits.push(Phrase::at(format!("watch `{name}` tells calls{filters} created from"), baseline.since));
            }
            None => limits.push(Phrase::of(format!("watch `{name}` has never been run: start `ringback run`"))),
        }
    }
    if limits.is_empty() {
        let says = format!("no watch follows all calls of account `{account}`, only those given by id or batch");
        limits.push(Phrase::of(says));
    } else if let Some(last) = note::<Sweep>(sources, &format!("sweep:{account}")).await?.and_then(|sweep| sweep.last) {
        limits.push(Phrase::at(format!("the list of account `{account}` was last read at"), last));
    }
    Ok(limits)
}

async fn note<T: DeserializeOwned>(sources: &Sources<'_>, key: &str) -> anyhow::Result<Option<T>> {
    Ok(sources.store.note(key).await?.and_then(|text| serde_json::from_str(&text).ok()))
}
