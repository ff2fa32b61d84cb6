//! The steps of one event's way, as they are gone.

use domain::{
    delivery::Reason,
    view_bench::{StepState, TestStep},
};

/// Steps so far, and why the event would not be sent.
#[derive(Default)]
pub(super) struct Way {
    pub steps: Vec<TestStep>,
    /// The first reason met: it is what delivery would say.
    pub problem: Option<Reason>,
}

impl Way {
    /// A step that went well, unless there are notes.
    pub(super) fn passed(&mut self, title: &str, detail: impl Into<String>, notes: Vec<Reason>) {
        let state = if notes.is_empty() { StepState::Passed } else { StepState::Noted };
        self.steps.push(TestStep { title: title.to_owned(), state, detail: detail.into(), notes });
    }

    /// A step with something to know.
    pub(super) fn noted(&mut self, title: &str, detail: impl Into<String>) {
        self.steps.push(TestStep {
            title: title.to_owned(),
            state: StepState::Noted,
            detail: detail.into(),
            notes: Vec::new(),
        });
    }

    /// Where the way ends; further steps only show what would be.
    pub(super) fn stopped(&mut self, title: &str, reason: Reason) {
        self.steps.push(TestStep {
            title: title.to_owned(),
            state: StepState::Stopped,
            detail: reason.message.clone(),
            notes: vec![reason.clone()],
        });
        self.problem.get_or_insert(reason);
    }
}
