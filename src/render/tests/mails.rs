//! What the mails' layouts say beyond the message: the period before, the rest of the calls.

use std::collections::BTreeMap;

use handlebars::Context;
use insta::assert_snapshot;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{now, renderer, view};
use crate::{
    event::{kind::Kind, sample::sample},
    model::outcome::Outcome,
    render::{context, engine::Engine, output::Output, privacy::Privacy},
};

/// The line of a digest's mail that tells of the period before.
fn against(layout: &str, previous: Value) -> Option<String> {
    let event = sample(Kind::Digest, now());
    let mut data = context::of_event(&event, view(Privacy::Masked));
    data["digest"]["previous"] = previous;
    let message = renderer().message(&event, view(Privacy::Masked)).message;
    context::add_message(&mut data, &message, &BTreeMap::new());
    let laid = renderer().layout_in(layout, &Context::from(data)).unwrap();
    assert_eq!(laid.trouble, None);
    laid.text.lines().find(|line| line.contains("period before")).map(str::to_owned)
}

#[test]
fn a_digest_is_compared_with_the_period_before_where_there_was_one() {
    let before = |calls: u64, failed: u64| json!({ "calls": calls, "total": calls, "outcomes": { "failed": failed } });
    let told =
        [before(34, 5), before(50, 2), before(38, 0)].map(|previous| against("email.txt.hbs", previous).unwrap());
    assert_snapshot!(told.join("\n"), @"
    Against the period before: +12% calls (34 then), 3 fewer failed.
    Against the period before: −24% calls (50 then), as many failed.
    Against the period before: ±0% calls (38 then), 2 more failed.
    ");
    assert_snapshot!(against("email.html.hbs", before(34, 5)).unwrap(), @r#"<tr><td class="pad"><p>Against the period before: <strong>+12%</strong> calls (34 then), <strong>3 fewer</strong> failed.</p></td></tr>"#);
    for nothing in [Value::Null, before(0, 0)] {
        assert_eq!((against("email.txt.hbs", nothing.clone()), against("email.html.hbs", nothing)), (None, None));
    }
}

#[test]
fn the_dots_in_the_table_have_the_colours_of_the_messages() {
    let mut engine = Engine::new(&TimeZone::UTC);
    let sheet = include_str!("../../../templates/layouts/email.html.hbs");
    for outcome in Outcome::ALL {
        let template = format!("{{{{outcome \"{outcome}\" \"color\"}}}}");
        assert_eq!(engine.add(Output::Text, "color", &template), []);
        let color = engine.render(Output::Text, "color", &Context::from(Value::Null)).unwrap();
        let rule = format!(".{outcome} {{ color: {}; }}", color.to_lowercase());
        assert!(sheet.contains(&rule), "{rule}");
    }
}
