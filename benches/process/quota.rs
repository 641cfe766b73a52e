//! A [`Quota`] is a share of one CPU for one process, kept by the kernel (a control group of either version):
//! what a Lambda of little memory has once INIT is over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::task::JoinHandle;

/// Lambda's own accounting period, in microseconds.
const PERIOD: u32 = 20_000;

/// A control group of its own, without a limit at first; removed when dropped.
pub(crate) struct Quota {
    group: PathBuf,
    /// The file that holds the limit, and what it says where there is one and where there is none.
    file: &'static str,
    limit: String,
    no_limit: String,
}

impl Quota {
    /// A group that may use `percent` of one CPU while it is limited. The error tells why there can't be one here.
    pub(crate) fn new(percent: f64) -> Result<Quota, String> {
        let name = format!("okta-request-enricher-bench-{}", std::process::id());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the period")]
        let share = (f64::from(PERIOD) * percent / 100.0).max(1000.0) as u32;
        // Its weight against other processes is the greatest there is: nothing but the quota is to hold it
        // back.
        let v2 = Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
        let (root, settings, file, limit, no_limit) = if v2 {
            let settings = vec![("cpu.weight", "10000".to_owned())];
            ("/sys/fs/cgroup", settings, "cpu.max", format!("{share} {PERIOD}"), format!("max {PERIOD}"))
        } else {
            let period = ("cpu.cfs_period_us", PERIOD.to_string());
            let settings = vec![("cpu.shares", "262144".to_owned()), period];
            ("/sys/fs/cgroup/cpu", settings, "cpu.cfs_quota_us", share.to_string(), "-1".to_owned())
        };
        let quota = Quota { group: Path::new(root).join(name), file, limit, no_limit };
        let made = || -> io::Result<()> {
            fs::create_dir(&quota.group)?;
            settings.iter().try_for_each(|(file, text)| fs::write(quota.group.join(file), text))
        };
        made().map_err(|error| format!("no control group can be made under {root} ({error})"))?;
        Ok(quota)
    }

    /// Puts a process into the group, without a limit yet. To move a process takes the kernel up to ten
    /// milliseconds, to limit the group none. So it is moved during INIT, beside it, and limited after.
    pub(crate) fn take(&self, process: u32) -> JoinHandle<()> {
        self.write(self.file, &self.no_limit);
        let list = self.group.join("cgroup.procs");
        tokio::task::spawn_blocking(move || fs::write(list, process.to_string()).expect("a group of our own"))
    }

    /// Limits the group, and so the process with all its threads.
    pub(crate) fn limit(&self) {
        self.write(self.file, &self.limit);
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.group.join(file), text).expect("a group of our own");
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.group);
    }
}
