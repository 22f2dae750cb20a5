//! The options under `providers.kubernetesIngressNGINX`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use windrose_config::redact::FileOrContent;
use windrose_config::{GoDuration, Located, Mark, Problem, Shape, Source, Tree, decode};

use super::{Published, Reach, Trust, check, or};

/// The options of `providers.kubernetesIngressNGINX`.
#[derive(Debug, Clone)]
pub struct NginxOptions {
    /// How the API server is reached.
    pub reach: Reach,
    /// Which references are followed.
    pub trust: Trust,
    /// The least time between two looks at what has changed.
    pub throttle: GoDuration,
    /// What the labels of namespaces must satisfy; empty means all of them.
    pub namespace_selector: Arc<str>,
    /// The name of the class.
    pub ingress_class: Arc<str>,
    /// What an IngressClass says whose Ingresses are taken.
    pub controller_class: Arc<str>,
    /// Whether Ingresses without a class are taken.
    pub without_class: bool,
    /// Whether an IngressClass is taken by its name, too.
    pub class_by_name: bool,
    /// What is written into the status of Ingresses; `None` means nothing.
    pub published: Option<Published>,
    /// Namespace and name of the Service that answers for what nobody answers for.
    pub default_backend: Option<(Arc<str>, Arc<str>)>,
    /// Namespace and name of the ConfigMap with defaults.
    pub config_map: Option<(Arc<str>, Arc<str>)>,
    /// Which address is the client's, for lists of addresses.
    pub ip_strategy: Option<Value>,
    /// The entry point without TLS; `None` means the default ones.
    pub http_entry_point: Option<Arc<str>>,
    /// The one with TLS.
    pub https_entry_point: Option<Arc<str>>,
    /// The fields that `custom-headers` may set.
    pub allowed_fields: Box<[Arc<str>]>,
    /// Whether a path of type Exact or Prefix that looks like an expression is refused.
    pub strict_paths: bool,
    /// Values of annotations, and keys of the ConfigMap, where nobody writes others.
    pub defaults: Vec<(&'static str, String)>,
}

impl NginxOptions {
    /// What may be written.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::of::<WrittenNginx>()
    }

    /// The options that differ from nothing where nothing is written.
    #[must_use]
    pub fn usual() -> Self {
        WrittenNginx::default().options(None)
    }

