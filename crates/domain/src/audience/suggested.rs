//! Audiences that start from one click.

use super::{
    Match, Origin, Rule,
    condition::{Amount, Condition, EventCondition, Measure, Period, Test},
};

/// A suggested audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// A full cart and no order.
    CartAbandoners,
    /// An order within so many days.
    Buyers(u32),
    /// Two orders and more.
    RepeatBuyers,
    /// Orders for much.
    HighValue,
    /// Orders, but none of late.
    LapsedBuyers,
    /// The newsletter and no order.
    NewsletterWithoutPurchase,
    /// Products and no order.
    ProductViewers,
    /// A campaign on Snapchat.
    FromSnapchat,
}

impl Suggestion {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 10] = [
        Self::CartAbandoners,
        Self::Buyers(30),
        Self::Buyers(90),
        Self::Buyers(180),
        Self::RepeatBuyers,
        Self::HighValue,
        Self::LapsedBuyers,
        Self::NewsletterWithoutPurchase,
        Self::ProductViewers,
        Self::FromSnapchat,
    ];

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suggestion| suggestion.name() == name)
    }

    /// Its name: lower case with underscores.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self {
            Self::CartAbandoners => "cart_abandoners_7d",
            Self::Buyers(days) => return format!("buyers_{days}d"),
            Self::RepeatBuyers => "repeat_buyers_90d",
            Self::HighValue => "high_value_180d",
            Self::LapsedBuyers => "lapsed_buyers_90d",
            Self::NewsletterWithoutPurchase => "newsletter_without_purchase",
            Self::ProductViewers => "product_viewers_14d",
            Self::FromSnapchat => "from_snapchat",
        };
        name.to_owned()
    }

    /// What it is good for.
    #[must_use]
    pub fn description(self) -> String {
        let description = match self {
            Self::CartAbandoners => "Put something into the cart within the last 7 days and did not buy.",
            Self::Buyers(days) => return format!("Bought within the last {days} days."),
            Self::RepeatBuyers => "Bought at least twice within the last 90 days.",
            Self::HighValue => "Orders of the last 180 days add up to at least 500.",
            Self::LapsedBuyers => "Bought before, but not within the last 90 days.",
            Self::NewsletterWithoutPurchase => "Subscribed and never bought.",
            Self::ProductViewers => "Looked at a product within the last 14 days and did not buy.",
            Self::FromSnapchat => "Came through a campaign on Snapchat.",
        };
        description.to_owned()
    }

    /// Who is in it. Apart from what the page lists, so that the browser is spared the rules.
    #[must_use]
    pub fn rule(self) -> Rule {
        let order = "Order Completed";
        match self {
            Self::CartAbandoners => {
                all(vec![once("Product Added", Period::Within(7)), never(order, Period::Within(7))])
            }
            Self::Buyers(days) => all(vec![once(order, Period::Within(days))]),
            Self::RepeatBuyers => all(vec![did(order, Measure::Count(Some(2), None), Period::Within(90))]),
            Self::HighValue => {
                // Shops tell what an order is worth under one of these names.
                let sum = |worth: &str| Measure::Sum(worth.into(), Some(Amount(500.0)), None);
                let conditions = ["value", "total", "revenue"].map(|worth| did(order, sum(worth), Period::Within(180)));
                Rule { r#match: Match::Any, conditions: conditions.into(), ..Rule::default() }
            }
            Self::LapsedBuyers => all(vec![once(order, Period::Ever), never(order, Period::Within(90))]),
            Self::NewsletterWithoutPurchase => all(vec![once("Subscribed", Period::Ever), never(order, Period::Ever)]),
            Self::ProductViewers => {
                all(vec![once("Product Viewed", Period::Within(14)), never(order, Period::Within(14))])
            }
            Self::FromSnapchat => all(vec![Condition::Value {
                origin: Origin::Utm,
                name: "source".into(),
                test: Test::In(vec!["snapchat".into(), "snap".into()]),
            }]),
        }
    }
}

fn did(event: &str, measure: Measure, period: Period) -> Condition {
    Condition::Event(EventCondition { event: event.to_owned(), measure, filters: Vec::new(), period })
}

fn once(event: &str, period: Period) -> Condition {
    did(event, Measure::Count(None, None), period)
}

fn never(event: &str, period: Period) -> Condition {
    did(event, Measure::Count(None, Some(0)), period)
}

fn all(conditions: Vec<Condition>) -> Rule {
    Rule { r#match: Match::All, conditions, ..Rule::default() }
}
