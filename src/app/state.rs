//! The page's state and the one reducer. [`State::apply`] does no I/O: what has to be done outside
//! comes back as [`Effect`]s, which [`super`] performs.

use super::event::{Asker, Divider, Event, Facet, Grouping, Pane};
use super::screen::Screen;
use super::settings::Settings;
use crate::words::t;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tabernetes_engine::meta::{SortedMap, SortedSet};
use tabernetes_engine::playground::{Finished, ObjectView, Playground, View};
use tabernetes_engine::scenario::{Input, Scenario, TerminalId};

/// The most a single tick may make up for: a laptop that slept does not owe the cluster a night.
const MAX_CATCH_UP: f64 = 5_000.0;
/// How far typed commands move time that stands still, at most.
const COMMANDS_TAKE: Duration = Duration::from_millis(200);

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put the cursor into the terminal.
    FocusTerminal,
    /// Copy this link for the reader.
    Copy(String),
    /// Remember the settings.
    KeepSettings,
    /// Answer a script's promise.
    Answer(u32, Finished),
    /// Forget this tab's session and start again.
    Restart,
}

/// A message above everything else.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The link in the address could not be opened, and why.
    BadLink(String),
    /// The link was copied.
    Copied,
    /// The browser forbids copying: the reader has to.
    CopyByHand(String),
}

/// What a page opens with.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The scenario.
    pub scenario: Scenario,
    /// What to tell the reader about it.
    pub notice: Option<Notice>,
    /// The API's descriptions, if the scenario needs them.
    pub descriptions: Option<String>,
}

/// The file in the editor.
#[derive(Clone, Debug, PartialEq)]
pub struct Editing {
    /// The terminal whose program waits for it, if one does.
    pub terminal: Option<TerminalId>,
    /// Its path.
    pub path: String,
    /// The text when it was opened or last saved.
    pub saved: Rc<str>,
    /// The text as it stands in the editor.
    pub draft: String,
}

/// The object in the inspector.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    /// The object, as it was last seen.
    pub object: ObjectView,
    /// It is no longer there.
    pub gone: bool,
    /// What the chosen facet says.
    pub text: Rc<str>,
}

/// The page's state.
pub struct State {
    /// The cluster and its terminals.
    pub playground: Playground,
    /// What each terminal shows.
    pub screens: SortedMap<TerminalId, Screen>,
    /// The terminal in front.
    pub active: TerminalId,
    /// Unfinished lines.
    pub drafts: SortedMap<TerminalId, String>,
    /// Lines that wait until a terminal's command ends.
    pub(super) queues: SortedMap<TerminalId, VecDeque<String>>,
    /// Lines entered so far, oldest first.
    pub history: Rc<Vec<String>>,
    /// The cluster as the graph draws it.
    pub view: Rc<View>,
    /// The pane in front.
    pub pane: Pane,
    /// How the graph groups.
    pub grouping: Grouping,
    /// The graph's selector field.
    pub selector: String,
    /// The selector of what the pointer rests on.
    pub lit: Option<String>,
    /// Groups of the graph that are not as they are at first: open or folded.
    pub toggled: Rc<SortedSet<String>>,
    /// The inspector's object.
    pub inspected: Option<Rc<Inspected>>,
    /// The inspector's tab.
    pub facet: Facet,
    /// The files in the reader's home.
    pub files: Rc<Vec<(String, Rc<str>)>>,
    /// The editor's file.
    pub editing: Option<Rc<Editing>>,
    /// The answer to the last request; `None` until one was sent.
    pub response: Option<Rc<Finished>>,
    /// Who waits for lines that run apart.
    pub(super) waiting: SortedMap<u32, Asker>,
    next_apart: u32,
    /// How many times faster than the wall clock time passes.
    pub speed: u32,
    /// The reader's choices.
    pub settings: Settings,
    /// The message above everything.
    pub notice: Option<Notice>,
    /// The wall clock at the last tick, in milliseconds.
    pub(super) wall: f64,
    /// What the parts above were last taken from, and when.
    pub(super) seen_files: u64,
    pub(super) seen_view: f64,
    pub(super) seen_facet: Option<(String, Facet, u64)>,
    pub(super) seen_logs: f64,
}

