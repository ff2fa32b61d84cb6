//! Somebody who is signed in and opens pages, as a browser without scripts does it.

use std::{
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

/// Longer than any page takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// The form of the page that signs in.
const FORM: &str = "action=\"";

/// A session.
pub struct Visitor {
    server: SocketAddr,
    cookie: String,
}

/// A page that was opened.
pub struct Page {
    /// The time until its first byte.
    pub first_byte: Duration,
    /// Everything that came, with the headers.
    pub text: String,
}

impl Visitor {
    /// Signs in with the form of `/login`.
    pub fn sign_in(server: SocketAddr, email: &str, password: &str) -> Result<Self> {
        let mut visitor = Self { server, cookie: String::new() };
        let login = visitor.open("/login")?.text;
        let forms = login.split(FORM).skip(1).filter_map(|rest| rest.split('"').next());
        let action =
            forms.into_iter().find(|action| action.contains("sign_in")).context("/login has no form")?.to_owned();
        let form = format!("email={}&password={password}&next=", email.replace('@', "%40"));
        let answer = visitor.exchange(&format!(
            "POST {action} HTTP/1.1\r\nhost: {server}\r\norigin: http://{server}\r\naccept: text/html\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ))?;
        let cookie = answer.text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.trim().split(';').next().unwrap_or_default().to_owned())
        });
        visitor.cookie = cookie.with_context(|| format!("signing in gave no cookie:\n{:.300}", answer.text))?;
        Ok(visitor)
    }

    /// Opens a page.
    pub fn open(&self, path: &str) -> Result<Page> {
        let page = self.exchange(&format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\nconnection: close\r\ncookie: {}\r\n\r\n",
            self.server, self.cookie
        ))?;
        ensure!(page.text.starts_with("HTTP/1.1 200"), "{path}: {:.100}", page.text);
        Ok(page)
    }

    fn exchange(&self, request: &str) -> Result<Page> {
        let stream = TcpStream::connect_timeout(&self.server, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(stream);
        let began = Instant::now();
        reader.get_mut().write_all(request.as_bytes())?;
        let mut first = [0];
        reader.read_exact(&mut first)?;
        let first_byte = began.elapsed();
        let mut all = first.to_vec();
        reader.read_to_end(&mut all)?;
        Ok(Page { first_byte, text: String::from_utf8_lossy(&all).into_owned() })
    }
}
