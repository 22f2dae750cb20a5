//! States follow their objects wherever these go.

use proptest::prelude::*;
use windrose_config::dynamic_config::Objects;

use crate::compile::align::Column;

/// Objects by name; two are written alike when their numbers are equal.
fn objects() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0_u8..12, 0_u8..3), 0..12)
}

fn named(objects: &[(u8, u8)]) -> Objects<u8> {
    objects.iter().map(|(name, value)| (name.to_string().into(), written(*value))).collect()
}

fn written(value: u8) -> std::sync::Arc<windrose_config::Written<u8>> {
    let origin = windrose_config::Origin::new(
        windrose_config::Source::other("test"),
        windrose_config::Mark::default(),
    );
    std::sync::Arc::new(windrose_config::Written::new(value, origin))
}

proptest! {
    #![proptest_config(windrose_random::cases(2000))]

    #[test]
    fn states_and_watches_go_with_their_names(
        versions in prop::collection::vec(objects(), 1..5),
        watched in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut column: Column<Option<String>> = Column::default();
        let mut old: Objects<u8> = Objects::default();
        for version in versions {
            let new = named(&version);
            let watch: Vec<usize> = watched.iter().map(|at| usize::from(*at)).filter(|at| *at < old.len()).collect();
            column.watch(watch.clone());
            let changes = column.align(&old, &new);
            for (index, (name, object)) in new.iter().enumerate() {
                let before = old.get_full(name);
                let state = column.get(index).unwrap();
                prop_assert_eq!(state.as_deref(), before.map(|_| &**name));
                let is_unchanged = before.is_some_and(|(_, _, before)| before == object);
                prop_assert_eq!(changes.changed.contains(&index), !is_unchanged);
                let was_watched = before.is_some_and(|(before, ..)| watch.contains(&before));
                prop_assert!(!(was_watched && is_unchanged) || column.watched().contains(&index));
            }
            let gone: Vec<_> = old.keys().filter(|name| !new.contains_key(*name)).map(|name| Some(name.to_string())).collect();
            prop_assert_eq!(changes.gone, gone);
            for (index, name) in new.keys().enumerate() {
                *column.get_mut(index).unwrap() = Some(name.to_string());
            }
            old = new;
        }
    }
}
