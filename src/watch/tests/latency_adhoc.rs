use super::*;
use std::time::{Duration, Instant};
#[test]
fn measure() {
    for (label, fresh_names) in [("existing", false), ("new", true)] {
    let fixture = Fixture::new(WatchOptions::default(), TreeRules::default(), |base| fs::write(base.join("existing-0"), "x").unwrap());
    let mut times = Vec::new();
    for round in 0..300 {
        let name = if fresh_names { format!("new-{round}") } else { "existing-0".to_owned() };
        std::thread::sleep(Duration::from_millis(if fresh_names { 3 } else { 60 }));
        fixture.seen.events.borrow_mut().clear();
        fixture.write(&name, &format!("r{round}"));
        let start = Instant::now();
        fixture.wait_until(|events| !events.is_empty());
        times.push(start.elapsed());
    }
    times.sort();
    println!("{label}: median {:?} p90 {:?} min {:?}", times[150], times[270], times[0]);
    }
    let mut times = Vec::new();
    for round in 0..30 {
        let fixture = Fixture::plain();
        std::thread::sleep(Duration::from_millis(20));
        let start = Instant::now();
        for i in 0..100 { fixture.write(&format!("f{round}-{i}"), "content"); }
        let wrote = start.elapsed();
        fixture.wait_until(|events| events.len() >= 100);
        times.push((start.elapsed(), wrote));
    }
    times.sort();
    println!("100 new: median {:?} min {:?} max {:?} (total, of it writing)", times[15], times[0], times[29]);
}
