{{/*
Values that cannot be honoured. Where the gateway would be open, or would not start, without them, rendering fails and
says why; the others are told after the installation (windrose.told, in NOTES.txt).
*/}}
{{- define "windrose.refused" -}}
{{- $hub := .Values.hub | default dict -}}
{{- if or $hub.token $hub.enabled (dig "apimanagement" "enabled" false $hub) (dig "aigateway" "enabled" false $hub) (dig "mcpgateway" "enabled" false $hub) -}}
{{- fail "hub: there is no Traefik Hub here, and what it keeps closed would be open; remove it, and write middlewares for who may enter" -}}
{{- end -}}
{{- $experimental := .Values.experimental | default dict -}}
{{- $providers := .Values.providers | default dict -}}
{{- if or (dig "enabled" false ($providers.kubernetesGateway | default dict)) (dig "kubernetesGateway" "enabled" false $experimental) -}}
{{- fail "providers.kubernetesGateway: Gateway API is not served yet; write IngressRoutes or Ingresses" -}}
{{- end -}}
{{- if or (eq true $experimental.kubernetesIngressNginx) (dig "enabled" false ($providers.kubernetesIngressNginx | default $providers.kubernetesIngressNGINX | default dict)) -}}
{{- fail "providers.kubernetesIngressNginx: annotations of ingress-nginx are not served, and some of them keep strangers out; write Middlewares" -}}
{{- end -}}
{{- if or (dig "enabled" false ($providers.knative | default dict)) ($experimental.knative | default false) -}}
{{- fail "providers.knative: Knative is not served; write IngressRoutes" -}}
{{- end -}}
{{- if $experimental.abortOnPluginFailure -}}
{{- fail "experimental.abortOnPluginFailure: plugins do not work yet, so it would never start; remove it" -}}
{{- end -}}
{{- if and .Values.zones (or .Values.autoscaling.enabled .Values.persistence.enabled) -}}
{{- fail "zones: one volume and one scaler cannot serve several Deployments; write a release for each zone" -}}
{{- end -}}
{{- if .Values.rbac.secretResourceNames -}}
{{- fail "rbac.secretResourceNames: Secrets are listed and watched, which may not be limited to names; write rbac.namespaced and keep the others in other namespaces" -}}
{{- end -}}
{{- range $kind := list "zipkin" "datadog" "instana" "haystack" "elastic" -}}
{{- if get ($.Values.tracing | default dict) $kind -}}
{{- fail (printf "tracing.%s: traces are sent over OTLP, which collectors of all kinds take; write tracing.otlp" $kind) -}}
{{- end -}}
{{- end -}}
{{- with (.Values.metrics | default dict).prometheus -}}
{{- if and .entryPoint (not (get $.Values.ports .entryPoint)) -}}
{{- fail (printf "metrics.prometheus.entryPoint is %s, which is no port of ports; metrics.prometheus: null has no metrics" .entryPoint) -}}
{{- end -}}
{{- end -}}
{{- $resolvers := merge (dict) (.Values.certificatesResolvers | default dict) (.Values.certResolvers | default dict) -}}
{{- range $name, $resolver := $resolvers -}}
{{- if and (kindIs "map" $resolver) (hasKey $resolver "tailscale") -}}
{{- fail (printf "certificatesResolvers.%s.tailscale: only acme is there; write it in its place" $name) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What is taken, but has no effect, and how things are: one a line. */}}
{{- define "windrose.told" -}}
{{- if or (dig "enabled" false (.Values.pilot | default dict)) (dig "token" "" (.Values.pilot | default dict)) }}
* pilot has no effect: the gateway calls nobody. Traefik Pilot itself is gone. Remove the token from your values.
{{- end }}
{{- $args := include "windrose.args" . | lower }}
{{- if or (contains "--experimental.plugins" $args) (contains "--experimental.localplugins" $args) }}
* experimental.plugins and localPlugins have no effect: plugins do not work yet. A route with a Middleware of kind plugin is off, so nothing passes without it.
{{- end }}
{{- with .Values.experimental }}
{{- if dig "enabled" false (.fastProxy | default dict) }}
* experimental.fastProxy has no effect: there is one engine for all requests.
{{- end }}
{{- if dig "enabled" false (.v3 | default dict) }}
* experimental.v3 has no effect.
{{- end }}
{{- end }}
{{- if or (dig "enabled" false (.Values.gateway | default dict)) (dig "enabled" false (.Values.gatewayClass | default dict)) }}
* gateway and gatewayClass have no effect: Gateway API is not served yet.
{{- end }}
{{- $tracing := .Values.tracing | default dict }}
{{- if and (or $tracing.serviceName $tracing.sampleRate $tracing.capturedRequestHeaders) (not (contains "--tracing." $args)) }}
* tracing has no effect without tracing.otlp.enabled.
{{- end }}
{{- if dig "enabled" false (.Values.podSecurityPolicy | default dict) }}
* podSecurityPolicy has no effect: Kubernetes has none since 1.25. The pods keep to the level `restricted` unless you changed their security contexts.
{{- end }}
{{- if .Values.rbac.aggregateTo }}
* rbac.aggregateTo has no effect: the chart makes no roles for people.
{{- end }}
{{- if dig "azure" "enabled" false (.Values.global | default dict) }}
* global.azure has no effect: there is no image in that market; image says which one is used.
{{- end }}
{{- if .Values.ingressClass.fallbackApiVersion }}
* ingressClass.fallbackApiVersion has no effect: networking.k8s.io/v1 is everywhere.
{{- end }}
{{- range $key := list "versionOverride" "oci_meta" }}
{{- if get $.Values $key }}
* {{ $key }} has no effect.
{{- end }}
{{- end }}
{{- if .Values.deployment.goMemLimitPercentage }}
* deployment.goMemLimitPercentage has no effect: the program has no garbage collector.
{{- end }}
{{- if dig "prometheus" "disableAPICheck" false (.Values.metrics | default dict) }}
* metrics.prometheus.disableAPICheck has no effect: nothing is asked of the cluster while the chart is rendered.
{{- end }}
{{- if not (contains "windrose" (include "windrose.image" .)) }}
* The image is {{ include "windrose.image" . }}. The chart is for Windrose: an image of Traefik does not know all of its options.
{{- end }}
{{- if and (contains "acme" $args) (not .Values.persistence.enabled) (not .Values.deployment.additionalVolumes) }}
* Certificates of resolvers are kept in the pod, and obtained anew with each pod, until authorities refuse: write persistence.enabled.
{{- end }}
{{- if and .Values.hostNetwork (lt (int (dig "web" "port" 8000 .Values.ports)) 1024) }}
* With hostNetwork, ports below 1024 need a right of the node: write securityContext.capabilities.add [NET_BIND_SERVICE] with runAsUser 0, or take higher ports.
{{- end }}
{{- if .Values.rbac.namespaced }}
* Rights are kept to namespaces: those of providers.*.namespaces, or that of the release.
{{- end }}
{{- end }}
