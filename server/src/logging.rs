//! Log output: text or JSON lines, filtered by `SWITCHYARD_LOG`.

use tracing_subscriber::EnvFilter;

use crate::{cli::DatabaseArgs, settings::SettingError};

/// Starts logging to standard error: standard output belongs to the commands' results.
pub fn init(args: &DatabaseArgs) -> Result<(), SettingError> {
    let filter = EnvFilter::try_new(&args.log).map_err(|_| {
        SettingError::new("SWITCHYARD_LOG", &args.log, "a tracing filter such as info or info,pipeline=debug")
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.log_format.as_str() {
        "json" => log.json().flatten_event(true).init(),
        "text" | "" => log.init(),
        other => return Err(SettingError::new("SWITCHYARD_LOG_FORMAT", other, "text or json")),
    }
    Ok(())
}
