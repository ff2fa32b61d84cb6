//! Just enough HTTP/1.1 to post events to a server on this machine and read what it answers.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Longer than any answer on this machine takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// More headers than our servers send.
const HEADERS_MAX: usize = 64;

/// A connection that is kept open between requests.
pub struct Connection {
    stream: TcpStream,
    address: SocketAddr,
}

/// What was answered.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body, as far as its length was announced.
    pub body: Vec<u8>,
}

impl Response {
    /// Takes an answer from the front of what was read, once all of it is there.
    pub fn take(read: &mut Vec<u8>) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(start) = head.parse(read).map_err(unreadable)? else { return Ok(None) };
        let status = head.code.ok_or_else(|| unreadable("no status"))?;
        let length = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let length = match length {
            Some(header) => String::from_utf8_lossy(header.value).trim().parse().map_err(unreadable)?,
            None => 0,
        };
        let Some(body) = read.get(start..start + length) else { return Ok(None) };
        let body = body.to_vec();
        read.drain(..start + length);
        Ok(Some(Self { status, body }))
    }
}

/// A request that posts JSON.
pub fn post_json(address: SocketAddr, path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, address })
    }

    /// Sends a `GET` and waits for the answer.
    pub fn get(&mut self, path: &str) -> io::Result<Response> {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address))
    }

    /// Posts JSON and waits for the answer.
    pub fn post_json(&mut self, path: &str, body: &str) -> io::Result<Response> {
        self.exchange(&post_json(self.address, path, body))
    }

    fn exchange(&mut self, request: &str) -> io::Result<Response> {
        self.stream.write_all(request.as_bytes())?;
        let (mut read, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let length = self.stream.read(&mut piece)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            read.extend_from_slice(&piece[..length]);
            if let Some(response) = Response::take(&mut read)? {
                return Ok(response);
            }
        }
    }
}

fn unreadable(problem: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an HTTP answer: {}", problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once_it_is_whole() {
        let two = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 429 Too Many Requests\r\n\r\n";
        for cut in 0..40 {
            assert!(Response::take(&mut two[..cut].to_vec()).unwrap().is_none(), "after {cut} bytes");
        }
        let mut read = two.to_vec();
        let first = Response::take(&mut read).unwrap().unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, b"{}".as_slice()));
        assert_eq!(Response::take(&mut read).unwrap().unwrap().status, 429);
        assert!(read.is_empty());
        assert!(Response::take(&mut b"SSH-2.0-OpenSSH\r\n".to_vec()).is_err());
    }
}
