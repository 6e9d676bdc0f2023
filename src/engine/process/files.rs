//! A file system in memory: the reader's working directory, or a container's root.

use crate::meta::SortedMap;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// Why a file operation failed; the text is the one libc prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// `ENOENT`
    NotFound,
    /// `EISDIR`
    IsDirectory,
    /// `ENOTDIR`
    NotDirectory,
    /// `EEXIST`
    Exists,
    /// `ENOTEMPTY`
    NotEmpty,
    /// `EACCES`
    Denied,
    /// `EROFS`
    ReadOnly,
    /// `EBUSY`
    Busy,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileError::NotFound => "No such file or directory",
            FileError::IsDirectory => "Is a directory",
            FileError::NotDirectory => "Not a directory",
            FileError::Exists => "File exists",
            FileError::NotEmpty => "Directory not empty",
            FileError::Denied => "Permission denied",
            FileError::ReadOnly => "Read-only file system",
            FileError::Busy => "Device or resource busy",
        })
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A file with its bytes and permission bits.
    File(Rc<[u8]>, u32),
    /// A symbolic link.
    Link(String),
}

/// All files of one machine; clones are handles on the same files. Paths are absolute.
#[derive(Clone)]
pub struct FileSystem(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    nodes: SortedMap<String, Node>,
    /// Other file systems put over paths of this one: a pod's volumes.
    mounts: Vec<Mount>,
    /// Counts changes, so that a view can tell whether to look again.
    version: u64,
}

/// A file system (or a part of it) that shows at a path of another.
#[derive(Clone)]
struct Mount {
    at: String,
    source: FileSystem,
    /// Which path of the source shows; `/` is all of it.
    root: String,
    read_only: bool,
}

/// Where a path leads once mounts are looked through.
struct Place {
    files: FileSystem,
    path: String,
    read_only: bool,
}

impl Default for FileSystem {
    fn default() -> Self {
        let nodes = SortedMap::from([("/".to_string(), Node::Directory)]);
        FileSystem(Rc::new(RefCell::new(Inner { nodes, ..Inner::default() })))
    }
}

