//! `kubectl diff`: what `apply` would change.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{APPLY, DryRun, Invocation, MERGE, STRATEGIC};
use crate::kubectl::resource::{Info, Part, Selector};
use crate::kubectl::write::{self, LAST_APPLIED};
use crate::meta::{Object, Value, patch, yaml};
use crate::process::Node;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "diff",
    group: Group::Advanced,
    short: "Diff the live version against a would-be applied version",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

async fn run(inv: Invocation) -> Outcome {
    match compare(&inv).await {
        Ok(true) => Err(Failure::Exit(1)),
        Ok(false) => Ok(()),
        Err(failure) => {
            inv.err(failure.report(&inv.command_line()).0);
            Err(Failure::Exit(2))
        }
    }
}

/// Compares every object; whether any differs.
async fn compare(inv: &Invocation) -> Outcome<bool> {
    if !inv.args().is_empty() {
        return Err(Failure::usage(format!("Unexpected args: [{}]", inv.args().join(" "))));
    }
    if inv.flags.list("filename").is_empty() && inv.flags.str("kustomize").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let selection = Selector::new(inv, &[]).resolve(inv).await?;
    let number = 100_000_000 + inv.process.rng.below(3_000_000_000);
    let folders = [format!("/tmp/LIVE-{number}"), format!("/tmp/MERGED-{number}")];
    let mut pairs = Vec::new();
    for part in selection.parts {
        let Part::File(info) = part? else { continue };
        if info.name.is_empty() {
            return Err("resource name may not be empty".into());
        }
        let live = match inv.get(&info.resource, &info.namespace, &info.name) {
            Ok(live) => Some(live),
            Err(failure) if failure.is_not_found() => None,
            Err(failure) => return Err(failure),
        };
        let merged = merged(inv, &info, live.as_ref())?;
        let resource = &info.resource;
        let version = resource.api_version().replace('/', ".");
        let name = format!("{version}.{}.{}.{}", resource.kind, info.namespace, info.name);
        pairs.push((name, shown(inv, live.as_ref(), &merged)));
    }
    // `diff` compares two directories: in the order of the files' names.
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    match inv.process.var("KUBECTL_EXTERNAL_DIFF").filter(|program| !program.is_empty()) {
        Some(program) => external(inv, program, &folders, &pairs).await,
        None => Ok(internal(inv, &folders, &pairs)),
    }
}

/// The object as it would be, asked of the server without storing it.
fn merged(inv: &Invocation, info: &Info, live: Option<&Object>) -> Outcome<Object> {
    if inv.flags.bool("server-side") {
        let manager = if inv.flags.changed("field-manager") { inv.flags.str("field-manager") } else { "kubectl" };
        return write::patch_as(inv, info, APPLY, info.object.0.clone(), DryRun::Server, manager);
    }
    let Some(live) = live else { return write::create(inv, info, DryRun::Server) };
    let original = live.annotation(LAST_APPLIED).and_then(|text| Value::from_json(text.as_bytes()).ok());
    let original = original.unwrap_or_else(Value::object);
    let (document, content_type) = match write::schema_of(&info.resource) {
        Some(schema) => {
            let patch = patch::strategic_three_way(&original, &info.object, live, Some(schema));
            (patch.map_err(Failure::new)?, STRATEGIC)
        }
        None => (patch::merge_three_way(&original, &info.object, live), MERGE),
    };
    // What was applied stays remembered as it is: only `apply` writes it anew.
    let mut document = document;
    document.remove(&["metadata", "annotations", LAST_APPLIED]);
    if document.at(&["metadata", "annotations"]).is_empty() {
        document.remove(&["metadata", "annotations"]);
    }
    if document["metadata"].is_empty() {
        document.remove(&["metadata"]);
    }
    if document.is_empty() {
        return Ok(live.clone());
    }
    write::patch(inv, info, "", content_type, document, DryRun::Server)
}

