//! Random histories.

use proptest::prelude::*;

use super::*;
use crate::drivers::memory::Memory;
use crate::storage::Storage;
use crate::testkit::model::{check_model, check_storage, steps};

fn mode_of(blocking: bool) -> Mode {
    match blocking {
        true => Mode::Blocking,
        false => Mode::NonBlocking,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_file_follows_the_model(steps in steps(), blocking in any::<bool>(), cached in any::<bool>()) {
        let Fixture { host, driver, _folder, .. } = Fixture::with(|options| {
            if !cached {
                options.cache_bytes = 0;
            }
        });
        check_model(Rc::new(driver), &host, mode_of(blocking), &steps);
    }

    #[test]
    fn memory_follows_the_model_too(steps in steps(), blocking in any::<bool>()) {
        let Fixture { host, driver, .. } = Fixture::with(|options| options.place = Place::Memory);
        check_model(Rc::new(driver), &host, mode_of(blocking), &steps);
    }

    #[test]
    fn a_mount_follows_the_model(steps in steps(), blocking in any::<bool>()) {
        let Fixture { host, driver, _folder, .. } = Fixture::new();
        let storage = Storage::new(Rc::new(Memory::on(host.shared())), host.shared());
        storage.mount("a", Rc::new(driver)).unwrap();
        // A transaction writes to one driver.
        let steps: Vec<_> = steps.into_iter().filter(|step| step.is_below("a:")).collect();
        check_storage(storage, &host, mode_of(blocking), &steps);
    }
}
