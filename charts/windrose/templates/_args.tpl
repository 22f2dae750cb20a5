{{/* What the program is started with: flags, one a line, each as a JSON text. */}}
{{- define "windrose.args" -}}
{{- $args := splitList "\n" (include "windrose.args.ours" .) -}}
{{- $theirs := concat (.Values.globalArguments | default list) (.Values.additionalArguments | default list) -}}
{{- /* An option that is written by hand counts in place of ours. */ -}}
{{- $written := list -}}
{{- range $theirs }}{{ $written = append $written (regexReplaceAll "^-*([^=]*).*$" . "${1}" | lower) }}{{ end -}}
{{- range $args -}}
{{- $name := regexReplaceAll "^\"-*([^=]*)=?.*$" . "${1}" | trimSuffix "\"" | lower -}}
{{- if and . (not (has $name $written)) }}{{ . }}
{{ end -}}
{{- end -}}
{{- range $theirs }}{{ . | toString | toJson }}
{{ end -}}
{{- end }}

{{- define "windrose.args.ours" -}}
{{- range $key := list "checkNewVersion" "sendAnonymousUsage" "notAppendXForwardedFor" -}}
{{ include "windrose.flags" (dict "at" (printf "--global.%s" $key) "of" (get ($.Values.global | default dict) $key)) }}
{{- end -}}
{{ include "windrose.args.ports" . }}
{{- include "windrose.flags" (dict "at" "--api" "of" .Values.api) }}
{{- "--ping=true" | toJson }}
{{ include "windrose.args.providers" . }}
{{- include "windrose.flags" (dict "at" "--log" "of" .Values.logs.general) }}
{{- include "windrose.args.access" .Values.logs.access }}
{{- include "windrose.args.metrics" . }}
{{- /* A flag below `tracing` would switch it on, so all wait for where traces go. */ -}}
{{- $tracing := .Values.tracing | default dict -}}
{{- if or (dig "otlp" "enabled" false $tracing) $tracing.jaeger -}}
{{ include "windrose.flags" (dict "at" "--tracing" "of" $tracing) }}
{{- end -}}
{{ include "windrose.flags" (dict "at" "--core" "of" .Values.core) }}
{{- include "windrose.flags" (dict "at" "--ocsp" "of" .Values.ocsp) }}
{{- include "windrose.flagsOfSections" (dict "at" "--certificatesResolvers" "of" (merge (dict) (.Values.certificatesResolvers | default dict) (.Values.certResolvers | default dict))) }}
{{- include "windrose.args.experimental" (.Values.experimental | default dict) }}
{{- end }}

{{- define "windrose.args.providers" -}}
{{- $root := . -}}
{{- range $name := list "kubernetesCRD" "kubernetesIngress" -}}
{{- $provider := get $root.Values.providers $name | default dict -}}
{{- if $provider.enabled -}}
{{- $at := printf "--providers.%s" ($name | lower) -}}
{{- $own := omit $provider "publishedService" "namespaces" -}}
{{ include "windrose.flags" (dict "at" $at "of" $own) }}
{{- if or $provider.namespaces $root.Values.rbac.namespaced -}}
{{ printf "%s.namespaces=%s" $at (include "windrose.namespaces" (dict "root" $root "provider" $provider) | replace " " ",") | toJson }}
{{ end -}}
{{- if and $root.Values.rbac.namespaced (not (hasKey $provider "disableClusterScopeResources")) -}}
{{ printf "%s.disableClusterScopeResources=true" $at | toJson }}
{{ end -}}
{{- with include "windrose.published" $root -}}
  {{- if eq $name "kubernetesIngress" -}}
{{ printf "%s.ingressEndpoint.publishedService=%s" $at . | toJson }}
{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.providers.file -}}
{{- if .enabled -}}
{{ "--providers.file.directory=/etc/traefik/dynamic" | toJson }}
{{ include "windrose.flags" (dict "at" "--providers.file" "of" (omit . "enabled" "content")) }}
{{- end -}}
{{- end -}}
{{- include "windrose.flags" (dict "at" "--providers" "of" (pick .Values.providers "providersThrottleDuration" "precedence")) }}
{{- end }}

{{/* The Service whose address is written into Ingresses; nothing where there is none. */}}
{{- define "windrose.published" -}}
{{- $provider := .Values.providers.kubernetesIngress | default dict -}}
{{- $published := $provider.publishedService | default dict -}}
{{- if and $provider.enabled $published.enabled (not $provider.ingressEndpoint) -}}
  {{- if $published.pathOverride -}}
{{ $published.pathOverride }}
  {{- else if .Values.service.enabled -}}
{{ printf "%s/%s" (include "windrose.namespace" .) (include "windrose.fullname" .) }}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "windrose.args.access" -}}
{{- if . -}}
{{- if .enabled -}}
{{ include "windrose.flags" (dict "at" "--accessLog" "of" (omit . "fields" "timezone")) }}
{{- $fields := .fields | default dict -}}
{{ include "windrose.flags" (dict "at" "--accessLog.fields" "of" (omit $fields "general")) }}
{{- include "windrose.flags" (dict "at" "--accessLog.fields" "of" $fields.general) }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "windrose.args.metrics" -}}
{{- $metrics := .Values.metrics | default dict -}}
{{- with $metrics.prometheus -}}
{{- $own := omit . "service" "serviceMonitor" "prometheusRule" "disableAPICheck" -}}
{{ include "windrose.flags" (dict "at" "--metrics.prometheus" "of" (merge (dict "enabled" true) $own)) }}
{{- end -}}
{{ include "windrose.flags" (dict "at" "--metrics" "of" (omit $metrics "prometheus")) }}
{{- end }}

{{- define "windrose.args.experimental" -}}
{{- if .otlpLogs -}}
{{ "--experimental.otlpLogs=true" | toJson }}
{{ end -}}
{{- range $kind := list "plugins" "localPlugins" -}}
{{- range $name, $plugin := get $ $kind | default dict -}}
{{- if kindIs "map" $plugin -}}
{{ include "windrose.flags" (dict "at" (printf "--experimental.%s.%s" $kind $name) "of" (pick $plugin "moduleName" "version")) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