/// Both states as texts; secrets' values are hidden.
fn shown(inv: &Invocation, live: Option<&Object>, merged: &Object) -> [String; 2] {
    let strip = |object: &Object| {
        let mut value = object.0.clone();
        if !inv.flags.bool("show-managed-fields") {
            value.remove(&["metadata", "managedFields"]);
        }
        value
    };
    let (mut old, mut new) = (live.map(strip), strip(merged));
    if merged.kind() == "Secret" && !inv.flags.bool("show-secrets") {
        let before = old.as_ref().map(|old| old["data"].clone()).unwrap_or_default();
        let after = new["data"].clone();
        let changed = |key: &str| before.has(key) && after.has(key) && before[key] != after[key];
        for (key, _) in after.entries() {
            new.set(&["data", key], if changed(key) { "*** (after)" } else { "***" });
        }
        if let Some(old) = &mut old {
            for (key, _) in before.entries() {
                old.set(&["data", key], if changed(key) { "*** (before)" } else { "***" });
            }
        }
    }
    [old.map(|old| yaml::print(&old)).unwrap_or_default(), yaml::print(&new)]
}

fn internal(inv: &Invocation, folders: &[String; 2], pairs: &[(String, [String; 2])]) -> bool {
    let mut differs = false;
    let time = inv.now().rfc3339();
    let time = format!("{} {}.000000000 +0000", &time[..10], &time[11..19]);
    for (name, [old, new]) in pairs {
        if old == new {
            continue;
        }
        differs = true;
        let [live, merged] = folders.each_ref().map(|folder| format!("{folder}/{name}"));
        inv.out(format!("diff -u -N {live} {merged}\n--- {live}\t{time}\n+++ {merged}\t{time}\n{}", unified(old, new)));
    }
    differs
}

/// Runs another program on two folders of files.
async fn external(
    inv: &Invocation,
    program: &str,
    folders: &[String; 2],
    pairs: &[(String, [String; 2])],
) -> Outcome<bool> {
    let files = &inv.process.files;
    for (at, folder) in folders.iter().enumerate() {
        files.put(folder, Node::Directory);
        for (name, texts) in pairs {
            files.put(&format!("{folder}/{name}"), Node::File(texts[at].as_bytes().into(), 0o644));
        }
    }
    let line = format!("{program} {} {}", folders[0], folders[1]);
    let code = inv.process.system.run(&line, inv.process.clone()).await;
    for folder in folders {
        let _ = files.remove(folder);
    }
    match code {
        0 => Ok(false),
        1 => Ok(true),
        code => Err(format!("failed to run {program:?}: exit status {code}").into()),
    }
}

/// The unified difference of two texts, three lines of context around each change.
pub fn unified(old: &str, new: &str) -> String {
    const CONTEXT: usize = 3;
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // Lengths of the longest common subsequences of what is left from each pair of lines on.
    let width = b.len() + 1;
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = match a[i] == b[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines: Vec<(char, &str, usize, usize)> = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            lines.push((' ', a[i], i, j));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            lines.push(('-', a[i], i, j));
            i += 1;
        } else {
            lines.push(('+', b[j], i, j));
            j += 1;
        }
    }
    let changes: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].0 != ' ').collect();
    let mut out = String::new();
    let mut at = 0;
    while at < changes.len() {
        let start = changes[at].saturating_sub(CONTEXT);
        while at + 1 < changes.len() && changes[at + 1] - changes[at] <= 2 * CONTEXT {
            at += 1;
        }
        let end = (changes[at] + CONTEXT + 1).min(lines.len());
        let hunk = &lines[start..end];
        let olds = hunk.iter().filter(|line| line.0 != '+').count();
        let news = hunk.iter().filter(|line| line.0 != '-').count();
        let range = |first: usize, count: usize| match count {
            0 => format!("{first},0"),
            1 => format!("{}", first + 1),
            count => format!("{},{count}", first + 1),
        };
        out += &format!("@@ -{} +{} @@\n", range(hunk[0].2, olds), range(hunk[0].3, news));
        for (mark, text, ..) in hunk {
            out += &format!("{mark}{text}\n");
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn differences_have_three_lines_of_context() {
        assert_eq!(unified("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nf\n"), "@@ -2,4 +2,4 @@\n b\n c\n d\n-e\n+f\n");
        assert_eq!(unified("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified("a\n", "a\n"), "");
    }
}
