//! Taking over what the playground now is into what is shown; only what has changed is taken anew.

use super::event::{Asker, Facet};
use super::screen::Screen;
use super::state::{Editing, Effect, Inspected, State};
use crate::app::event::Pane;
use std::rc::Rc;
use tabernetes_engine::scenario::Input;

/// With more objects than this, the view is taken anew only so often (in milliseconds): the eye sees no more.
const MANY_OBJECTS: usize = 300;
/// See [`MANY_OBJECTS`].
pub(super) const VIEW_EVERY: f64 = 150.0;
/// How often logs are looked at anew, in milliseconds: they change without the store's revision.
const LOGS_EVERY: f64 = 500.0;

impl State {
    /// Brings everything that is shown up to what the playground now is.
    pub fn look(&mut self, effects: &mut Vec<Effect>) {
        self.feed();
        self.look_at_terminals(effects);
        let may_look = self.view.objects.len() < MANY_OBJECTS || self.wall - self.seen_view >= VIEW_EVERY;
        if self.is_view_old() && may_look {
            self.seen_view = self.wall;
            self.view = Rc::new(self.playground.view());
        }
        if self.playground.files_version() != self.seen_files {
            self.seen_files = self.playground.files_version();
            self.files = Rc::new(self.playground.files());
        }
        self.look_at_inspected();
        let playground = &self.playground;
        let done: Vec<_> = self.waiting.keys().filter_map(|id| Some((*id, playground.finished(*id)?))).collect();
        for (id, finished) in done {
            match self.waiting.remove(&id) {
                Some(Asker::Script(promise)) => effects.push(Effect::Answer(promise, finished)),
                Some(Asker::Request) => self.response = Some(Rc::new(finished)),
                None => {}
            }
        }
    }

    fn look_at_terminals(&mut self, effects: &mut Vec<Effect>) {
        let ids = self.playground.terminals();
        self.screens.retain(|id, _| ids.contains(id));
        for id in &ids {
            let Some(terminal) = self.playground.terminal(*id) else { continue };
            self.screens.entry(*id).or_default().take(terminal.chunks());
            let waits_for = self.editing.as_ref().and_then(|editing| editing.terminal);
            match terminal.editor() {
                Some(wanted) if waits_for.is_none() => {
                    let (path, draft) = (wanted.path.clone(), wanted.text.clone());
                    let editing = Editing { terminal: Some(*id), path, saved: draft.as_str().into(), draft };
                    self.editing = Some(Rc::new(editing));
                    self.pane = Pane::Files;
                }
                None if waits_for == Some(*id) => self.editing = None,
                _ => {}
            }
        }
        if !ids.contains(&self.active) {
            self.active = ids.last().copied().unwrap_or_default();
            effects.push(Effect::FocusTerminal);
        }
        if ids.is_empty() {
            self.active = 1;
            self.playground.input(Input::Open(1));
            self.screens.insert(1, Screen::default());
        }
    }

    fn look_at_inspected(&mut self) {
        let Some(old) = self.inspected.clone() else { return };
        let seen = (old.object.uid.clone(), self.facet, self.view.revision);
        let are_logs_old = self.facet == Facet::Logs && self.wall - self.seen_logs >= LOGS_EVERY;
        if self.seen_facet.as_ref() == Some(&seen) && !are_logs_old {
            return;
        }
        (self.seen_facet, self.seen_logs) = (Some(seen), self.wall);
        let now = self.view.objects.iter().find(|object| object.uid == old.object.uid);
        let object = now.unwrap_or(&old.object).clone();
        let text = match (now, self.facet) {
            (None, _) => old.text.clone(),
            (_, Facet::Summary) => "".into(),
            (_, Facet::Yaml) => self.playground.yaml_of(&object).into(),
            (_, Facet::Events) => self.playground.events_of(&object).into(),
            (_, Facet::Logs) => self.playground.logs_of(&object).into(),
        };
        let new = Inspected { gone: now.is_none(), object, text };
        if new != *old {
            self.inspected = Some(Rc::new(new));
        }
    }

    /// Whether the cluster has changed since the view was taken.
    pub(super) fn is_view_old(&self) -> bool {
        self.playground.revision() != self.view.revision
    }
}
