//! Everything that can happen on the page, as a value. Buttons, keys, menus and timers all make
//! one of these; [`super::state`] says what each does.

use tabernetes_engine::scenario::TerminalId;

/// Where a line that was run apart from the terminals came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The request panel.
    Request,
    /// `window.tabernetes.exec`; the number finds its promise.
    Script(u32),
}

/// Which pane has the reader's attention. On a phone it is the only one there; on a desktop the
/// last two open below the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The terminal.
    #[default]
    Terminal,
    /// The graph.
    Cluster,
    /// Files and their editor.
    Files,
    /// The request panel.
    Request,
}

/// What the inspector shows of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Facet {
    /// A few rows of what matters most.
    #[default]
    Summary,
    /// The whole document.
    Yaml,
    /// Events about it.
    Events,
    /// Its containers' logs.
    Logs,
}

/// How the graph groups pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// By namespace and owner.
    #[default]
    Namespaces,
    /// By the node they run on.
    Nodes,
}

/// A size the reader can drag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divider {
    /// Between terminal and graph: the terminal's share of the width.
    Columns,
    /// Between terminal and the panel below it: the panel's share of the height.
    Rows,
}

impl Event {
    /// The line that it runs, if it runs one.
    pub fn line(&self) -> Option<&str> {
        match self {
            Event::Enter(line) | Event::Try(line) | Event::Send(line) | Event::Run(_, line) => Some(line),
            _ => None,
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Time went by, or something outside changed the playground.
    Tick,
    /// The API's descriptions arrived, or cannot be had.
    Described(Option<String>),
    /// Enter in the terminal: one or several lines.
    Enter(String),
    /// A command that a button offers: it goes into the terminal.
    Try(String),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D on an empty line.
    EndOfInput,
    /// Ctrl-L.
    ClearScreen,
    /// The terminal's unfinished line changed.
    Draft(String),
    /// A new terminal tab.
    NewTerminal,
    /// A tab's cross.
    CloseTerminal(TerminalId),
    /// A tab.
    ShowTerminal(TerminalId),
    /// A pane's tab or button.
    Show(Pane),
    /// An object in the graph, by its uid; `None` closes the inspector.
    Inspect(Option<String>),
    /// A name in the terminal's output, such as `kubia` or `pod/kubia`, and its namespace if the output told.
    InspectName(String, Option<String>),
    /// A tab of the inspector.
    Facet(Facet),
    /// The graph's way of grouping.
    Group(Grouping),
    /// The graph's selector field.
    Selector(String),
    /// The pointer rests on something with a selector.
    Light(Option<String>),
    /// Folds or unfolds a group of the graph.
    Fold(String),
    /// Opens a file by its path.
    OpenFile(String),
    /// Makes an empty file.
    NewFile(String),
    /// The editor's text changed.
    Edit(String),
    /// Saves what is in the editor.
    SaveFile,
    /// Closes the editor without saving.
    CloseFile,
    /// Removes a file by its path.
    RemoveFile(String),
    /// Sends the request panel's request, given as a curl command line.
    Send(String),
    /// Runs a line for somebody who waits for its end.
    Run(Asker, String),
    /// How many times faster than the wall clock the cluster's time passes; 0 stands still.
    Speed(u32),
    /// Lets this many milliseconds pass at once.
    Skip(u64),
    /// The theme, by its name in tokens.css.
    Theme(String),
    /// The language, by its code.
    Language(String),
    /// A divider moved to this many percent.
    Resize(Divider, f64),
    /// Copy a link.
    Share,
    /// The browser did or did not let us copy the link.
    Copied(bool),
    /// The message at the top was read.
    Dismiss,
    /// A fresh cluster.
    Restart,
}
