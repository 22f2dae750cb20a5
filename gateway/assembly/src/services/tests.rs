//! Which services there are, for whom.

use std::time::SystemTime;

use windrose_config::static_config::Metrics;

use windrose_telemetry::{Around, Changes};

use super::*;

fn names(services: &[(Arc<str>, Arc<dyn Internal>)]) -> Vec<&str> {
    services.iter().map(|(name, _)| &**name).collect()
}

#[test]
fn a_service_is_there_when_the_operator_asked_for_it() {
    let both = StaticConfig {
        api: Some(Default::default()),
        ping: Some(Default::default()),
        metrics: Some(Box::new(Metrics { prometheus: Some(Default::default()), ..Metrics::default() })),
        ..StaticConfig::default()
    };
    let all = vec!["noop", "api", "dashboard", "ping", "prometheus"];
    let cases = [(StaticConfig::default(), vec!["noop"]), (both, all)];
    for (settings, expected) in cases {
        let about = About { version: "1", codename: "c", started: SystemTime::UNIX_EPOCH };
        let windows = Arc::default();
        let around = Around { env: &|_| None, files: &crate::files, changes: Changes::NeverCome };
        let telemetry = Arc::new(Telemetry::new(&settings, around).unwrap());
        let wiring = Wiring { settings: &settings, about, windows: &windows, telemetry: &telemetry };
        assert_eq!(names(&wanted(&wiring)), expected);
        assert_eq!(names(&unasked(&settings)), expected, "whoever compiles knows the same names");
    }
}
