//! The kubeconfig that reaches a server: its address, its authority, its token.

use std::net::SocketAddr;
use std::path::Path;

/// Standard base64, as kubeconfig's `-data` fields want it.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// The file's text. Without an authority (PEM) the server speaks plain HTTP.
pub fn text(address: SocketAddr, authority: Option<&str>, token: &str) -> String {
    let (scheme, data) = match authority {
        Some(pem) => ("https", format!("\n    certificate-authority-data: {}", base64(pem.as_bytes()))),
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

#[cfg(test)]
mod tests {
    #[test]
    fn base64_pads() {
        for (bytes, expect) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(super::base64(bytes.as_bytes()), expect);
        }
    }
}
