//! Unified diffs of lines, with three lines of context, without the header.

const CONTEXT: usize = 3;
/// Beyond this many cells the middle is taken as replaced whole.
const TABLE_LIMIT: usize = 4_000_000;

/// The hunks of a diff from `old` to `new`; empty if they are equal.
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&old, &new);
    let mut out = String::new();
    let mut at = 0;
    while let Some(change) = (at..edits.len()).find(|i| edits[*i].sign != ' ') {
        let start = change.saturating_sub(CONTEXT).max(at);
        let mut end = change;
        // A hunk goes on while the next change is near enough for their contexts to meet.
        while let Some(next) = (end..edits.len()).find(|i| edits[*i].sign != ' ') {
            if next - end > 2 * CONTEXT {
                break;
            }
            end = next + 1;
        }
        let end_with_context = (end + CONTEXT).min(edits.len());
        let hunk = &edits[start..end_with_context];
        let count = |other: char| hunk.iter().filter(|edit| edit.sign != other).count();
        let (removed, added) = (count('+'), count('-'));
        let head = (range(hunk[0].old, removed), range(hunk[0].new, added));
        out.push_str(&format!("@@ -{} +{} @@\n", head.0, head.1));
        for edit in hunk {
            out.push(edit.sign);
            out.push_str(edit.text);
            out.push('\n');
        }
        at = end_with_context;
    }
    out
}

/// One line of both, or of one side, and how many lines of each side precede it.
struct Edit<'a> {
    sign: char,
    text: &'a str,
    old: usize,
    new: usize,
}

fn range(before: usize, count: usize) -> String {
    match count {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        _ => format!("{},{count}", before + 1),
    }
}

fn edits<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Edit<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let common = common_lengths(a, b);
    let mut edits = Vec::with_capacity(old.len() + new.len());
    let (mut i, mut j) = (0, 0);
    let mut push = |sign, i: &mut usize, j: &mut usize| {
        let text = if sign == '+' { new[*j] } else { old[*i] };
        edits.push(Edit { sign, text, old: *i, new: *j });
        *i += usize::from(sign != '+');
        *j += usize::from(sign != '-');
    };
    while i < head {
        push(' ', &mut i, &mut j);
    }
    while i - head < a.len() || j - head < b.len() {
        let (x, y) = (i - head, j - head);
        let length = |x: usize, y: usize| common.get(x * (b.len() + 1) + y).copied().unwrap_or(0);
        let sign = if x < a.len() && y < b.len() && a[x] == b[y] && !common.is_empty() {
            ' '
        } else if x < a.len() && (y == b.len() || length(x + 1, y) >= length(x, y + 1)) {
            '-'
        } else {
            '+'
        };
        push(sign, &mut i, &mut j);
    }
    while i < old.len() {
        push(' ', &mut i, &mut j);
    }
    edits
}

/// For each pair of positions, how many lines what follows has in common; empty if too much.
fn common_lengths(a: &[&str], b: &[&str]) -> Vec<u16> {
    let width = b.len() + 1;
    if (a.len() + 1) * width > TABLE_LIMIT {
        return Vec::new();
    }
    let mut table = vec![0; (a.len() + 1) * width];
    for x in (0..a.len()).rev() {
        for y in (0..b.len()).rev() {
            table[x * width + y] = if a[x] == b[y] {
                table[(x + 1) * width + y + 1] + 1
            } else {
                table[(x + 1) * width + y].max(table[x * width + y + 1])
            };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn far_changes_make_two_hunks() {
        let old: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let mut new = old.clone();
        new[1] = "two".into();
        new.remove(17);
        assert_eq!(
            unified(&old.join("\n"), &new.join("\n")),
            "@@ -1,5 +1,5 @@\n 1\n-2\n+two\n 3\n 4\n 5\n@@ -15,6 +15,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n"
        );
        assert_eq!(unified("same", "same"), "");
    }
}
