//! The transcripts once more, typed into the real kubectl, which talks to `tabernetes serve`.
//!
//! Slow, and it needs the real kubectl in target/real-kubectl/: `cargo xtask test kubectl` fetches
//! it and runs this. What our server does differently from the real one shows here alone.

use std::path::PathBuf;
use std::sync::Mutex;
use tabernetes::exceptions::Exceptions;
use tabernetes::replay::{equal, replay_with};
use tabernetes::transcript::Transcript;

/// How many transcripts run at once; they mostly wait.
const AT_ONCE: usize = 6;

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn the_real_kubectl_prints_the_same_against_our_server() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let kubectl = root.join("target/real-kubectl/kubectl");
    let folder = root.join("tests/transcripts");
    let exceptions = Exceptions::read(&folder.join("exceptions-real-kubectl.tsv")).expect("a well-formed table");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("transcripts").flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    let (next, results) = (Mutex::new(paths.iter()), Mutex::new((0, 0, Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(path) = next.lock().expect("no panic here").next() else { return };
                    let text = std::fs::read_to_string(path).expect("a readable transcript");
                    let transcript = Transcript::parse(&text).expect("a well-formed transcript");
                    let name = path.file_stem().unwrap_or_default().to_string_lossy();
                    let scratch = root.join("target/real-kubectl/scratch").join(&*name);
                    let _ = std::fs::remove_dir_all(&scratch);
                    let got =
                        replay_with(&kubectl, &transcript, &scratch).unwrap_or_else(|error| panic!("{name}: {error}"));
                    let mut results = results.lock().expect("no panic here");
                    for (expected, got) in transcript.steps.iter().zip(&got) {
                        results.0 += 1;
                        if equal(expected, got) {
                            continue;
                        }
                        results.1 += 1;
                        if !exceptions.allows(path, &expected.command) {
                            let problem =
                                format!("{name}.md:{}: differs\n--- expected\n{expected}+++ got\n{got}", expected.line);
                            results.2.push(problem);
                        }
                    }
                }
            });
        }
    });
    let (commands, differing, problems) = results.into_inner().expect("no panic");
    println!("{commands} commands, {differing} differ");
    assert!(problems.is_empty(), "{} commands differ:\n{}", problems.len(), problems.join("\n"));
    assert!(differing * 100 <= commands * 5, "more than 5 % of the commands differ");
}
