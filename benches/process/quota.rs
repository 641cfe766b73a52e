//! A [`Quota`] is a share of one CPU for one process, kept by the kernel (a control group of either version):
//! what a Lambda of little memory has once INIT is over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lambda's own accounting period, in microseconds.
const PERIOD: u32 = 20_000;

/// A control group of its own; removed when dropped.
pub(crate) struct Quota(PathBuf);

impl Quota {
    /// A group that may use `percent` of one CPU. The error tells why there can't be one here.
    pub(crate) fn new(percent: f64) -> Result<Quota, String> {
        let name = format!("okta-request-enricher-bench-{}", std::process::id());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the period")]
        let quota = (f64::from(PERIOD) * percent / 100.0).max(1000.0) as u32;
        // Its weight against other processes is the greatest there is: nothing but the quota is to hold it
        // back.
        let v2 = Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
        let (root, settings) = if v2 {
            let limit = format!("{quota} {PERIOD}");
            ("/sys/fs/cgroup", vec![("cpu.weight", "10000".to_owned()), ("cpu.max", limit)])
        } else {
            let shares = ("cpu.shares", "262144".to_owned());
            let period = ("cpu.cfs_period_us", PERIOD.to_string());
            ("/sys/fs/cgroup/cpu", vec![shares, period, ("cpu.cfs_quota_us", quota.to_string())])
        };
        let group = Quota(Path::new(root).join(name));
        let made = || -> io::Result<()> {
            fs::create_dir(&group.0)?;
            settings.iter().try_for_each(|(file, text)| fs::write(group.0.join(file), text))
        };
        made().map_err(|error| format!("no control group can be made under {root} ({error})"))?;
        Ok(group)
    }

    /// Puts a process under it, with all its threads.
    pub(crate) fn hold(&self, process: u32) {
        fs::write(self.0.join("cgroup.procs"), process.to_string()).expect("a group of our own");
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
