//! The command: one line with the URL, a clean stop, a plain word about a wrong seed.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

fn snap_sim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snap-sim"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
#[cfg(unix)]
fn it_says_where_it_is_and_stops_when_told() {
    for signal in ["-INT", "-TERM"] {
        let mut child = snap_sim().args(["--port", "0"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("snap-sim is ready at http://").expect("the line with the URL");
        let mut connection = std::net::TcpStream::connect(url).unwrap();
        connection.write_all(b"GET /_sim/clock HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut start = [0; 15];
        connection.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_seed_of_ones_own_replaces_the_built_in_one() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "[settings]\npage_sizes = 3").unwrap();
    let path = file.path().to_str().unwrap();
    let output = snap_sim().args(["--port", "0", "--seed", path]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains(path) && said.contains("page_sizes"), "{said}");
}
