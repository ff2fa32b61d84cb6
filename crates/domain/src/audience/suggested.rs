//! Audiences that start from one click.

use super::{
    Match, Rule,
    condition::{Amount, Condition, EventCondition, Measure, Period, Test},
};

/// A suggested audience.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Its name: lower case with underscores.
    pub name: &'static str,
    /// What it is good for.
    pub description: &'static str,
    /// Who is in it.
    pub rule: Rule,
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

/// All suggestions, in the order of the page.
#[must_use]
pub fn suggestions() -> Vec<Suggestion> {
    let order = "Order Completed";
    let buyers = |days| all(vec![once(order, Period::Within(days))]);
    let suggestion = |name, description, rule| Suggestion { name, description, rule };
    vec![
        suggestion(
            "cart_abandoners_7d",
            "Put something into the cart within the last 7 days and did not buy.",
            all(vec![once("Product Added", Period::Within(7)), never(order, Period::Within(7))]),
        ),
        suggestion("buyers_30d", "Bought within the last 30 days.", buyers(30)),
        suggestion("buyers_90d", "Bought within the last 90 days.", buyers(90)),
        suggestion("buyers_180d", "Bought within the last 180 days.", buyers(180)),
        suggestion(
            "repeat_buyers_90d",
            "Bought at least twice within the last 90 days.",
            all(vec![did(order, Measure::Count(Some(2), None), Period::Within(90))]),
        ),
        suggestion(
            "high_value_180d",
            "Orders of the last 180 days add up to at least 500.",
            all(vec![did(order, Measure::Sum("value".into(), Some(Amount(500.0)), None), Period::Within(180))]),
        ),
        suggestion(
            "lapsed_buyers_90d",
            "Bought before, but not within the last 90 days.",
            all(vec![once(order, Period::Ever), never(order, Period::Within(90))]),
        ),
        suggestion(
            "newsletter_without_purchase",
            "Subscribed and never bought.",
            all(vec![once("Subscribed", Period::Ever), never(order, Period::Ever)]),
        ),
        suggestion(
            "product_viewers_14d",
            "Looked at a product within the last 14 days and did not buy.",
            all(vec![once("Product Viewed", Period::Within(14)), never(order, Period::Within(14))]),
        ),
        suggestion(
            "from_snapchat",
            "Came through a campaign on Snapchat.",
            all(vec![Condition::Value {
                origin: super::Origin::Utm,
                name: "source".into(),
                test: Test::In(vec!["snapchat".into(), "snap".into()]),
            }]),
        ),
    ]
}
