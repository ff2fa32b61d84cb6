//! What the disk can do: nothing durable is faster than its sync.

use std::{fs::File, io::Write, path::Path, time::Instant};

use anyhow::Result;

use super::{load::Latencies, table::Row};

/// A database page.
const PAGE: [u8; 4096] = [7; 4096];

const SYNCS: usize = 500;

/// Appends a page and syncs, again and again, where the databases of the benchmarks are.
pub fn measure(folder: &Path) -> Result<Vec<Row>> {
    let path = folder.join("sync");
    let mut file = File::create(&path)?;
    let mut latencies = Latencies::default();
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        latencies.add(began.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(vec![Row::new("append 4 KiB and sync", latencies.summary())])
}
