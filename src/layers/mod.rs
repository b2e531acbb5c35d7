//! Layers: drivers around a driver.

pub mod queue;
