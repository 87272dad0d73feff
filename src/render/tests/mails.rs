//! What the mails' layouts bring of their own.

use std::sync::Arc;

use handlebars::Context;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::{
    model::outcome::Outcome,
    render::{engine::Engine, output::Output, words::Words},
};

#[test]
fn the_dots_in_the_table_have_the_colours_of_the_messages() {
    let mut engine = Engine::new(&TimeZone::UTC, &Arc::new(Words::built_in("en")));
    let sheet = include_str!("../../../templates/layouts/email.html.hbs");
    for outcome in Outcome::ALL {
        let template = format!("{{{{outcome \"{outcome}\" \"color\"}}}}");
        assert_eq!(engine.add(Output::Text, "color", &template), []);
        let color = engine.render(Output::Text, "color", &Context::from(Value::Null)).unwrap();
        let rule = format!(".{outcome} {{ color: {}; }}", color.to_lowercase());
        assert!(sheet.contains(&rule), "{rule}");
    }
}
