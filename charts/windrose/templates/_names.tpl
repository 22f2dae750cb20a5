{{/* Names, labels and the image. */}}

{{- define "windrose.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "windrose.fullname" -}}
{{- $name := include "windrose.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "windrose.namespace" -}}
{{ .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{/* What is in the whole cluster has the namespace in its name, so that two releases of one name can be. */}}
{{- define "windrose.clusterName" -}}
{{ printf "%s-%s" (include "windrose.fullname" .) (include "windrose.namespace" .) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What pods are found by. It never changes in the life of a release. */}}
{{- define "windrose.selector" -}}
app.kubernetes.io/name: {{ include "windrose.name" . }}
app.kubernetes.io/instance: {{ .Values.instanceLabelOverride | default (printf "%s-%s" .Release.Name (include "windrose.namespace" .)) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "windrose.labels" -}}
{{ include "windrose.selector" . }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "windrose.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "windrose.fullname" .) }}
{{- end }}

{{- define "windrose.image" -}}
{{- $repository := .Values.image.name | default .Values.image.repository -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion | toString -}}
{{- $joint := ternary "@" ":" (hasPrefix "sha256:" $tag) -}}
{{- with .Values.image.registry }}{{ . }}/{{ end }}{{ $repository }}{{ $joint }}{{ $tag }}
{{- end }}

{{/* The names of ports, joined by blanks, in the order of their names. Those that are written as null are none. */}}
{{- define "windrose.ports" -}}
{{- range $name, $port := .Values.ports }}{{ if $port }} {{ $name }}{{ end }}{{ end }}
{{- end }}

{{/* An entry point as Kubernetes names a port: small letters, fifteen of them at the most. */}}
{{- define "windrose.portName" -}}
{{ . | lower | replace "_" "-" | trunc 15 | trimSuffix "-" }}
{{- end }}

{{- define "windrose.http3Name" -}}
{{ include "windrose.portName" . | trunc 9 | trimSuffix "-" }}-http3
{{- end }}

{{- define "windrose.protocol" -}}
{{ .protocol | default "TCP" | upper }}
{{- end }}

{{/* Whether a port is in a Service: of (name, port, service). */}}
{{- define "windrose.isExposed" -}}
{{- $expose := .port.expose -}}
{{- if eq .service "internal" -}}
  {{- if or .port.exposeInternal (and (kindIs "map" $expose) $expose.internal) }}true{{ end -}}
{{- else if kindIs "map" $expose -}}
  {{- if get $expose .service }}true{{ end -}}
{{- else if kindIs "bool" $expose -}}
  {{- if and $expose (eq .service "default") }}true{{ end -}}
{{- else if and (eq .service "default") (has .name (list "web" "websecure")) }}true{{ end -}}
{{- end }}

{{/* Whether a port speaks HTTP/3 as well; the older form is a word, the newer one a table. */}}
{{- define "windrose.isHttp3" -}}
{{- if kindIs "map" .http3 }}{{ if .http3.enabled }}true{{ end }}{{ else if .http3 }}true{{ end -}}
{{- end }}

{{/* Whether pods take something of the node, so that two of them cannot be there at once. */}}
{{- define "windrose.isBoundToNode" -}}
{{- if .Values.hostNetwork }}true{{ end -}}
{{- range .Values.ports }}{{ if . }}{{ if .hostPort }}true{{ end }}{{ end }}{{ end -}}
{{- end }}

{{/* The namespaces of a provider, joined by blanks: of (root, provider). Roles are always for that of the release, too. */}}
{{- define "windrose.namespaces" -}}
{{- $own := ternary (list (include "windrose.namespace" .root)) list (eq true .root.Values.rbac.namespaced) -}}
{{- join " " (concat $own (.provider.namespaces | default list) | uniq) -}}
{{- end }}
