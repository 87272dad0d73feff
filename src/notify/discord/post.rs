//! One send to Discord: a message posted or changed, in the channel or in a thread.
//!
//! A form that Discord refuses is sent a second time as plain text, as the fact matters more than
//! its looks. What was posted in a thread has `THREAD/MESSAGE` as its id, else the message's alone.

use jiff::Timestamp;
use reqwest::Method;
use url::Url;

use crate::{
    notify::{
        Job, Pause, Payload, Post, Sent, Stop, Thread, ThreadNews, Verdict,
        discord::{
            Discord,
            answer::{self, Judged, Peculiar},
            body::Body,
            payload,
        },
        http::Answer,
    },
    route::form::Form,
};

/// What became of a change.
enum Changed {
    Done(Verdict),
    /// There is no such message any more, or it is not ours.
    Gone,
    /// Discord takes no more changes of this one for now.
    TooOften(Verdict),
}

impl Discord {
    pub(in crate::notify) async fn post(&self, payload: &Payload, job: &Job<'_>, post: &Post<'_>) -> Sent {
        let body = Body::of(payload);
        if let Some(id) = post.posted.filter(|_| post.form != Form::Message) {
            match (self.change(id, &body, job).await, post.form) {
                (Changed::Done(verdict), _) | (Changed::TooOften(verdict), Form::Edit) => return Sent::of(verdict),
                (Changed::Gone, Form::Edit) => return Sent::of(nothing_to_change()),
                (Changed::Gone, _) => {}
                // A card that stands still would lie, so that another takes its place.
                (Changed::TooOften(_), _) => self.remove(id, job.now).await,
            }
        }
        let body = match post.form {
            Form::Card => body.saying(payload::quietly(&body.json)),
            _ => body,
        };
        self.post_new(&body, job, post.thread).await
    }

    async fn change(&self, id: &str, body: &Body, job: &Job<'_>) -> Changed {
        let (thread, message) = apart(id);
        let url = self.route.message(thread, message);
        let Some(json) = payload::as_change(&body.json) else { return Changed::Gone };
        // The file that went with the message stays with it.
        let body = Body::alone(json);
        let answer = match self.ask(Method::PATCH, &url, Some(&body), job.now).await {
            Ok(answer) => answer,
            Err(verdict) => return Changed::Done(verdict),
        };
        let judged = answer::judge(&answer, &self.scrub.sent(&body.json));
        match (answer::peculiar(&answer), judged) {
            (Some(Peculiar::MessageGone), _) => Changed::Gone,
            // Without its thread the message is gone too; the channel itself is not.
            (Some(Peculiar::ThreadGone), _) if thread.is_some() => Changed::Gone,
            (Some(Peculiar::TooManyChanges), Judged::Final(verdict)) => Changed::TooOften(verdict),
            (_, Judged::Final(Verdict::Delivered { note, status, pause, .. })) => {
                let note = note.replacen("message", "changed message", 1);
                Changed::Done(Verdict::Delivered { note, status, pause, remote_id: Some(id.to_owned()) })
            }
            (_, Judged::Final(verdict)) => Changed::Done(verdict),
            (_, Judged::FormRefused(note, status)) => {
                Changed::Done(Verdict::Permanent { note, status, stop: Stop::No })
            }
        }
    }

    /// Nothing depends on it: what cannot be removed stays.
    async fn remove(&self, id: &str, now: Timestamp) {
        let (thread, message) = apart(id);
        if self.ask(Method::DELETE, &self.route.message(thread, message), None, now).await.is_err() {
            tracing::debug!("Could not remove a card that takes no more changes");
        }
    }