/// What is left of `path` below `above`; empty for the path itself.
fn below<'a>(path: &'a str, above: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(above.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

impl FileSystem {
    /// An absolute path without `.`, `..` and double slashes.
    pub fn resolve(cwd: &str, path: &str) -> String {
        let mut parts: Vec<&str> = Vec::new();
        let base = if path.starts_with('/') { "" } else { cwd };
        for part in base.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    /// Shows `root` of another file system at the path `at` of this one.
    pub fn mount(&self, at: &str, source: &FileSystem, root: &str, read_only: bool) {
        let root = Self::resolve("/", root);
        let point = match source.node(&root) {
            Some(Node::File(..)) => Node::File(Rc::default(), 0o644),
            _ => Node::Directory,
        };
        self.put(at, point);
        let mut inner = self.0.borrow_mut();
        inner.mounts.push(Mount { at: at.into(), source: source.clone(), root, read_only });
    }

    /// Looks through mounts; of several at one path the last one shows.
    fn place(&self, path: &str) -> Place {
        let inner = self.0.borrow();
        let mount = inner.mounts.iter().rev().filter(|mount| below(path, &mount.at).is_some());
        let Some(mount) = mount.max_by_key(|mount| mount.at.len()) else {
            return Place { files: self.clone(), path: path.into(), read_only: false };
        };
        let rest = below(path, &mount.at).unwrap_or_default();
        let mut place = mount.source.place(&Self::resolve("/", &format!("{}{rest}", mount.root)));
        place.read_only |= mount.read_only;
        place
    }

    /// What stands at a path, links not followed.
    pub fn node_itself(&self, path: &str) -> Option<Node> {
        let place = self.place(path);
        let inner = place.files.0.borrow();
        inner.nodes.get(&place.path).cloned()
    }

    /// The path with symbolic links followed (to a depth of 16).
    fn follow(&self, path: &str) -> String {
        let mut path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
        for _ in 0..16 {
            let mut end = 0;
            let mut target = None;
            while let Some(next) = path[end + 1..].find('/').map(|at| end + 1 + at).or(Some(path.len())) {
                if let Some(Node::Link(to)) = self.node_itself(&path[..next]) {
                    target = Some(format!("{}{}", Self::resolve(parent(&path[..next]), &to), &path[next..]));
                    break;
                }
                if next == path.len() {
                    break;
                }
                end = next;
            }
            match target {
                Some(target) => path = Self::resolve("/", &target),
                None => break,
            }
        }
        path
    }

    /// What stands at a path, links followed.
    pub fn node(&self, path: &str) -> Option<Node> {
        self.node_itself(&self.follow(path))
    }

    /// Whether a directory stands at a path.
    pub fn is_directory(&self, path: &str) -> bool {
        matches!(self.node(path), Some(Node::Directory))
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// Where there is no file.
    pub fn read(&self, path: &str) -> Result<Rc<[u8]>, FileError> {
        match self.node(path) {
            Some(Node::File(bytes, _)) => Ok(bytes),
            Some(_) => Err(FileError::IsDirectory),
            None if matches!(self.node(parent(path)), Some(Node::File(..))) => Err(FileError::NotDirectory),
            None => Err(FileError::NotFound),
        }
    }

    /// Writes a file, keeping its permissions if it was there.
    ///
    /// # Errors
    /// Where the directory is missing or a directory is in the way.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.follow(path);
        match self.node(parent(&path)) {
            Some(Node::Directory) => {}
            Some(_) => return Err(FileError::NotDirectory),
            None => return Err(FileError::NotFound),
        }
        self.writable(&path)?;
        let mode = match self.node(&path) {
            Some(Node::Directory) => return Err(FileError::IsDirectory),
            Some(Node::File(_, mode)) => mode,
            _ => 0o644,
        };
        self.put(&path, Node::File(bytes.into(), mode));
        Ok(())
    }

    /// Appends to a file, creating it if needed.
    ///
    /// # Errors
    /// As [`FileSystem::write`].
    pub fn append(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let mut all = match self.read(path) {
            Ok(old) => old.to_vec(),
            Err(FileError::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        all.extend(bytes);
        self.write(path, &all)
    }

    fn writable(&self, path: &str) -> Result<(), FileError> {
        if self.place(path).read_only { Err(FileError::ReadOnly) } else { Ok(()) }
    }

    /// Puts a node at a path whatever was there, creating the directories above it.
    pub fn put(&self, path: &str, node: Node) {
        let Place { files, path, .. } = self.place(path);
        let mut inner = files.0.borrow_mut();
        let mut above = parent(&path);
        while !inner.nodes.contains_key(above) {
            inner.nodes.insert(above.to_string(), Node::Directory);
            above = parent(above);
        }
        inner.nodes.insert(path, node);
        inner.version += 1;
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// Where something is there or the directory above is missing.
    pub fn create_directory(&self, path: &str) -> Result<(), FileError> {
        if self.node(path).is_some() {
            return Err(FileError::Exists);
        }
        if !self.is_directory(parent(path)) {
            return Err(FileError::NotFound);
        }
        let path = &self.follow(path);
        self.writable(path)?;
        self.put(path, Node::Directory);
        Ok(())
    }

    /// Removes a file or link, or a directory with all in it.
    ///
    /// # Errors
    /// Where nothing is there, or a mount is in the way.
    pub fn remove(&self, path: &str) -> Result<(), FileError> {
        if self.0.borrow().mounts.iter().any(|mount| below(&mount.at, path).is_some()) {
            return Err(FileError::Busy);
        }
        self.writable(path)?;
        let Place { files, path, .. } = self.place(path);
        let mut inner = files.0.borrow_mut();
        inner.nodes.remove(&path).ok_or(FileError::NotFound)?;
        let inside = format!("{}/", path.trim_end_matches('/'));
        inner.nodes.retain(|other, _| !other.starts_with(&inside) || other == "/");
        inner.version += 1;
        Ok(())
    }

    /// The names in a directory, sorted by byte.
    ///
    /// # Errors
    /// Where there is no directory.
    pub fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        match self.node(path) {
            Some(Node::Directory) => {}
            Some(_) => return Err(FileError::NotDirectory),
            None => return Err(FileError::NotFound),
        }
        let Place { files, path, .. } = self.place(&self.follow(path));
        let inside = format!("{}/", path.trim_end_matches('/'));
        let inner = files.0.borrow();
        let below = inner.nodes.range(inside.clone()..).take_while(|(other, _)| other.starts_with(&inside));
        Ok(below
            .map(|(other, _)| &other[inside.len()..])
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .map(String::from)
            .collect())
    }

    /// Every path with what stands there, in order, mounts included.
    pub fn all(&self) -> Vec<(String, Node)> {
        let inner = self.0.borrow();
        let mut all = inner.nodes.clone();
        for mount in &inner.mounts {
            for (path, node) in mount.source.all() {
                if let Some(rest) = below(&path, &mount.root) {
                    all.insert(format!("{}{rest}", mount.at), node);
                }
            }
        }
        all.into_iter().collect()
    }

    /// Grows with every change.
    pub fn version(&self) -> u64 {
        let inner = self.0.borrow();
        inner.version + inner.mounts.iter().map(|mount| mount.source.version()).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_resolve_as_a_shell_resolves_them() {
        for (cwd, path, expect) in [
            ("/home/u", "a.yaml", "/home/u/a.yaml"),
            ("/home/u", "../x/./y//z", "/home/x/y/z"),
            ("/", "..", "/"),
            ("/a", "/b", "/b"),
        ] {
            assert_eq!(FileSystem::resolve(cwd, path), expect);
        }
    }

    #[test]
    fn files_are_written_listed_and_removed() {
        let files = FileSystem::default();
        assert_eq!(files.write("/a/b", b"x"), Err(FileError::NotFound));
        assert_eq!(files.read(""), Err(FileError::IsDirectory));
        files.create_directory("/a").unwrap();
        files.write("/a/b", b"x").unwrap();
        files.put("/l", Node::Link("a".into()));
        assert_eq!(files.list("/l").unwrap(), ["b"]);
        assert_eq!(&*files.read("/l/b").unwrap(), b"x");
        files.remove("/a").unwrap();
        assert_eq!(files.read("/a/b"), Err(FileError::NotFound));
    }

    #[test]
    fn mounts_show_other_files_and_may_be_read_only() {
        let (root, volume) = (FileSystem::default(), FileSystem::default());
        volume.put("/v1/key", Node::File((*b"one").into(), 0o644));
        volume.put("/..data", Node::Link("v1".into()));
        volume.put("/key", Node::Link("..data/key".into()));
        root.mount("/etc/conf", &volume, "/", true);
        root.mount("/etc/one", &volume, "/v1/key", false);
        assert_eq!(&*root.read("/etc/conf/key").unwrap(), b"one");
        assert_eq!(root.write("/etc/conf/key", b"x"), Err(FileError::ReadOnly));
        assert_eq!(root.list("/etc").unwrap(), ["conf", "one"]);
        root.write("/etc/one", b"two").unwrap();
        assert_eq!(&*root.read("/etc/conf/key").unwrap(), b"two");
        assert_eq!(root.remove("/etc"), Err(FileError::Busy));
        assert!(root.all().iter().any(|(path, _)| path == "/etc/conf/v1/key"));
    }
}
