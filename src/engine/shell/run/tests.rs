use crate::shell::testing::{Bench, run};

#[test]
fn scripts_do_what_bash_does() {
    let cases: &[(&str, &str)] = &[
        ("x=5; echo $x ${x}y \"$x z\" '$x'", "5 5y 5 z $x"),
        ("echo ${u:-d} ${u:=e} $u ${u:+f} ${#u}", "d e e f 1"),
        (
            "f=a.tar.gz; echo ${f%.*} ${f%%.*} ${f#*.} ${f##*.} ${f/a/b} ${f//a/_} ${f:2:3} ${f^^}",
            "a.tar a tar.gz gz b.tar.gz _.t_r.gz tar A.TAR.GZ",
        ),
        ("echo $(echo a; echo b) `echo c` $((1+2*3))", "a b c 7"),
        ("false; echo $?; ! false; echo $?", "1\n0"),
        ("a=(x y z); echo ${a[1]} ${#a[@]} ${a[@]:1}", "y 3 y z"),
        ("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3"),
        ("for ((i=0;i<3;i++)); do echo -n $i; done", "012"),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3"),
        ("until true; do :; done; echo ok", "ok"),
        ("case foo.yaml in *.json) echo j;; *.yaml|*.yml) echo y;; esac", "y"),
        ("f() { local x=1; echo \"$# $1 $x\"; return 3; }; f a b; echo $? $x", "2 a 1\n3"),
        ("if [[ abc =~ ^a(b)c$ ]]; then echo ${BASH_REMATCH[1]}; else echo no; fi", "b"),
        ("[[ a == a* && -z '' ]] && echo yes", "yes"),
        ("(cd /tmp; pwd); pwd", "/tmp\n/home/user"),
        ("echo {a,b}{1,2} {1..3}", "a1 a2 b1 b2 1 2 3"),
        ("cat <<EOF\n$((1+1)) $HOME\nEOF", "2 /home/user"),
        ("cat <<'EOF'\n$HOME\nEOF", "$HOME"),
        ("cat <<-EOF | tr a b\n\ta\n\tEOF", "b"),
        ("cat <<< hi", "hi"),
        ("echo a > f; echo b >> f; cat < f", "a\nb"),
        ("nosuch", "bash: nosuch: command not found"),
        ("nosuch 2>/dev/null; echo $?", "127"),
        ("cat nosuch 2>&1 | wc -l", "1"),
        ("echo a | { read x; echo got $x; }", "got a"),
        ("echo 'a b c' | while read x y; do echo \"$y-$x\"; done", "b c-a"),
        ("alias k=echo\nk hi", "hi"),
        ("set -e; false; echo no", ""),
        ("set -o pipefail; false | true; echo $?", "1"),
        ("set -- a 'b c'; for x in \"$@\"; do echo \"<$x>\"; done; echo $#", "<a>\n<b c>\n2"),
        ("printf '%s-%03d\\n' a 7 b 8", "a-007\nb-008"),
        ("touch a.yaml b.yaml c.txt; echo *.yaml ?.txt [ab]*", "a.yaml b.yaml c.txt a.yaml b.yaml"),
        ("echo '*' \"*\" \\*", "* * *"),
        ("trap 'echo bye' EXIT; exit 2", "bye"),
        ("sleep 5 & wait; echo done", "done"),
        ("sleep 100 & kill %1; wait; echo $?", "0"),
        ("yes() { while true; do echo y; done; }; yes | head -2", "y\ny"),
        ("A=b env | grep ^A=; echo ${A:-none}", "A=b\nnone"),
        ("eval 'x=1; echo $x'", "1"),
        ("echo 'echo $1' > s.sh; source s.sh hi; bash s.sh there", "hi\nthere"),
        ("x=$(false); echo $?", "1"),
        ("echo a \\\nb", "a b"),
        ("# only a comment", ""),
        ("echo a#b # c", "a#b"),
        ("echo x // a remark", "x"),
        ("$ echo pasted", "pasted"),
        ("diff <(echo a) <(echo a) && echo same", "same"),
        ("cd nosuch", "bash: cd: nosuch: No such file or directory"),
        ("echo $((1/0))", "bash: 1/0: division by 0 (error token is \"0\")"),
        ("type echo; command -v cat", "echo is a shell builtin\n/usr/bin/cat"),
        ("echo a; )", "bash: syntax error near unexpected token `)'"),
        ("unset x; echo ${x?gone}", "bash: x: gone"),
        ("time true 2>&1 | cat; echo ok", "\nreal\t0m0.001s\nuser\t0m0.000s\nsys\t0m0.000s\nok"),
        (
            "declare -A m=([a]=1 [b]='2 3'); m[c]=4; ((m[a]++)); echo ${m[a]} ${m[b]} ${#m[@]}; unset m[b]; echo ${!m[@]}",
            "2 2 3 3\nc a",
        ),
        (
            "a[5]=x; a[2]=y; a+=(z); echo ${!a[@]} ${a[@]} ${#a[@]} ${a[-1]}; declare -p a",
            "2 5 6 y x z 3 z\ndeclare -a a=([2]=\"y\" [5]=\"x\" [6]=\"z\")",
        ),
        (
            "declare -i n=5; n+=3; n=n*2; echo $n; declare -n r=n; r=1; echo $n; v=n; echo ${!v} ${!HOM*}",
            "16\n1\n1 HOME",
        ),
        ("set -e; false || true; echo yes; (exit 3); echo no", "yes"),
        (
            "set -x; x='a b'; for i in $x; do [[ $i == b ]]; done; case q in *) ((1));; esac; y=$(echo z)",
            "+ x='a b'\n+ for i in $x\n+ [[ a == b ]]\n+ for i in $x\n+ [[ b == b ]]\n+ case q in\n+ (( 1 ))\n++ echo z\n+ y=z",
        ),
        ("trap 'echo got' USR1; kill -USR1 $$; trap 'echo failed' ERR; false; false || true", "got\nfailed"),
        ("case foo in f*) echo a;;& *o) echo b;; *) echo c;; esac", "a\nb"),
        ("set -C; echo a > f; echo b > f; echo c >| f; cat f", "bash: f: cannot overwrite existing file\nc"),
        (
            "false | true; echo ${PIPESTATUS[@]}; select x in a b; do echo $x; break; done <<< 2",
            "1 0\n1) a\n2) b\n#? b",
        ),
        ("false; x=$?; echo $x; if (exit 3); then :; else echo $?; fi; trap 'y=$?; echo $y' EXIT; exit 4", "1\n3\n4"),
        ("pushd /tmp; popd; read -n 2 x <<< hello; echo $x; echo ${x@Q}", "/tmp ~\n~\nhe\n'he'"),
        (
            "printf 'echo\\ncd nodir\\n' > s; bash s; bash -c nosuch",
            "\ns: line 2: cd: nodir: No such file or directory\nbash: line 1: nosuch: command not found",
        ),
    ];
    let mut wrong = Vec::new();
    for (script, expect) in cases {
        let output = run(script).output;
        if output.trim_end() != expect.trim_end() {
            wrong.push(format!("{script}\n  expected {expect:?}\n  got      {output:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_terminal_asks_for_more_and_can_be_interrupted() {
    let bench = Bench::new();
    bench.terminal.enter("echo 'a");
    assert!(bench.terminal.is_continuing());
    assert_eq!(bench.run("b'").output, "a\nb\n");
    bench.terminal.enter("sleep 1000000");
    bench.settle();
    assert!(bench.terminal.is_busy());
    bench.terminal.interrupt();
    bench.settle();
    assert_eq!((bench.terminal.is_busy(), bench.terminal.status()), (false, 130));
    bench.terminal.enter("cat");
    bench.terminal.enter("typed");
    bench.terminal.end_of_input();
    bench.settle();
    assert!(bench.terminal.drain().iter().any(|chunk| chunk.text.contains("typed\n")));
    assert!(!bench.terminal.is_busy());
}

#[test]
fn quoting_round_trips() {
    for text in ["a b", "it's", "", "$x `y` \"z\" \\ * ? [a] {b,c} ~ # ; & |", "new\nline"] {
        assert_eq!(run(&format!("printf %s {}", super::quote(text))).output, text);
    }
}
