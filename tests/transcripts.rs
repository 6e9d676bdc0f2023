//! Every transcript of real kubectl, replayed through our shell, kubectl and cluster.
//!
//! How many commands must be equal stands in [`FLOOR`]: raise it whenever more are. What can never
//! be equal is listed in `transcripts/exceptions.tsv` with its reason.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tabernetes::exceptions::Exceptions;
use tabernetes::replay::{equal, replay};
use tabernetes::transcript::Transcript;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts")
}

/// The least share of equal commands, in percent.
const FLOOR: usize = 97;

/// What came of the files: commands, those listed as exceptions, those that differ.
#[derive(Default)]
struct Tally {
    commands: usize,
    excepted: usize,
    problems: Vec<String>,
}

fn check(path: &Path, exceptions: &Exceptions, tally: &Mutex<Tally>) {
    let text = std::fs::read_to_string(path).expect("a readable transcript");
    let transcript = Transcript::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let got = replay(&transcript);
    let mut tally = tally.lock().expect("no other file panicked");
    for (expected, got) in transcript.steps.iter().zip(&got) {
        tally.commands += 1;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match (equal(expected, got), exceptions.allows(path, &expected.command)) {
            (true, _) => {}
            (false, true) => tally.excepted += 1,
            (false, false) => {
                let problem = format!("{name}:{}: differs\n--- expected\n{expected}+++ got\n{got}", expected.line);
                tally.problems.push(problem);
            }
        }
    }
}

#[test]
fn transcripts_print_what_real_kubectl_prints() {
    let exceptions = Exceptions::read(&folder().join("exceptions.tsv")).expect("a well-formed table");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder()).expect("transcripts").flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    let tally = Mutex::new(Tally::default());
    let next = Mutex::new(paths.iter());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(path) = next.lock().expect("no panic here").next() else { return };
                    check(path, &exceptions, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no file panicked");
    println!("{} commands, {} excepted", tally.commands, tally.excepted);
    let equal = tally.commands - tally.excepted - tally.problems.len();
    println!("{}", tally.problems.join("\n"));
    assert!(equal * 100 >= tally.commands * FLOOR, "only {equal} of {} commands are equal", tally.commands);
    assert!(tally.excepted * 100 <= tally.commands * 3, "more than 3 % of the commands are excepted");
}