    async fn post_new(&self, body: &Body, job: &Job<'_>, thread: Thread<'_>) -> Sent {
        let (url, name) = match thread {
            Thread::None => (self.route.send().clone(), None),
            Thread::In(id) => (self.route.send_in(id), None),
            Thread::Open(name) => (self.route.send().clone(), Some(name.to_owned())),
        };
        let mut news = None;
        let mut sent = self.post_to(&url, body, name.as_deref(), job).await;
        match (&sent, thread) {
            (Ok((_, answer)), Thread::Open(_)) if answer::peculiar(answer) == Some(Peculiar::NoForum) => {
                news = Some(ThreadNews::Impossible(answer::refusal(answer)));
                sent = self.post_to(&url, body, None, job).await;
            }
            // In a forum each message begins a thread of its own, and a thread must have a name.
            (Ok((_, answer)), Thread::None) if answer::peculiar(answer) == Some(Peculiar::NeedsName) => {
                let name = payload::title(&body.json);
                sent = self.post_to(&url, body, Some(&name), job).await;
            }
            (Ok((_, answer)), Thread::In(id)) if answer::peculiar(answer) == Some(Peculiar::ThreadGone) => {
                return Sent {
                    verdict: lost(&self.scrub.note(&answer::refusal(answer)), answer),
                    thread: Some(ThreadNews::Lost(id.to_owned())),
                };
            }
            _ => {}
        }
        let (verdict, answer) = match sent {
            Ok(sent) => sent,
            Err(verdict) => return Sent { verdict, thread: news },
        };
        let opened = match thread {
            Thread::Open(_) if news.is_none() => answer::channel(&answer),
            _ => None,
        };
        let inside = opened.as_deref().or(if let Thread::In(id) = thread { Some(id) } else { None });
        let verdict = in_thread(verdict, inside);
        let news = opened.filter(|_| matches!(verdict, Verdict::Delivered { .. })).map(ThreadNews::Opened).or(news);
        Sent { verdict, thread: news }
    }

    /// Posts, and once more as plain text where Discord does not like the form.
    async fn post_to(
        &self,
        url: &Url,
        body: &Body,
        thread_name: Option<&str>,
        job: &Job<'_>,
    ) -> Result<(Verdict, Answer), Verdict> {
        let named = |name| body.saying(payload::with_thread_name(&body.json, name));
        let body = thread_name.map_or_else(|| body.clone(), named);
        let answer = self.ask(Method::POST, url, Some(&body), job.now).await?;
        let (refused, status) = match answer::judge(&answer, &self.scrub.sent(&body.json)) {
            Judged::Final(verdict) => return Ok((verdict, answer)),
            Judged::FormRefused(note, status) => (note, status),
        };
        let dead = |status| Verdict::Permanent { note: refused.clone(), status, stop: Stop::No };
        let Some(simple) = payload::as_plain_text(&body.json).map(Body::alone) else {
            return Ok((dead(status), answer));
        };
        let answer = self.ask(Method::POST, url, Some(&simple), job.now).await?;
        let verdict = match answer::judge(&answer, &self.scrub.sent(&simple.json)) {
            Judged::FormRefused(_, status) => dead(status),
            Judged::Final(Verdict::Delivered { status, remote_id, pause, .. }) => {
                let note = self.scrub.note(&format!("sent as plain text, as {refused}"));
                Verdict::Delivered { note, status, remote_id, pause }
            }
            Judged::Final(verdict) => verdict,
        };
        Ok((verdict, answer))
    }
}

fn nothing_to_change() -> Verdict {
    let note = "the message that it would change is no longer there".to_owned();
    Verdict::Delivered { note, status: None, remote_id: None, pause: None }
}

/// A thread that is gone or locked is no reason to give up: the next try opens another.
fn lost(note: &str, answer: &Answer) -> Verdict {
    let note = format!("its thread takes no more messages: {note}");
    Verdict::Retry { note, status: Some(answer.status), after: None, pause: Pause::No }
}

fn apart(id: &str) -> (Option<&str>, &str) {
    id.split_once('/').map_or((None, id), |(thread, message)| (Some(thread), message))
}

fn in_thread(verdict: Verdict, thread: Option<&str>) -> Verdict {
    match (verdict, thread) {
        (Verdict::Delivered { note, status, remote_id: Some(id), pause }, Some(thread)) => {
            Verdict::Delivered { note, status, remote_id: Some(format!("{thread}/{id}")), pause }
        }
        (other, _) => other,
    }
}
