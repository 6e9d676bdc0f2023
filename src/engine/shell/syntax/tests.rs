use super::*;
use crate::meta::SortedMap;
use proptest::prelude::*;

fn parse(text: &str) -> Result<List, SyntaxError> {
    Parser::new(text, &SortedMap::new()).whole()
}

#[test]
fn unfinished_input_asks_for_more() {
    for text in [
        "echo 'a",
        "echo \"a",
        "echo $(ls",
        "cat <<EOF\nx",
        "if true; then",
        "for x in a b; do echo",
        "while true",
        "{ a;",
        "( a",
        "case x in",
        "a &&",
        "a |",
        "f() {",
        "[[ -n x",
        "echo `a",
        "echo ${x",
        "x=(a",
    ] {
        assert!(matches!(parse(text), Err(SyntaxError::Incomplete(_))), "{text}: {:?}", parse(text));
    }
}

#[test]
fn mistakes_have_bashs_messages() {
    for (text, expect) in [
        (")", "syntax error near unexpected token `)'"),
        ("a ;; b", "syntax error near unexpected token `;;'"),
        ("| a", "syntax error near unexpected token `|'"),
        ("a && && b", "syntax error near unexpected token `&&'"),
        ("echo a > ", "syntax error near unexpected token `newline'"),
        ("done", "syntax error near unexpected token `done'"),
        ("echo (a)", "syntax error near unexpected token `('"),
        ("if; then a; fi", "syntax error near unexpected token `;'"),
    ] {
        let text = format!("{text}\n");
        assert_eq!(parse(&text), Err(SyntaxError::Wrong(expect.into())), "{text}");
    }
}

proptest! {
    #[test]
    fn the_parser_never_panics(text in "[ a-c0-9'\"\\\\$(){}\\[\\]<>|&;!#=~*?`\n\t-]{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn words_of_the_grammar_never_panic(words in prop::collection::vec("if|then|fi|for|in|do|done|case|esac|while|\\{|\\}|\\[\\[|\\]\\]|a|\\$\\(|\\)|<<E|E|\n|;|&&|!", 0..12)) {
        let _ = parse(&words.join(" "));
    }
}
