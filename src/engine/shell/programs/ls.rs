//! `ls`

use super::{Call, Options, Help, Program};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "ls",
    help: || Help {
        summary: "List files and folders.",
        usage: "ls [-l] [-a] [-A] [-1] [-d] [-F] [-h] [-r] [-R] [-t] [-S] [FILE]...",
        examples: &[
            ("touch b a .c; ls", "a\nb"),
            ("touch b .c; ls -A", ".c\nb"),
            ("ls nosuch", "ls: cannot access 'nosuch': No such file or directory"),
            ("mkdir d; touch d/x; ls -R", ".:\nd\n\n./d:\nx"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

struct Entry {
    name: String,
    path: String,
    node: Node,
}

async fn run(call: Call) -> i32 {
    let long = [
        ("all", 'a'),
        ("almost-all", 'A'),
        ("directory", 'd'),
        ("human-readable", 'h'),
        ("recursive", 'R'),
        ("reverse", 'r'),
        ("classify", 'F'),
        ("color", 'K'),
        ("time-style", 'T'),
        ("numeric-uid-gid", 'n'),
    ];
    let args: Vec<String> =
        call.args().iter().map(|arg| if arg == "--color" { "--color=auto".into() } else { arg.clone() }).collect();
    let options = match Options::parse_args(&call, &args, "lnmaA1dhrRtSFiscCgGopK:T:", &long, false) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    let mut files = Vec::new();
    let mut folders = Vec::new();
    let operands = if options.operands.is_empty() { vec![".".to_string()] } else { options.operands.clone() };
    let several = operands.len() > 1 || options.has('R');
    for name in operands {
        let path = call.path(&name);
        let node = if options.has('l') { call.process.files.node_itself(&path) } else { call.process.files.node(&path) };
        match node {
            None => {
                // busybox words it otherwise.
                let busybox = call.process.files.node("/bin/busybox").is_some();
                call.complain(match busybox {
                    true => format!("{name}: No such file or directory"),
                    false => format!("cannot access '{name}': No such file or directory"),
                });
                status = if busybox { 1 } else { 2 };
            }
            Some(Node::Directory) if !options.has('d') => folders.push((name, path)),
            Some(node) => files.push(Entry { name, path, node }),
        }
    }
    let mut shown = !files.is_empty();
    if shown {
        show(&call, &options, files, false);
    }
    folders.sort();
    let mut at = 0;
    while at < folders.len() {
        let (name, path) = folders[at].clone();
        at += 1;
        if several {
            call.out(format!("{}{name}:\n", if shown { "\n" } else { "" }));
        }
        shown = true;
        let mut entries = Vec::new();
        let mut inner = Vec::new();
        if options.has('a') {
            entries.extend([".", ".."].map(|dot| Entry { name: dot.into(), path: path.clone(), node: Node::Directory }));
        }
        for entry in call.process.files.list(&path).unwrap_or_default() {
            if entry.starts_with('.') && !options.has('a') && !options.has('A') {
                continue;
            }
            let full = format!("{}/{entry}", path.trim_end_matches('/'));
            let Some(node) = call.process.files.node_itself(&full) else { continue };
            if options.has('R') && node == Node::Directory {
                inner.push((format!("{}/{entry}", name.trim_end_matches('/')), full.clone()));
            }
            entries.push(Entry { name: entry, path: full, node });
        }
        folders.splice(at..at, inner);
        show(&call, &options, entries, true);
    }
    status
}

fn show(call: &Call, options: &Options, mut entries: Vec<Entry>, folder: bool) {
    let size = |node: &Node| match node {
        Node::File(bytes, _) => bytes.len(),
        Node::Directory => 4096,
        Node::Link(to) => to.len(),
    };
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    if options.has('S') {
        entries.sort_by_key(|entry| std::cmp::Reverse(size(&entry.node)));
    }
    if options.has('r') {
        entries.reverse();
    }
    let mark = |entry: &Entry| match &entry.node {
        Node::Directory if options.has('F') || options.has('p') => "/",
        Node::Link(_) if options.has('F') => "@",
        Node::File(_, mode) if options.has('F') && mode & 0o111 != 0 => "*",
        _ => "",
    };
    if !options.has('l') && !options.has('n') {
        let names: Vec<String> = entries.iter().map(|entry| format!("{}{}", entry.name, mark(entry))).collect();
        let text = if options.has('m') {
            names.join(", ") + "\n"
        } else if call.process.tty && !options.has('1') {
            columns(&names, call.process.columns)
        } else {
            names.iter().map(|name| format!("{name}\n")).collect()
        };
        call.out(text);
        return;
    }
    if folder {
        call.out(format!("total {}\n", entries.iter().map(|entry| size(&entry.node).div_ceil(4096) * 4).sum::<usize>()));
    }
    let sizes: Vec<String> = entries
        .iter()
        .map(|entry| if options.has('h') { human(size(&entry.node)) } else { size(&entry.node).to_string() })
        .collect();
    let width = sizes.iter().map(String::len).max().unwrap_or(0);
    let (_, month, day, hour, minute, _) = call.process.clock.now().civil();
    let month = MONTHS.get(usize::from(month).wrapping_sub(1)).unwrap_or(&"Jan");
    let mounts = mounts(call);
    let rows: Vec<(String, String, u32)> = entries
        .iter()
        .map(|entry| {
            let bits = if let Node::File(_, mode) = entry.node { mode } else { 0o755 };
            let (user, group, bits) = ownership(call, &mounts, &entry.path, bits);
            let ids = &call.host.ids;
            let number = |name: String, own: &String| match name.as_str() {
                "root" => "0".into(),
                name if name == call.host.user => own.clone(),
                _ => name,
            };
            if options.has('n') { (number(user, &ids.user), number(group, &ids.group), bits) } else { (user, group, bits) }
        })
        .collect();
    let wide = |of: fn(&(String, String, u32)) -> &String| rows.iter().map(|row| of(row).len()).max().unwrap_or(0);
    let (users, groups) = (wide(|row| &row.0), wide(|row| &row.1));
    for ((entry, size), (user, group, bits)) in entries.iter().zip(sizes).zip(&rows) {
        let (kind, bits, links) = match &entry.node {
            Node::Directory => ('d', *bits, 2),
            Node::File(..) => ('-', *bits, 1),
            Node::Link(_) => ('l', 0o777, 1),
        };
        let target = match &entry.node {
            Node::Link(to) => format!(" -> {to}"),
            _ => mark(entry).to_string(),
        };
        let name = &entry.name;
        call.out(format!(
            "{kind}{} {links} {user:<users$} {group:<groups$} {size:>width$} {month} {day:2} {hour:02}:{minute:02} {name}{target}\n",
            permissions(bits)
        ));
    }
}

/// `rwxr-xr-x`
pub fn permissions(mode: u32) -> String {
    let letter = |at: usize| {
        let set = mode & (0o400 >> at) != 0;
        let special = at % 3 == 2 && mode & (0o4000 >> (at / 3)) != 0;
        match (special, set) {
            (true, true) => if at == 8 { 't' } else { 's' },
            (true, false) => if at == 8 { 'T' } else { 'S' },
            (false, true) => ['r', 'w', 'x'][at % 3],
            (false, false) => '-',
        }
    };
    (0..9).map(letter).collect()
}

/// A volume as the mount table has it: its place, its group, and whether everybody may write to it.
struct Mount {
    at: String,
    group: Option<String>,
    open: bool,
}

fn mounts(call: &Call) -> Vec<Mount> {
    let table = call.process.files.read("/proc/self/mounts").map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mount = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let (at, options) = (words.next()?.to_string(), words.nth(1)?);
        let group = options.split(',').find_map(|option| option.strip_prefix("gid=")).map(String::from);
        Some(Mount { at, group, open: options.contains("mode=777") })
    };
    table.unwrap_or_default().lines().filter_map(mount).filter(|mount| mount.at != "/").collect()
}

/// The owner, the group and the mode of a file: the image's files are root's, and so are the folders of volumes.
fn ownership(call: &Call, mounts: &[Mount], path: &str, mode: u32) -> (String, String, u32) {
    let (user, ids) = (&call.host.user, &call.host.ids);
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let mount = mounts.iter().filter(|mount| path == mount.at || below(&mount.at)).max_by_key(|mount| mount.at.len());
    let is_root = mount.is_some_and(|mount| mount.at == path);
    let home = call.process.var("HOME").filter(|home| *home != "/");
    let own = home.is_some_and(|home| path == home || below(home)) || below("/tmp") || (mount.is_some() && !is_root);
    let group = mount.and_then(|mount| mount.group.clone());
    let bits = match mount {
        _ if path == "/tmp" => 0o1777,
        Some(mount) if is_root => {
            let bits = if mount.open { 0o777 } else { mode };
            if mount.group.is_some() { bits | 0o2070 } else { bits }
        }
        _ => mode,
    };
    let own_group = if ids.group == "0" { "root" } else { user.as_str() };
    let (owner, usual) = if own { (user.as_str(), own_group) } else { ("root", "root") };
    (owner.into(), group.unwrap_or_else(|| usual.into()), bits)
}

/// `1.5K`
pub fn human(size: usize) -> String {
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit < 4 {
        value /= 1024.0;
        unit += 1;
    }
    let unit_text = ["", "K", "M", "G", "T"][unit];
    if unit == 0 || value >= 10.0 { format!("{}{unit_text}", value.ceil()) } else { format!("{:.1}{unit_text}", (value * 10.0).ceil() / 10.0) }
}

/// English short names of the months.
pub const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Names in columns, filled downwards, as on a terminal.
fn columns(names: &[String], width: usize) -> String {
    let widths: Vec<usize> = names.iter().map(|name| name.chars().count()).collect();
    for rows in 1..=names.len() {
        let column = |at: usize| widths[at * rows..names.len().min((at + 1) * rows)].iter().max().copied().unwrap_or(0);
        let count = names.len().div_ceil(rows);
        let total: usize = (0..count).map(column).sum::<usize>() + 2 * (count - 1);
        if total > width && rows < names.len() {
            continue;
        }
        let mut text = String::new();
        for row in 0..rows {
            for at in 0..count {
                let Some(name) = names.get(at * rows + row) else { break };
                let last = (at + 1) * rows + row >= names.len();
                let pad = if last { 0 } else { column(at) + 2 - widths[at * rows + row] };
                text.push_str(name);
                text.push_str(&" ".repeat(pad));
            }
            text.push('\n');
        }
        return text;
    }
    String::new()
}
