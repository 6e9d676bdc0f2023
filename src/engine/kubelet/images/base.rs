//! What root file systems are made from: which tools they have, and the files everybody looks at.

use crate::process::{FileSystem, Node};

/// A family of root file systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing but the program: no shell.
    Scratch,
    /// busybox: many small tools in one.
    Busybox,
    /// Alpine Linux: busybox and a package manager.
    Alpine,
    /// Debian without extras: coreutils and bash, no network tools.
    Debian,
    /// A tool box for looking at networks.
    Toolbox,
}

/// Tools that every base with a shell has: those of them that do something here.
const COMMON: &str = "sh cat ls echo printf grep egrep fgrep head tail wc sort uniq cut tr sed awk tee xargs rm rmdir mv cp ln \
    mkdir mktemp touch env printenv export sleep seq date base64 hostname id whoami pwd true false test [ kill \
    find chmod chown df du basename dirname readlink realpath stat tar md5sum sha256sum uname yes nproc timeout \
    expr tac rev nl paste mount which more diff dd comm fold od split truncate shuf cmp gzip gunzip zcat nohup nice chroot";
const BUSYBOX: &str = "busybox ash ps top free uptime wget nc nslookup ping telnet vi httpd ifconfig ip netstat route traceroute less watch \
    clear";
const DEBIAN: &str = "bash dash apt apt-get getent";
const TOOLBOX: &str = "bash ps top free uptime curl wget nc ncat nslookup dig host ping telnet vi vim ifconfig ip netstat ss route \
    traceroute jq less watch";

impl Base {
    /// What a tag of an image is made from: `-alpine` and `-debug` are made otherwise than the others.
    pub fn of_tag(self, tag: &str) -> Base {
        match self {
            Base::Debian if tag.contains("alpine") => Base::Alpine,
            Base::Scratch if tag.contains("debug") => Base::Busybox,
            base => base,
        }
    }

    /// The names of the tools in it.
    fn tools(self) -> impl Iterator<Item = &'static str> {
        let (common, more) = match self {
            Base::Scratch => ("", ""),
            Base::Busybox => (COMMON, BUSYBOX),
            Base::Alpine => (COMMON, BUSYBOX),
            Base::Debian => (COMMON, DEBIAN),
            Base::Toolbox => (COMMON, TOOLBOX),
        };
        let package_manager = if matches!(self, Base::Alpine | Base::Toolbox) { "apk" } else { "" };
        common.split_whitespace().chain(more.split_whitespace()).chain(package_manager.split_whitespace())
    }

    fn release(self) -> &'static str {
        match self {
            Base::Scratch | Base::Busybox => "",
            Base::Alpine | Base::Toolbox => {
                "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME=\"Alpine Linux v3.22\"\n\
                 HOME_URL=\"https://alpinelinux.org/\"\n"
            }
            Base::Debian => {
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
                 VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"
            }
        }
    }

    /// The files that say which release it is, where the tag of an image of Alpine says another.
    pub fn release_of(self, image: &super::Image, tag: &str) -> Vec<(&'static str, String)> {
        const PATCHES: &[(&str, u32)] =
            &[("3.22", 1), ("3.21", 4), ("3.20", 7), ("3.19", 8), ("3.18", 12), ("3.17", 10)];
        let alpine = image.names.iter().any(|name| name.ends_with("/alpine")) && tag.starts_with("3.");
        if !alpine {
            return Vec::new();
        }
        let patch = PATCHES.iter().find(|(minor, _)| *minor == tag);
        let version = patch.map_or(tag.to_string(), |(minor, patch)| format!("{minor}.{patch}"));
        let minor: Vec<&str> = version.splitn(3, '.').take(2).collect();
        let text = self.release().replace("3.22.1", &version).replace("3.22", &minor.join("."));
        vec![("/etc/alpine-release", format!("{version}\n")), ("/etc/os-release", text)]
    }

    /// Which busybox is in it: an image of busybox itself has its tag's.
    pub fn busybox(self, image: &super::Image, tag: &str) -> Option<String> {
        match self {
            Base::Busybox if image.names.iter().any(|name| name.ends_with("/busybox")) => {
                let version = tag.split('-').next().unwrap_or_default();
                let numbered = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
                Some(if numbered { version.into() } else { "1.37.0".into() })
            }
            Base::Busybox | Base::Alpine => Some("1.37.0".into()),
            _ => None,
        }
    }

    /// Whether it has that tool.
    pub fn has(self, tool: &str) -> bool {
        self.tools().any(|name| name == tool)
    }

    /// The user's shell, as `/etc/passwd` says it.
    fn shell(self) -> &'static str {
        if matches!(self, Base::Debian | Base::Toolbox) { "/bin/bash" } else { "/bin/sh" }
    }

    /// Puts its directories, tools and files into a root.
    pub fn lay(self, files: &FileSystem) {
        for directory in
            ["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/sys", "/tmp", "/usr/bin", "/var/log", "/run"]
        {
            files.put(directory, Node::Directory);
        }
        files.put("/dev/null", Node::File([].into(), 0o666));
        if self == Base::Scratch {
            return;
        }
        for tool in self.tools() {
            executable(files, &format!("/bin/{tool}"));
        }
        let passwd = format!("root:x:0:0:root:/root:{}\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n", self.shell());
        let alpine = if matches!(self, Base::Alpine | Base::Toolbox) { "3.22.1\n" } else { "" };
        for (path, text) in [
            ("/etc/alpine-release", alpine),
            ("/etc/passwd", passwd.as_str()),
            ("/etc/group", "root:x:0:\nnobody:x:65534:\n"),
            ("/etc/os-release", self.release()),
        ] {
            if !text.is_empty() {
                files.put(path, Node::File(text.as_bytes().into(), 0o644));
            }
        }
    }
}

/// Puts an executable at a path. What it does is not in its bytes.
pub fn executable(files: &FileSystem, path: &str) {
    files.put(path, Node::File((*b"\x7fELF").into(), 0o755));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_have_what_they_are_known_for() {
        for (base, tool, expect) in [
            (Base::Scratch, "sh", false),
            (Base::Busybox, "wget", true),
            (Base::Busybox, "curl", false),
            (Base::Debian, "bash", true),
            (Base::Debian, "ps", false),
            (Base::Alpine, "apk", true),
            (Base::Toolbox, "dig", true),
        ] {
            assert_eq!(base.has(tool), expect, "{base:?} {tool}");
        }
        for (tag, expect) in [("1.27", true), ("1.27-alpine", false), ("alpine3.22", false), ("bookworm", true)] {
            assert_eq!(Base::Debian.of_tag(tag).has("bash"), expect, "{tag}");
        }
    }
}