impl State {
    /// The state of a page that opens a scenario.
    pub fn new(opening: &Opening, settings: Settings, wall: f64) -> State {
        let scenario = &opening.scenario;
        let notice = opening.notice.clone();
        let mut playground = Playground::described(scenario, opening.descriptions.clone());
        if playground.terminals().is_empty() {
            playground.input(Input::Open(1));
        }
        let lines = scenario.log.iter().filter_map(|(_, input)| match input {
            Input::Line(_, line) => Some(line.clone()),
            _ => None,
        });
        let next_apart = scenario.log.iter().filter_map(|(_, input)| match input {
            Input::Exec(id, _) => Some(*id + 1),
            _ => None,
        });
        let mut state = State {
            active: 0,
            next_apart: next_apart.max().unwrap_or(1),
            history: Rc::new(lines.collect()),
            playground,
            settings,
            notice,
            wall,
            screens: SortedMap::new(),
            drafts: SortedMap::new(),
            queues: SortedMap::new(),
            view: Rc::default(),
            pane: Pane::default(),
            grouping: Grouping::default(),
            selector: String::new(),
            lit: None,
            toggled: Rc::default(),
            inspected: None,
            facet: Facet::default(),
            files: Rc::default(),
            editing: None,
            response: None,
            waiting: SortedMap::new(),
            speed: 1,
            seen_files: u64::MAX,
            seen_view: f64::MIN,
            seen_facet: None,
            seen_logs: f64::MIN,
        };
        state.look(&mut Vec::new());
        state
    }

    /// Does what an event asks for. `wall` is the wall clock in milliseconds.
    pub fn apply(&mut self, event: Event, wall: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.catch_up(wall);
        let is_typed = matches!(event, Event::Enter(_) | Event::Try(_) | Event::Send(_) | Event::Run(..));
        match event {
            Event::Tick => {}
            Event::Described(text) => {
                if let Some(text) = text {
                    self.playground.describe(text);
                }
            }
            Event::Enter(text) | Event::Try(text) => self.enter(text),
            Event::Interrupt => {
                self.queues.remove(&self.active);
                self.playground.input(Input::Interrupt(self.active));
            }
            Event::EndOfInput => self.playground.input(Input::EndOfInput(self.active)),
            Event::ClearScreen => self.screen().clear(),
            Event::Draft(text) => {
                self.drafts.insert(self.active, text);
            }
            Event::NewTerminal => {
                self.active = self.playground.terminals().last().map_or(1, |last| last + 1);
                self.playground.input(Input::Open(self.active));
                self.show(Pane::Terminal, &mut effects);
            }
            Event::CloseTerminal(id) => self.playground.input(Input::Close(id)),
            Event::ShowTerminal(id) => {
                self.active = id;
                self.show(Pane::Terminal, &mut effects);
            }
            Event::Show(pane) => self.show(pane, &mut effects),
            Event::Inspect(uid) => self.inspect(|object| Some(&object.uid) == uid.as_ref()),
            Event::InspectName(name, namespace) => {
                let (singular, name) = name.split_once('/').map_or((None, &*name), |(kind, name)| (Some(kind), name));
                // `deployment.apps/web` is the deployment `web`.
                let singular = singular.map(|kind| kind.split('.').next().unwrap_or(kind));
                self.inspect(|object| {
                    object.name == name
                        && singular.is_none_or(|singular| object.singular == singular)
                        && namespace.as_ref().is_none_or(|namespace| object.namespace == *namespace)
                });
            }
            Event::Facet(facet) => self.facet = facet,
            Event::Group(grouping) => self.grouping = grouping,
            Event::Selector(selector) => self.selector = selector,
            Event::Light(selector) => self.lit = selector,
            Event::Fold(group) => {
                let toggled = Rc::make_mut(&mut self.toggled);
                if !toggled.remove(&group) {
                    toggled.insert(group);
                }
            }
            Event::OpenFile(path) => self.open_file(path),
            Event::NewFile(name) => {
                let path = self.playground.absolute(&name);
                if !self.files.iter().any(|(known, _)| *known == path) {
                    self.playground.input(Input::WriteFile(path.clone(), String::new()));
                }
                self.look(&mut effects);
                self.open_file(path);
            }
            Event::Edit(text) => {
                if let Some(editing) = &mut self.editing {
                    Rc::make_mut(editing).draft = text;
                }
            }
            Event::SaveFile => self.save_file(&mut effects),
            Event::CloseFile => self.close_file(&mut effects),
            Event::RemoveFile(path) => {
                self.editing = self.editing.take().filter(|editing| editing.path != path);
                self.playground.input(Input::RemoveFile(path));
            }
            Event::Send(line) => {
                self.remember(&line);
                self.response = None;
                self.run(Asker::Request, line);
            }
            Event::Run(asker, line) => self.run(asker, line),
            Event::Speed(speed) => self.speed = speed,
            Event::Skip(milliseconds) => self.playground.advance(Duration::from_millis(milliseconds)),
            Event::Theme(theme) => {
                self.settings.theme = theme;
                effects.push(Effect::KeepSettings);
            }
            Event::Language(language) => {
                self.settings.language = language;
                effects.push(Effect::KeepSettings);
            }
            Event::Resize(divider, percent) => {
                self.settings.resize(divider, percent);
                effects.push(Effect::KeepSettings);
            }
            Event::Share => effects.push(Effect::Copy(self.playground.link())),
            Event::Copied(done) => {
                self.notice = Some(if done { Notice::Copied } else { Notice::CopyByHand(self.playground.link()) });
            }
            Event::Dismiss => self.notice = None,
            Event::Restart => effects.push(Effect::Restart),
        }
        if is_typed && self.speed == 0 {
            self.let_commands_answer();
        }
        self.look(&mut effects);
        effects
    }

