//! The kubeconfig that reaches a server: its address, its authority, its token.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::net::SocketAddr;
use std::path::Path;

/// The file's text. Without an authority (PEM) the server speaks plain HTTP.
pub fn text(address: SocketAddr, authority: Option<&str>, token: &str) -> String {
    let (scheme, data) = match authority {
        Some(pem) => ("https", format!("\n    certificate-authority-data: {}", BASE64_STANDARD.encode(pem))),
        None => ("http", String::new()),
    };
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: tabernetes\nclusters:\n- name: tabernetes\n  cluster:\n    \
         server: {scheme}://{address}{data}\nusers:\n- name: tabernetes\n  user:\n    token: {token}\ncontexts:\n\
         - name: tabernetes\n  context:\n    cluster: tabernetes\n    user: tabernetes\n"
    )
}

/// Writes it so that only the user can read it.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}
