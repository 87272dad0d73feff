//! A settled fact of a call, and what kind of fact it is.

use super::value;

/// One settled fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    pub kind: Kind,
    pub text: String,
}

/// What sort of fact it is; a day together with its hour is a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Date,
    Time,
    Amount,
    Code,
    Name,
    Phone,
    Email,
    Address,
    Quantity,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Amount => "amount",
            Self::Code => "code",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Address => "address",
            Self::Quantity => "quantity",
        }
    }
}

impl From<value::Kind> for Kind {
    fn from(kind: value::Kind) -> Self {
        match kind {
            value::Kind::Date => Self::Date,
            value::Kind::Time => Self::Time,
            value::Kind::Amount => Self::Amount,
            value::Kind::Code => Self::Code,
            value::Kind::Name => Self::Name,
            value::Kind::Phone => Self::Phone,
            value::Kind::Email => Self::Email,
            value::Kind::Address => Self::Address,
            value::Kind::Count => Self::Quantity,
        }
    }
}