    /// Reads the options as they stand under `providers.kubernetesIngressNGINX`.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn decode(options: &Tree, source: &Arc<Source>) -> Result<Self, Vec<Problem>> {
        let written: WrittenNginx = decode(options, source)?;
        check(&written.watch_namespace_selector, options, source)?;
        let wrong = |message: String, mark: Mark| Err(vec![Problem::error(message).at(source, mark)]);
        if !written.watch_namespace.is_empty() && !written.watch_namespace_selector.is_empty() {
            let message = "watchNamespace and watchNamespaceSelector exclude each other, keep one of them";
            return wrong(message.to_owned(), options.mark);
        }
        if written.allow_snippet_annotations.value {
            let mark = or(written.allow_snippet_annotations.mark, options);
            let message =
                "snippets are written for another program and not understood, remove allowSnippetAnnotations";
            return wrong(message.to_owned(), mark);
        }
        let named = [
            ("publishService", &written.publish_service),
            ("defaultBackendService", &written.default_backend_service),
            ("configMap", &written.config_map),
        ];
        for (name, value) in named {
            if !value.is_empty() && split(value).is_none() {
                let message = format!("{name} cannot be {:?}, write namespace/name", value.value);
                return wrong(message, or(value.mark, options));
            }
        }
        let published = split(&written.publish_service);
        let published = published.map(|(namespace, name)| Published::Service { namespace, name });
        Ok(written.options(published))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that operators write")]
struct WrittenNginx {
    endpoint: Arc<str>,
    token: FileOrContent,
    cert_auth_file_path: Arc<str>,
    throttle_duration: GoDuration,
    watch_namespace: Arc<str>,
    watch_namespace_selector: Located<Arc<str>>,
    ingress_class: Arc<str>,
    controller_class: Arc<str>,
    watch_ingress_without_class: bool,
    ingress_class_by_name: bool,
    publish_service: Located<Arc<str>>,
    publish_status_address: Box<[Arc<str>]>,
    default_backend_service: Located<Arc<str>>,
    config_map: Located<Arc<str>>,
    disable_svc_external_name: bool,
    ip_allow_list_strategy: Option<Strategy>,
    http_entry_point: Arc<str>,
    https_entry_point: Arc<str>,
    #[serde(rename = "globalAuthURL")]
    global_auth_url: Arc<str>,
    proxy_request_buffering: bool,
    proxy_buffering: bool,
    client_body_buffer_size: i64,
    proxy_body_size: i64,
    proxy_buffer_size: i64,
    proxy_buffers_number: i64,
    proxy_connect_timeout: i64,
    proxy_read_timeout: i64,
    proxy_send_timeout: i64,
    proxy_next_upstream: Arc<str>,
    proxy_next_upstream_tries: i64,
    proxy_next_upstream_timeout: i64,
    #[serde(rename = "customHTTPErrors")]
    custom_http_errors: Box<[Arc<str>]>,
    upstream_keepalive_timeout: i64,
    allow_cross_namespace_resources: bool,
    global_allowed_response_headers: Box<[Arc<str>]>,
    allow_snippet_annotations: Located<bool>,
    strict_validate_path_type: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Strategy {
    depth: i64,
    #[serde(rename = "excludedIPs")]
    excluded_ips: Box<[Arc<str>]>,
    ipv6_subnet: Option<i64>,
}

impl Default for WrittenNginx {
    fn default() -> Self {
        Self {
            endpoint: Arc::default(),
            token: FileOrContent::default(),
            cert_auth_file_path: Arc::default(),
            throttle_duration: GoDuration::ZERO,
            watch_namespace: Arc::default(),
            watch_namespace_selector: Located::default(),
            ingress_class: "nginx".into(),
            controller_class: "k8s.io/ingress-nginx".into(),
            watch_ingress_without_class: false,
            ingress_class_by_name: false,
            publish_service: Located::default(),
            publish_status_address: Box::default(),
            default_backend_service: Located::default(),
            config_map: Located::default(),
            disable_svc_external_name: false,
            ip_allow_list_strategy: None,
            http_entry_point: Arc::default(),
            https_entry_point: Arc::default(),
            global_auth_url: Arc::default(),
            proxy_request_buffering: false,
            proxy_buffering: false,
            client_body_buffer_size: 16384,
            proxy_body_size: 1_048_576,
            proxy_buffer_size: 8192,
            proxy_buffers_number: 4,
            proxy_connect_timeout: 60,
            proxy_read_timeout: 60,
            proxy_send_timeout: 60,
            proxy_next_upstream: "error timeout".into(),
            proxy_next_upstream_tries: 3,
            proxy_next_upstream_timeout: 0,
            custom_http_errors: Box::default(),
            upstream_keepalive_timeout: 60,
            allow_cross_namespace_resources: false,
            global_allowed_response_headers: Box::default(),
            allow_snippet_annotations: Located::default(),
            strict_validate_path_type: true,
        }
    }
}

impl WrittenNginx {
    fn options(self, published: Option<Published>) -> NginxOptions {
        let defaults = self.defaults();
        let one = |name: Arc<str>| Some(name).filter(|name| !name.is_empty());
        let namespaces = one(self.watch_namespace).into_iter().collect();
        let places = Some(self.publish_status_address).filter(|places| !places.is_empty());
        let strategy = self.ip_allow_list_strategy.map(|strategy| {
            let excluded: Vec<&str> = strategy.excluded_ips.iter().map(AsRef::as_ref).collect();
            let mut made = json!({"depth": strategy.depth});
            if !excluded.is_empty() {
                made["excludedIPs"] = excluded.into();
            }
            if let Some(bits) = strategy.ipv6_subnet {
                made["ipv6Subnet"] = bits.into();
            }
            made
        });
        NginxOptions {
            reach: Reach {
                endpoint: self.endpoint,
                kubeconfig: Arc::default(),
                token: self.token,
                ca_file: self.cert_auth_file_path,
                namespaces,
            },
            trust: Trust {
                cross_namespace: self.allow_cross_namespace_resources,
                external_names: !self.disable_svc_external_name,
                empty_services: true,
                cross_provider: None,
                native_lb: false,
                cluster_scope: true,
            },
            throttle: self.throttle_duration,
            namespace_selector: self.watch_namespace_selector.value,
            ingress_class: self.ingress_class,
            controller_class: self.controller_class,
            without_class: self.watch_ingress_without_class,
            class_by_name: self.ingress_class_by_name,
            published: published.or_else(|| places.map(Published::All)),
            default_backend: split(&self.default_backend_service),
            config_map: split(&self.config_map),
            ip_strategy: strategy,
            http_entry_point: one(self.http_entry_point),
            https_entry_point: one(self.https_entry_point),
            allowed_fields: self.global_allowed_response_headers,
            strict_paths: self.strict_validate_path_type,
            defaults,
        }
    }

    /// By the names of annotations, and of keys of the ConfigMap.
    fn defaults(&self) -> Vec<(&'static str, String)> {
        let switch = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
        let all = [
            ("proxy-request-buffering", switch(self.proxy_request_buffering)),
            ("proxy-buffering", switch(self.proxy_buffering)),
            ("client-body-buffer-size", self.client_body_buffer_size.to_string()),
            ("proxy-body-size", self.proxy_body_size.to_string()),
            ("proxy-buffer-size", self.proxy_buffer_size.to_string()),
            ("proxy-buffers-number", self.proxy_buffers_number.to_string()),
            ("proxy-max-temp-file-size", "1024m".to_owned()),
            ("proxy-connect-timeout", self.proxy_connect_timeout.to_string()),
            ("proxy-read-timeout", self.proxy_read_timeout.to_string()),
            ("proxy-send-timeout", self.proxy_send_timeout.to_string()),
            ("proxy-next-upstream", self.proxy_next_upstream.to_string()),
            ("proxy-next-upstream-tries", self.proxy_next_upstream_tries.to_string()),
            ("proxy-next-upstream-timeout", self.proxy_next_upstream_timeout.to_string()),
            ("custom-http-errors", self.custom_http_errors.join(",")),
            ("upstream-keepalive-timeout", self.upstream_keepalive_timeout.to_string()),
            ("global-auth-url", self.global_auth_url.to_string()),
            ("no-tls-redirect-locations", "/.well-known/acme-challenge".to_owned()),
            ("no-auth-locations", "/.well-known/acme-challenge".to_owned()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

fn split(written: &Arc<str>) -> Option<(Arc<str>, Arc<str>)> {
    let (namespace, name) = written.split_once('/')?;
    let is_good = !namespace.is_empty() && !name.is_empty() && !name.contains('/');
    is_good.then(|| (namespace.into(), name.into()))
}
