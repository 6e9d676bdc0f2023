//! The transcripts once more, typed into the real kubectl, which talks to `tabernetes serve`.
//!
//! It needs the real kubectl in target/real-kubectl/: `cargo xtask test kubectl` fetches it and runs
//! this. What our server does differently from the real one shows here alone.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tabernetes::exceptions::Exceptions;
use tabernetes::replay::{equal, replay_with};
use tabernetes::transcript::{Step, Transcript};

/// How many transcripts run at once; they mostly wait.
const AT_ONCE: usize = 6;

/// How often a transcript that differs unexpectedly is typed again before the difference counts: the
/// real kubectl prints what it finds in a Go map in whatever order it comes, and a difference of the
/// server's comes every time.
const AGAIN: usize = 2;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a transcript's replay gave.
struct Outcome {
    path: PathBuf,
    commands: usize,
    /// The steps that differ, by their place in the transcript: as expected, as they came.
    differing: Vec<(usize, Step, Step)>,
}

impl Outcome {
    fn of(path: &Path) -> Outcome {
        let text = std::fs::read_to_string(path).expect("a readable transcript");
        let transcript = Transcript::parse(&text).expect("a well-formed transcript");
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let scratch = root().join("target/real-kubectl/scratch").join(&*name);
        let _ = std::fs::remove_dir_all(&scratch);
        let kubectl = root().join("target/real-kubectl/kubectl");
        let got = replay_with(&kubectl, &transcript, &scratch).unwrap_or_else(|error| panic!("{name}: {error}"));
        let commands = transcript.steps.len();
        let pairs = transcript.steps.into_iter().zip(got).enumerate();
        let differing = pairs.filter(|(_, (expected, got))| !equal(expected, got));
        let differing = differing.map(|(at, (expected, got))| (at, expected, got)).collect();
        Outcome { path: path.into(), commands, differing }
    }

    /// The best of a few replays: the first that differs in nothing unexpected, or else the last.
    fn settled(path: &Path, exceptions: &Exceptions) -> Outcome {
        let mut outcome = Outcome::of(path);
        for _ in 0..AGAIN {
            let Some((_, expected, _)) = outcome.unexpected(exceptions).next() else { break };
            println!("{}:{}: differs, typed again: {}", path.display(), expected.line, expected.command);
            outcome = Outcome::of(path);
        }
        outcome
    }

    /// The differences that the table does not allow.
    fn unexpected<'a>(&'a self, exceptions: &'a Exceptions) -> impl Iterator<Item = &'a (usize, Step, Step)> {
        self.differing.iter().filter(|(_, expected, _)| !exceptions.allows(&self.path, &expected.command))
    }
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn the_real_kubectl_prints_the_same_against_our_server() {
    let folder = root().join("tests/transcripts");
    // What no cluster prints twice, and what is so of the real kubectl alone.
    let table = |name: &str| Exceptions::read(&folder.join(name)).expect("a well-formed table");
    let exceptions = table("exceptions.tsv").and(table("exceptions-real-kubectl.tsv"));
    let entries = std::fs::read_dir(&folder).expect("transcripts").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    // Transcripts of our own hold containers, nodes and addons to what they do; they are no recordings.
    let is_own = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("own-"));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md") && !is_own(path));
    paths.sort();
    let (next, outcomes) = (Mutex::new(paths.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(path) = next.lock().expect("no panic here").next() else { return };
                    let outcome = Outcome::settled(path, &exceptions);
                    outcomes.lock().expect("no panic here").push(outcome);
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("no panic");
    outcomes.sort_by(|a, b| a.path.cmp(&b.path));

    let commands: usize = outcomes.iter().map(|outcome| outcome.commands).sum();
    let differing: usize = outcomes.iter().map(|outcome| outcome.differing.len()).sum();
    println!("{commands} commands, {differing} differ");
    for outcome in &outcomes {
        let name = outcome.path.file_name().unwrap_or_default().to_string_lossy();
        for (_, expected, _) in &outcome.differing {
            println!("{name}:{}: {}", expected.line, expected.command);
        }
    }
    let problems = outcomes.iter().flat_map(|outcome| {
        let name = outcome.path.file_name().unwrap_or_default().to_string_lossy();
        outcome.unexpected(&exceptions).map(move |(_, expected, got)| {
            format!("{name}:{}: differs\n--- expected\n{expected}+++ got\n{got}", expected.line)
        })
    });
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{} commands differ:\n{}", problems.len(), problems.join("\n"));
    assert!(differing * 100 <= commands * 5, "more than 5 % of the commands differ");
}
