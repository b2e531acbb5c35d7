//! Values in one SQLite file.

mod faults;
pub mod row;
pub mod schema;
