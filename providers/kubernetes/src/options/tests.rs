use windrose_config::source::{Format, parse};
use windrose_config::{Problem, Source};

use super::{CrdOptions, IngressOptions, Published, check_selector};

fn crd(text: &str) -> Result<CrdOptions, Vec<Problem>> {
    let source = Source::file("windrose.yaml");
    CrdOptions::decode(&parse(Format::Yaml, text, &source).unwrap(), &source)
}

fn ingress(text: &str) -> Result<IngressOptions, Vec<Problem>> {
    let source = Source::file("windrose.yaml");
    IngressOptions::decode(&parse(Format::Yaml, text, &source).unwrap(), &source)
}

#[test]
fn nothing_written_trusts_nothing_beyond_the_namespace() {
    let options = crd("{}").unwrap();
    assert!(!options.trust.cross_namespace && !options.trust.external_names && !options.trust.empty_services);
    assert!(options.trust.cross_provider.is_none() && options.trust.cluster_scope);
    assert!(options.reach.namespaces.is_empty());
}

#[test]
fn every_option_of_both_providers_is_read() {
    let options = crd("{endpoint: 'https://k8s:6443', token: secret, certAuthFilePath: /ca.crt, namespaces: [a, b], \
         labelSelector: 'team in (a, b)', throttleDuration: 3s, ingressClass: inner, allowCrossNamespace: true, \
         allowExternalNameServices: true, allowEmptyServices: true, nativeLBByDefault: true, \
         disableClusterScopeResources: true, crossProviderNamespaces: [], safeNaming: true, \
         defaultTLSResourcesNamespace: infra, recordingNamespace: infra}")
    .unwrap();
    assert_eq!(&*options.reach.endpoint, "https://k8s:6443");
    assert_eq!(options.reach.namespaces.len(), 2);
    assert_eq!(options.trust.cross_provider.as_deref(), Some(&[][..]));
    assert!(options.trust.native_lb && !options.trust.cluster_scope && options.safe_naming);
    assert_eq!(&*options.default_tls_namespace, "infra");

    let options = ingress(
        "{ingressEndpoint: {publishedService: kube-system/gateway, ip: 192.0.2.1}, \
         strictPrefixMatching: true, disableIngressClassLookup: true}",
    )
    .unwrap();
    assert_eq!(
        options.published,
        Some(Published::Service { namespace: "kube-system".into(), name: "gateway".into() })
    );
    assert!(options.strict_prefixes && !options.trust.cluster_scope);
}

#[test]
fn what_cannot_be_used_is_told_with_its_place() {
    let wrong = crd("labelSelector: 'a b'").unwrap_err();
    assert!(
        wrong[0].to_string().starts_with("windrose.yaml:1:17: error: labelSelector cannot be used"),
        "{}",
        wrong[0]
    );
    let wrong = ingress("ingressEndpoint: {publishedService: gateway}").unwrap_err();
    assert!(wrong[0].to_string().contains("write namespace/name"), "{}", wrong[0]);
    let wrong = crd("allowCrossNamespaces: true").unwrap_err();
    assert_eq!(wrong[0].nearest.as_deref(), Some("allowCrossNamespace"));
}

#[test]
fn selectors_are_read_as_kubernetes_reads_them() {
    for good in
        ["", "a", "!a", "a=b", "a==b", "a!=b", "a=", "a in (b,c), d notin (e)", "example.com/a=b", "a>1"]
    {
        assert_eq!(check_selector(good), Ok(()), "{good}");
    }
    for bad in ["a b", "=b", "a in b", "a in (b", "a,,b", "-a=b", "a=b c", "/a=b", "A.com/a/b=c", "!"] {
        assert!(check_selector(bad).is_err(), "{bad}");
    }
}
