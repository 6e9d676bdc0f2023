//! What is pasted from a book: prompts before commands are taken away.

/// What stands before a command in books and blogs.
const PROMPTS: &[&str] = &["$ ", "➜  $ ", "➜ $ ", "➜  ~ ", "> $ "];

/// A pasted text without its prompts.
pub fn prompts(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| without_prompt(line).to_string()).collect();
    lines.join("\n")
}

/// A line that continues an unfinished command, without a pasted `> `.
pub fn continuation(line: &str) -> &str {
    line.strip_prefix("> ").unwrap_or(line)
}

fn without_prompt(line: &str) -> &str {
    let bare = line.trim_start();
    let prompt = PROMPTS.iter().find_map(|prompt| bare.strip_prefix(prompt));
    if let Some(rest) = prompt {
        return rest;
    }
    // `$kubectl get po`: a prompt without its blank, where no such variable is meant.
    match bare.strip_prefix('$') {
        Some(rest) if COMMANDS.iter().any(|name| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))) => {
            rest
        }
        _ => line,
    }
}

/// Commands that stand after such a prompt.
const COMMANDS: &[&str] = &["kubectl", "minikube", "curl", "vim", "vi", "cat", "k"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_forgiven() {
        for (text, expect) in [
            ("$ kubectl get po", "kubectl get po"),
            ("➜  $ kubectl get po", "kubectl get po"),
            ("$kubectl label po x a=b", "kubectl label po x a=b"),
            ("$ a\n$ b", "a\nb"),
            ("$HOME/x", "$HOME/x"),
            ("echo $x", "echo $x"),
        ] {
            assert_eq!(prompts(text), expect);
        }
    }
}
