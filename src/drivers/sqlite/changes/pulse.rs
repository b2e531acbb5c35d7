//! Who watches without being alive.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::{MAX_BEHIND, Statements};
use crate::error::Fault;

/// The time between two signs of life of a watcher.
pub(super) const BEAT_INTERVAL: Duration = Duration::from_secs(15);

/// A watcher that gives no sign of life for so long is dead.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the time between two looks counts at most. While the machine sleeps, or somebody holds the lock
/// for minutes, nobody can give a sign of life.
const LONGEST_LOOK: Duration = Duration::from_secs(20);

/// What one process knows of the watchers. Clocks of others are not compared with its own: it only sees
/// whether their signs of life go on.
#[derive(Debug, Default)]
pub(super) struct Observer {
    watchers: HashMap<i64, Pulse>,
    last: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Pulse {
    beat: i64,
    still: Duration,
}

impl Observer {
    /// Looks at everybody but `own`, removes the dead and those that are too far behind, and trims the
    /// log. In a transaction that writes.
    pub(super) fn look(
        &mut self,
        connection: &Connection,
        sql: &Statements,
        own: Option<i64>,
        now: Instant,
    ) -> Result<(), Fault> {
        let since = self.last.replace(now).map_or(Duration::ZERO, |last| {
            now.duration_since(last).min(LONGEST_LOOK)
        });
        let newest = sql.newest(connection)?;
        let mut known = HashMap::new();
        let mut statement = connection.prepare_cached(&sql.watchers)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let rows: Vec<(i64, i64, i64)> = rows.collect::<Result<_, _>>()?;
        for (id, seen, beat) in rows {
            let pulse = self.pulse(id, beat, since);
            let is_dead = Some(id) != own && pulse.still >= PATIENCE;
            if is_dead || newest.saturating_sub(seen) > MAX_BEHIND {
                connection
                    .prepare_cached(&sql.bury)?
                    .execute(params![id, beat])?;
            } else {
                known.insert(id, pulse);
            }
        }
        self.watchers = known;
        sql.trim(connection)
    }

    fn pulse(&self, id: i64, beat: i64, since: Duration) -> Pulse {
        match self.watchers.get(&id) {
            Some(last) if last.beat == beat => Pulse {
                beat,
                still: last.still + since,
            },
            _ => Pulse {
                beat,
                still: Duration::ZERO,
            },
        }
    }
}
