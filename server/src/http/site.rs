//! The built files of the pages, beside the executable: `site/`.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use axum::{
    Router,
    http::{HeaderValue, header},
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
                .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, CACHE))
                .service(files),
        )
    }
}
