//! Numbers.

use serde_json::{Value, json};
use windrose_config::static_config::{Metrics, Providers};
use windrose_config::{Section, Severity};
use windrose_engine::drain::Stage;
use windrose_engine::report::Status;

use super::{
    Middlewares, Routers, Services, Shown, TcpMiddlewares, TcpRouters, TcpServices, UdpRouters, UdpServices,
    View,
};

/// How many objects there are, how they are, what is switched on, and how far stopping has come.
pub(crate) fn overview(view: &View, stage: Stage) -> Value {
    let settings = &view.merged().settings;
    json!({
        "http": {
            "routers": count::<Routers>(view),
            "services": count::<Services>(view),
            "middlewares": count::<Middlewares>(view),
        },
        "tcp": {
            "routers": count::<TcpRouters>(view),
            "services": count::<TcpServices>(view),
            "middlewares": count::<TcpMiddlewares>(view),
        },
        "udp": {"routers": count::<UdpRouters>(view), "services": count::<UdpServices>(view)},
        "certificates": certificates(view),
        "problems": problems(view),
        "features": {
            "tracing": if settings.tracing.is_some() { "OTLP" } else { "" },
            "metrics": settings.metrics.as_deref().map_or("", exporter),
            "accessLog": settings.access_log.is_some(),
        },
        "providers": providers(&settings.providers),
        "stage": stage.to_string(),
    })
}

fn count<S: Shown>(view: &View) -> Value {
    let (mut total, mut warnings, mut errors) = (0, 0, 0);
    for object in view.objects::<S>() {
        total += 1;
        match view.status::<S>(&object) {
            Status::Enabled => {}
            Status::Warning => warnings += 1,
            Status::Disabled => errors += 1,
        }
    }
    counts(total, warnings, errors)
}

fn certificates(view: &View) -> Value {
    let total = view.merged().parts.iter().map(|part| part.config.tls.certificates.len()).sum();
    let of_severity = |severity| {
        let problems = view.report().problems().iter().filter(|problem| problem.severity == severity);
        let objects = problems.filter_map(|problem| problem.object.as_deref());
        objects.filter(|object| object.section == Section::TlsCertificates).count()
    };
    counts(total, of_severity(Severity::Warning), of_severity(Severity::Error))
}

/// Those of no object, such as a file that is not read; the others count with their objects.
fn problems(view: &View) -> Value {
    let of_severity = |severity| view.loose().filter(|problem| problem.severity == severity).count();
    json!({"warnings": of_severity(Severity::Warning), "errors": of_severity(Severity::Error)})
}

fn counts(total: usize, warnings: usize, errors: usize) -> Value {
    json!({"total": total, "warnings": warnings, "errors": errors})
}

fn exporter(metrics: &Metrics) -> &'static str {
    let exporters = [
        (metrics.prometheus.is_some(), "Prometheus"),
        (metrics.datadog.is_some(), "Datadog"),
        (metrics.statsd.is_some(), "StatsD"),
        (metrics.influx_db2.is_some(), "InfluxDB2"),
        (metrics.otlp.is_some(), "OTLP"),
    ];
    exporters.into_iter().find(|(is_on, _)| *is_on).map_or("", |(_, name)| name)
}

/// The providers, each with a capital letter.
fn providers(providers: &Providers) -> Vec<String> {
    let capital = |name: &str| {
        let mut letters = name.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    };
    providers.enabled.iter().map(|provider| capital(&provider.name)).collect()
}
