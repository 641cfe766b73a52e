//! The [`Interrupt`] is Ctrl-C. The first asks the command to stop after the work in flight, the second
//! ends the process at once.

use tokio::sync::watch;

/// The exit status of a program that SIGINT ended, as shells report it: 128 and the signal's number.
pub(crate) const EXIT_STATUS: u8 = 130;

/// Whether Ctrl-C was pressed.
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on. Calls `first` at the first Ctrl-C.
    pub(crate) fn listen(first: impl FnOnce() + Send + 'static) -> Interrupt {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            sender.send_replace(true);
            first();
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(EXIT_STATUS.into());
            }
        });
        Interrupt(receiver)
    }

    pub(crate) fn came(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for Ctrl-C, for ever if need be.
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|came| *came).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
