//! Editors: `vi`, `nano`, `code` and `kubectl edit` ask for a file to be edited, the page answers.

use crate::sim::Clock;
use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

/// What an editor was asked to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditorRequest {
    /// The file.
    pub path: String,
    /// Its text now.
    pub text: String,
}

/// Where a terminal's editors open. One file at a time.
pub struct Desk {
    clock: Clock,
    state: RefCell<State>,
}

enum State {
    Free,
    Open(EditorRequest),
    Answered(Option<String>),
}

/// Frees the desk when the program that waits is gone.
struct Seat<'a>(&'a Desk);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        *self.0.state.borrow_mut() = State::Free;
    }
}

impl Desk {
    /// A free desk.
    pub fn new(clock: &Clock) -> Desk {
        Desk { clock: clock.clone(), state: RefCell::new(State::Free) }
    }

    /// What is open now.
    pub fn request(&self) -> Option<EditorRequest> {
        match &*self.state.borrow() {
            State::Open(request) => Some(request.clone()),
            _ => None,
        }
    }

    /// Closes the editor: with the text to save, or without saving.
    pub fn answer(&self, text: Option<String>) {
        let mut state = self.state.borrow_mut();
        if matches!(*state, State::Open(_)) {
            *state = State::Answered(text);
            self.clock.stir();
        }
    }

    /// Opens a file and waits for the reader. `None` if it was not saved.
    pub async fn edit(&self, request: EditorRequest) -> Option<String> {
        *self.state.borrow_mut() = State::Open(request);
        let seat = Seat(self);
        poll_fn(|_| match &*seat.0.state.borrow() {
            State::Answered(text) => Poll::Ready(text.clone()),
            _ => Poll::Pending,
        })
        .await
    }
}
