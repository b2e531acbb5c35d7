//! What the jobs of one driver share.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::connection::Site;
use super::readers::Readers;
use super::slots::Slots;
use super::snapshot::Held;
use super::writer::Writer;
use crate::error::Fault;

/// The file as all threads see it.
pub(super) struct Shared {
    pub(super) site: Arc<Site>,
    pub(super) writer: Arc<Writer>,
    pub(super) readers: Readers,
    pub(super) slots: Slots,
    /// The snapshots that may be open.
    snapshots: Mutex<Vec<Weak<Held>>>,
}

impl Shared {
    pub(super) fn new(site: Arc<Site>, writer: Arc<Writer>) -> Self {
        Shared {
            readers: Readers::new(Arc::clone(&site), Arc::clone(&writer)),
            site,
            writer,
            slots: Slots::default(),
            snapshots: Mutex::default(),
        }
    }

    /// Sees to it that closing ends this snapshot.
    pub(super) fn remember(&self, held: &Arc<Held>) {
        let mut snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        snapshots.retain(|snapshot| snapshot.strong_count() > 0);
        snapshots.push(Arc::downgrade(held));
    }

    /// Closes every connection, that of the writer last: whoever closes the last one of all processes
    /// puts what is in the log into the main file.
    ///
    /// # Errors
    /// What SQLite says to that. Nothing is lost: what is in the log is found at the next opening.
    pub(super) fn close(&self) -> Result<(), Fault> {
        let snapshots = std::mem::take(
            &mut *self
                .snapshots
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        self.readers.close();
        for snapshot in snapshots.iter().filter_map(Weak::upgrade) {
            snapshot.end();
        }
        match self.writer.take_link() {
            Some(link) => Ok(link.close()?),
            None => Ok(()),
        }
    }
}
