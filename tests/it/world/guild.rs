//! Discord's memory: messages that are posted, changed and deleted, in one channel and its threads.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::receiver::{Answer, Request};

/// The ids of messages and threads are counted up from here.
const FIRST: u64 = 1_100_000_000_000_000_001;

/// What Discord takes, form by form.
static FORMS: LazyLock<[(&str, Validator); 4]> = LazyLock::new(|| {
    let all: Value = serde_json::from_str(include_str!("../../schemas/discord.json")).unwrap();
    ["by_webhook", "by_bot", "change", "thread"].map(|form| {
        let schema = json!({ "$ref": format!("#/$defs/{form}"), "$defs": all["$defs"] });
        (form, jsonschema::validator_for(&schema).unwrap())
    })
});

/// Panics with what is wrong: a form that Discord would refuse is a mistake of ours.
fn check(form: &str, json: &Value) {
    let (_, validator) = FORMS.iter().find(|(name, _)| *name == form).unwrap();
    let flaws: Vec<String> =
        validator.iter_errors(json).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(flaws.is_empty(), "{form}: {flaws:#?}\n{json}");
    let embeds = json["embeds"].as_array().into_iter().flatten();
    let texts = embeds.flat_map(|embed| {
        let fields =
            embed["fields"].as_array().into_iter().flatten().flat_map(|field| [&field["name"], &field["value"]]);
        [&embed["title"], &embed["description"], &embed["footer"]["text"]].into_iter().chain(fields)
    });
    let sum: usize = texts.filter_map(Value::as_str).map(|text| text.encode_utf16().count()).sum();
    assert!(sum <= 6_000, "{form}: {sum} characters in all embeds");
}

/// One channel and all that is in it.
#[derive(Debug)]
pub(crate) struct Guild {
    /// A forum has no messages of its own, only threads.
    pub(crate) forum: bool,
    pub(crate) messages: Vec<Message>,
    pub(crate) threads: Vec<Thread>,
    next: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    /// The channel's id, or the thread's.
    pub(crate) channel: String,
    /// As it is shown now.
    pub(crate) json: Value,
    /// The text file that came with it.
    pub(crate) file: Option<String>,
    pub(crate) edits: usize,
    pub(crate) deleted: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Nobody can write any more.
    pub(crate) locked: bool,
}

impl Default for Guild {
    fn default() -> Self {
        Self { forum: false, messages: Vec::new(), threads: Vec::new(), next: FIRST }
    }
}

