//! Threads that everybody waits for go before those that read requests and make pages.

/// Steps on the scale of `nice`, from 19 (last) to -20: enough not to wait for a core that others use.
#[cfg(target_os = "linux")]
const FIRST: i32 = -10;

/// Lets this thread go first, and the threads that it starts. It takes root's rights or a limit that allows it (`RLIMIT_NICE`); without
/// them nothing changes but the speed under full load.
pub fn go_first() {
    // Elsewhere this would be about the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, FIRST) {
        tracing::debug!(%error, "a thread that others wait for doesn't go first");
    }
}
