//! Image names: from what a pod says to a repository, a tag and a digest, or why that is no name.

use std::fmt;

/// A full image name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Such as `docker.io/library/nginx`.
    pub repository: String,
    /// Such as `1.27`; `latest` where neither tag nor digest is said.
    pub tag: String,
    /// Such as `sha256:...`; may be empty.
    pub digest: String,
}

/// Why a name is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferenceError {
    /// A repository name with capitals.
    Uppercase(String),
    /// Anything else.
    Format,
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReferenceError::Uppercase(name) => {
                write!(f, "invalid reference format: repository name ({name}) must be lowercase")
            }
            ReferenceError::Format => f.write_str("invalid reference format"),
        }
    }
}

impl Reference {
    /// Reads an image name as a pod's `image` has it.
    ///
    /// # Errors
    /// If it is no image name.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let (rest, digest) = text.split_once('@').unwrap_or((text, ""));
        let name_start = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[name_start..].split_once(':') {
            Some((name, tag)) => (&rest[..name_start + name.len()], Some(tag)),
            None => (rest, None),
        };
        let (domain, path) = match name.split_once('/') {
            Some((domain, path))
                if domain.contains(['.', ':']) || domain == "localhost" || domain.to_lowercase() != domain =>
            {
                (domain, path.to_string())
            }
            Some(_) => ("docker.io", name.to_string()),
            None => ("docker.io", format!("library/{name}")),
        };
        let domain = if domain == "index.docker.io" { "docker.io" } else { domain };
        let path = if domain == "docker.io" && !path.contains('/') { format!("library/{path}") } else { path };
        if path.to_lowercase() != path {
            return Err(ReferenceError::Uppercase(path));
        }
        let in_path = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        let is_part = |part: &str| {
            part.chars().all(in_path)
                && part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.ends_with(|c: char| c.is_ascii_alphanumeric())
        };
        let is_tag = |tag: &str| {
            (1..=128).contains(&tag.len())
                && tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
                && !tag.starts_with(['.', '-'])
        };
        let digest_fits = digest.is_empty()
            || digest
                .strip_prefix("sha256:")
                .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if !path.split('/').all(is_part) || !tag.is_none_or(is_tag) || !digest_fits || text.ends_with('@') {
            return Err(ReferenceError::Format);
        }
        let tag = tag.unwrap_or(if digest.is_empty() { "latest" } else { "" });
        Ok(Reference { repository: format!("{domain}/{path}"), tag: tag.into(), digest: digest.into() })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if !self.tag.is_empty() {
            write!(f, ":{}", self.tag)?;
        }
        if !self.digest.is_empty() {
            write!(f, "@{}", self.digest)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_or_refused() {
        for (text, expect) in [
            ("nginx", Ok("docker.io/library/nginx:latest")),
            ("nginx:1.27", Ok("docker.io/library/nginx:1.27")),
            ("docker.io/redis:6.0.5", Ok("docker.io/library/redis:6.0.5")),
            ("luksa/kubia", Ok("docker.io/luksa/kubia:latest")),
            ("registry.k8s.io/pause:3.10", Ok("registry.k8s.io/pause:3.10")),
            ("localhost:5000/a/b", Ok("localhost:5000/a/b:latest")),
            ("NGINX:1.27", Err("invalid reference format: repository name (library/NGINX) must be lowercase")),
            ("nginx:", Err("invalid reference format")),
            ("nginx:1 2", Err("invalid reference format")),
            ("nginx::1", Err("invalid reference format")),
            ("-x", Err("invalid reference format")),
            ("a@sha256:12", Err("invalid reference format")),
            ("", Err("invalid reference format")),
        ] {
            let parsed = Reference::parse(text);
            let got = parsed.as_ref().map(ToString::to_string).map_err(ToString::to_string);
            assert_eq!(got, expect.map(String::from).map_err(String::from), "{text}");
        }
    }
}