impl Guild {
    /// The messages that are there, oldest first: channel, title, number of edits.
    pub(crate) fn shown(&self) -> Vec<(String, String, usize)> {
        let there = self.messages.iter().filter(|message| !message.deleted);
        there.map(|message| (message.channel.clone(), message.title(), message.edits)).collect()
    }

    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
        let query = |name: &str| {
            let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
        };
        let inside = query("thread_id");
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", _) => Answer::status(200).json(&json!({ "id": "1", "name": "ops" })),
            ("POST", [.., "webhooks", _, _]) => {
                let answer = self.post(inside.as_deref().unwrap_or("77"), request, true);
                let waits = query("wait").is_some_and(|wait| wait == "true");
                if waits { answer } else { Answer::status(204) }
            }
            ("POST", [.., "channels", channel, "messages"]) => {
                let channel = (*channel).to_owned();
                self.post(&channel, request, false)
            }
            ("POST", [.., "channels", _, "threads"]) => self.open(None, request),
            ("POST", [.., "channels", _, "messages", id, "threads"]) => self.open(Some(id), request),
            ("PATCH", [.., "webhooks", _, _, "messages", id]) => self.change(id, inside.as_deref(), request),
            ("PATCH", [.., "channels", channel, "messages", id]) => self.change(id, Some(channel), request),
            ("DELETE", [.., "messages", id]) => {
                self.delete(id);
                Answer::status(204)
            }
            _ => refused(404, 0, "404: Not Found"),
        }
    }

    /// As somebody in the channel does.
    pub(crate) fn delete(&mut self, id: &str) {
        self.messages.iter_mut().filter(|message| message.id == id).for_each(|message| message.deleted = true);
    }

    fn post(&mut self, channel: &str, request: &Request, by_webhook: bool) -> Answer {
        let (mut json, file) = message(request);
        check(if by_webhook { "by_webhook" } else { "by_bot" }, &json);
        let name = json.as_object_mut().and_then(|json| json.remove("thread_name"));
        // Other channels are what a config names.
        let is_thread = channel.starts_with("1100");
        if is_thread {
            match self.threads.iter().find(|thread| thread.id == channel) {
                None => return refused(404, 10003, "Unknown Channel"),
                Some(thread) if thread.locked => return refused(400, 160_005, "Thread is locked"),
                Some(_) => {}
            }
        }
        let mut channel = channel.to_owned();
        match (name, by_webhook && self.forum && !is_thread) {
            (Some(Value::String(name)), true) => channel = self.thread(&name),
            (Some(_), false) => return refused(400, 220_003, "Webhooks can only create threads in forum channels"),
            (_, true) => {
                return refused(400, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id");
            }
            _ => {}
        }
        // Within some minutes the same author's same nonce is the same message.
        let nonce = json["nonce"].as_str().filter(|_| json["enforce_nonce"] == true);
        if let Some(same) =
            self.messages.iter().find(|message| nonce.is_some() && message.json["nonce"].as_str() == nonce)
        {
            return Answer::status(200).json(&json!({ "id": same.id, "channel_id": same.channel }));
        }
        let id = self.id();
        let answer = json!({ "id": id, "channel_id": channel });
        self.messages.push(Message { id, channel, json, file, edits: 0, deleted: false });
        Answer::status(200).json(&answer)
    }

    fn open(&mut self, message: Option<&str>, request: &Request) -> Answer {
        let json: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        check("thread", &json);
        let name = json["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() || name.encode_utf16().count() > 100 {
            return refused(400, 50035, "Invalid Form Body");
        }
        let id = match message {
            None => self.thread(&name),
            Some(id) if !self.messages.iter().any(|message| message.id == id && !message.deleted) => {
                return refused(404, 10008, "Unknown Message");
            }
            Some(id) if self.threads.iter().any(|thread| thread.id == id) => {
                return refused(400, 160_004, "A thread has already been created for this message");
            }
            Some(id) => {
                self.threads.push(Thread { id: id.to_owned(), name, locked: false });
                id.to_owned()
            }
        };
        Answer::status(201).json(&json!({ "id": id, "type": 11 }))
    }

    fn change(&mut self, id: &str, channel: Option<&str>, request: &Request) -> Answer {
        let there = |message: &&mut Message| {
            message.id == id && !message.deleted && channel.is_none_or(|channel| channel == message.channel)
        };
        let json: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        check("change", &json);
        match self.messages.iter_mut().find(there) {
            None => refused(404, 10008, "Unknown Message"),
            Some(message) => {
                message.json = json;
                message.edits += 1;
                Answer::status(200).json(&json!({ "id": id, "channel_id": message.channel }))
            }
        }
    }

    fn thread(&mut self, name: &str) -> String {
        let id = self.id();
        self.threads.push(Thread { id: id.clone(), name: name.to_owned(), locked: false });
        id
    }

    fn id(&mut self) -> String {
        self.next += 1;
        (self.next - 1).to_string()
    }
}

impl Message {
    pub(crate) fn title(&self) -> String {
        self.json["embeds"][0]["title"].as_str().unwrap_or_default().to_owned()
    }
}

/// The message of a request, and the file that comes with it: as JSON alone, or in a form.
fn message(request: &Request) -> (Value, Option<String>) {
    let kind = request.header("content-type").unwrap_or_default();
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let Some((_, boundary)) = kind.split_once("multipart/form-data; boundary=") else {
        return (serde_json::from_str(&text).unwrap_or_default(), None);
    };
    let part = |name: &str| {
        let wanted = format!("name=\"{name}\"");
        let part = text.split(&format!("--{boundary}")).find(|part| part.contains(&wanted))?;
        Some(part.split_once("\r\n\r\n")?.1.trim_end_matches("\r\n").to_owned())
    };
    (part("payload_json").and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(), part("files[0]"))
}

fn refused(status: u16, code: u64, message: &str) -> Answer {
    Answer::status(status).json(&json!({ "code": code, "message": message }))
}