    /// Lets the cluster's time follow the wall clock.
    pub fn catch_up(&mut self, wall: f64) {
        let passed = (wall - self.wall).clamp(0.0, MAX_CATCH_UP);
        self.wall = wall;
        if self.speed > 0 {
            self.playground.advance(Duration::from_micros((passed * 1_000.0) as u64 * u64::from(self.speed)));
        }
    }

    /// Time that stands still moves by the moments that typed commands take themselves, so that they
    /// answer; what waits for longer waits until time runs.
    fn let_commands_answer(&mut self) {
        let end = self.playground.elapsed() + COMMANDS_TAKE;
        loop {
            self.feed();
            let is_asked = self.waiting.keys().any(|id| self.playground.finished(*id).is_none());
            match self.playground.due_in() {
                Some(due) if (is_asked || self.is_busy()) && self.playground.elapsed() + due <= end => {
                    self.playground.advance(due);
                }
                _ => break,
            }
        }
    }

    /// How many milliseconds of the wall clock the page may sleep before something is due.
    pub fn may_sleep(&self) -> u32 {
        // Whoever waits for an answer gets it when it is there; what only the graph shows may wait.
        if self.is_view_old() && self.waiting.is_empty() && !self.is_busy() {
            return super::look::VIEW_EVERY as u32;
        }
        if self.speed == 0 {
            return 60_000;
        }
        let due = self.playground.due_in().map_or(u64::MAX, |due| due.as_millis() as u64);
        // The clock shows seconds, so wake at least that often; and never more often than frames.
        (due / u64::from(self.speed)).clamp(16, 1_000 / u64::from(self.speed).min(4)) as u32
    }

    /// Whether the terminal in front runs something.
    fn is_busy(&self) -> bool {
        self.playground.terminal(self.active).is_some_and(|terminal| terminal.is_busy())
    }

    fn enter(&mut self, text: String) {
        self.drafts.remove(&self.active);
        let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
        for line in &lines {
            self.remember(line);
        }
        // What a running program is typed goes to it at once; commands wait for the one before them.
        if self.is_busy() && !self.queues.contains_key(&self.active) {
            for line in lines {
                self.playground.input(Input::Line(self.active, line.into()));
            }
            return;
        }
        self.queues.entry(self.active).or_default().extend(lines.into_iter().map(String::from));
        self.feed();
    }

    /// Gives each terminal the pasted lines that it is ready for.
    pub(super) fn feed(&mut self) {
        for (id, queue) in self.queues.iter_mut() {
            while self.playground.terminal(*id).is_some_and(|terminal| !terminal.is_busy())
                && let Some(line) = queue.pop_front()
            {
                self.playground.input(Input::Line(*id, line));
            }
        }
        self.queues.retain(|_, queue| !queue.is_empty());
    }

