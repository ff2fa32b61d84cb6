//! The built files of the pages, beside the executable: `site/`.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use axum::{
    Router,
    http::{HeaderValue, Response, StatusCode, header},
};
use leptos::config::LeptosOptions;
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Names carry a hash of the content, so a file never changes under its name.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Where the files are.
pub struct Site {
    root: PathBuf,
}

impl Site {
    /// `site/` beside the executable; `cargo xtask build` puts it there.
    pub fn beside_executable() -> anyhow::Result<Self> {
        let exe = std::env::current_exe().context("the executable's own path is unknown")?;
        let root = exe.parent().unwrap_or(&exe).join("site");
        anyhow::ensure!(
            root.join("hash.txt").exists(),
            "the pages' files are missing: {} does not exist. Build with `cargo xtask build` and run target/dist/switchyard",
            root.join("hash.txt").display()
        );
        Ok(Self { root })
    }

    /// What leptos has to know to name the files in pages.
    pub fn options(&self, addr: SocketAddr) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name("switchyard")
            .site_root(self.root.display().to_string())
            .site_pkg_dir("pkg")
            .site_addr(addr)
            .hash_files(true)
            .hash_file("site/hash.txt".into())
            .build()
    }

    /// The files, compressed ahead of time.
    pub fn files<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let files = ServeDir::new(self.root.join("pkg")).precompressed_br().precompressed_gzip();
        Router::new().fallback_service(
            ServiceBuilder::new()
                .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, cache))
                .service(files),
        )
    }
}

/// A file that is not there may be there tomorrow: while versions change, a page can ask a server that has other names.
fn cache<B>(response: &Response<B>) -> Option<HeaderValue> {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    found.then_some(CACHE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_kept() {
        let kept = |status: StatusCode| cache(&Response::builder().status(status).body(()).unwrap()).is_some();
        assert!(kept(StatusCode::OK) && kept(StatusCode::PARTIAL_CONTENT) && kept(StatusCode::NOT_MODIFIED));
        assert!(!kept(StatusCode::NOT_FOUND) && !kept(StatusCode::METHOD_NOT_ALLOWED));
    }
}
