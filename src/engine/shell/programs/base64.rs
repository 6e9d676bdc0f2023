//! `base64`

use super::{Call, Options, Program, open};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

pub const PROGRAM: Program = Program {
    name: "base64",
    summary: "Encode or decode base64.",
    usage: "base64 [-d] [-i] [-w COLUMNS] [FILE]",
    examples: &[("echo -n admin | base64", "YWRtaW4="), ("echo YWRtaW4= | base64 -d", "admin"), ("echo '!' | base64 -d", "base64: invalid input")],
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')];
    let options = match Options::parse(&call, "dDiw:", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let file = options.operands.first().map_or("-", String::as_str);
    let bytes = match open(&call, file) {
        Ok(pipe) => pipe.read_to_end().await,
        Err(error) => return call.fail(format!("{file}: {error}")),
    };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&STANDARD, config);
    if options.has('d') || options.has('D') {
        let garbage = options.has('i');
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let text: Vec<u8> =
            bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace() && (!garbage || known(byte))).collect();
        return match engine.decode(&text) {
            Ok(decoded) => {
                call.process.stdout.write(&decoded);
                0
            }
            Err(_) => {
                // What could be decoded before the mistake is printed all the same.
                let good = text.iter().take_while(|byte| known(byte)).count() / 4 * 4;
                call.process.stdout.write(&engine.decode(&text[..good]).unwrap_or_default());
                call.fail("invalid input")
            }
        };
    }
    let Ok(width) = options.value('w').unwrap_or("76").parse::<usize>() else {
        return call.fail(format!("invalid wrap size: '{}'", options.value('w').unwrap_or("")));
    };
    let text = engine.encode(bytes);
    if width == 0 {
        call.out(text);
        return 0;
    }
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(width));
        call.out(format!("{line}\n"));
        rest = tail;
    }
    0
}