    fn remember(&mut self, line: &str) {
        if !line.trim().is_empty() && self.history.last().is_none_or(|last| last != line) {
            Rc::make_mut(&mut self.history).push(line.into());
        }
    }

    fn run(&mut self, asker: Asker, line: String) {
        let id = self.next_apart;
        self.next_apart += 1;
        self.waiting.insert(id, asker);
        self.playground.input(Input::Exec(id, line));
    }

    fn show(&mut self, pane: Pane, effects: &mut Vec<Effect>) {
        self.pane = pane;
        if pane == Pane::Terminal {
            effects.push(Effect::FocusTerminal);
        }
    }

    fn screen(&mut self) -> &mut Screen {
        self.screens.entry(self.active).or_default()
    }

    fn inspect(&mut self, is_meant: impl Fn(&ObjectView) -> bool) {
        // Pods come first in a reader's mind; they share names with what owns them.
        let mut meant: Vec<&ObjectView> = self.view.objects.iter().filter(|object| is_meant(object)).collect();
        meant.sort_by_key(|object| object.singular != "pod");
        let chosen = meant.first().map(|object| (*object).clone());
        if chosen.is_some() {
            self.seen_facet = None;
        }
        if let Some(object) = &chosen
            && self.facet == Facet::Logs
            && object.singular != "pod"
        {
            self.facet = Facet::Summary;
        }
        self.inspected = chosen.map(|object| Rc::new(Inspected { object, gone: false, text: "".into() }));
    }

    fn open_file(&mut self, path: String) {
        let Some((_, text)) = self.files.iter().find(|(known, _)| *known == path) else { return };
        let editing = Editing { terminal: None, path, saved: text.clone(), draft: text.to_string() };
        self.editing = Some(Rc::new(editing));
        self.pane = Pane::Files;
    }

    fn save_file(&mut self, effects: &mut Vec<Effect>) {
        let Some(editing) = &mut self.editing else { return };
        let editing = Rc::make_mut(editing);
        editing.saved = editing.draft.as_str().into();
        let (path, text) = (editing.path.clone(), editing.draft.clone());
        match editing.terminal {
            Some(terminal) => {
                self.playground.input(Input::EditorSave(terminal, text));
                self.editing = None;
                self.show(Pane::Terminal, effects);
            }
            None => self.playground.input(Input::WriteFile(path, text)),
        }
    }

    fn close_file(&mut self, effects: &mut Vec<Effect>) {
        let Some(editing) = self.editing.take() else { return };
        if let Some(terminal) = editing.terminal {
            self.playground.input(Input::EditorCancel(terminal));
            self.show(Pane::Terminal, effects);
        }
    }

    /// The `kubectl` line that shows what the inspector shows.
    pub fn command_for(object: &ObjectView, facet: Facet) -> String {
        let namespace = match object.namespace.as_str() {
            "" | "default" => String::new(),
            other => format!(" -n {other}"),
        };
        let (kind, name) = (object.singular, &object.name);
        match facet {
            Facet::Summary => format!("kubectl describe {kind} {name}{namespace}"),
            Facet::Yaml => format!("kubectl get {kind} {name}{namespace} -o yaml"),
            Facet::Events => format!("kubectl events --for {kind}/{name}{namespace}"),
            Facet::Logs => format!("kubectl logs {name}{namespace}"),
        }
    }

    /// The divider's place, in percent.
    pub fn share(&self, divider: Divider) -> f64 {
        match divider {
            Divider::Columns => self.settings.columns,
            Divider::Rows => self.settings.rows,
        }
    }

    /// What a terminal's tab says: what runs in it, or its number.
    pub fn title(&self, id: TerminalId) -> String {
        let running = self.playground.terminal(id).filter(|terminal| terminal.is_busy()).and_then(|_| {
            let entered = self.screens.get(&id)?.blocks.iter().rev().find_map(|block| block.entered.as_ref())?;
            let words: Vec<&str> = entered.1.split_whitespace().filter(|word| !word.starts_with('-')).take(2).collect();
            Some(words.join(" ")).filter(|title| !title.is_empty())
        });
        running.unwrap_or_else(|| format!("{} {id}", t("terminal").to_lowercase()))
    }
}
