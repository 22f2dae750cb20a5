{{/* The template of the pods: of the root, with `zone` (its name and its nodes) where pods are kept to one. */}}
{{- define "windrose.pod" -}}
metadata:
  labels:
    {{- include "windrose.selector" . | nindent 4 }}
    {{- with .zone }}
    zone: {{ .name }}
    {{- end }}
    {{- with merge (dict) (.Values.deployment.podLabels | default dict) (.Values.commonLabels | default dict) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- if include "windrose.isScraped" . }}
    prometheus.io/scrape: "true"
    prometheus.io/path: /metrics
    prometheus.io/port: {{ get (get .Values.ports .Values.metrics.prometheus.entryPoint) "port" | int | quote }}
    {{- end }}
    {{- with .Values.deployment.podAnnotations }}
    {{- tpl (toYaml .) $ | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "windrose.serviceAccount" . }}
  automountServiceAccountToken: true
  terminationGracePeriodSeconds: {{ .Values.deployment.terminationGracePeriodSeconds }}
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- with .Values.deployment.dnsPolicy | default (ternary "ClusterFirstWithHostNet" "" .Values.hostNetwork) }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- range $key := list "dnsConfig" "hostAliases" "imagePullSecrets" "runtimeClassName" "shareProcessNamespace" }}
  {{- with get $.Values.deployment $key }}
  {{ $key }}: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with include "windrose.affinity" . }}
  affinity:
    {{- . | nindent 4 }}
  {{- end }}
  {{- range $key := list "nodeSelector" "tolerations" "topologySpreadConstraints" "priorityClassName" }}
  {{- with get $.Values $key }}
  {{ $key }}: {{ tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with include "windrose.podSecurity" . | trim }}
  securityContext:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with .Values.deployment.initContainers }}
  initContainers:
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  containers:
    - {{- include "windrose.container" . | nindent 6 }}
    {{- with .Values.deployment.additionalContainers }}
    {{- tpl (toYaml .) $ | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "windrose.volumes" . | nindent 4 }}
{{- end }}

{{- define "windrose.container" -}}
name: {{ include "windrose.fullname" . }}
image: {{ include "windrose.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  {{- range splitList "\n" (include "windrose.args" .) }}
  {{- if . }}
  - {{ . }}
  {{- end }}
  {{- end }}
ports:
  {{- range $name, $port := .Values.ports }}
  {{- if $port }}
  {{- $number := $port.containerPort | default $port.port | int }}
  - name: {{ include "windrose.portName" $name | quote }}
    containerPort: {{ $number }}
    {{- include "windrose.hostPort" $port }}
    protocol: {{ include "windrose.protocol" $port }}
  {{- if include "windrose.isHttp3" $port }}
  - name: {{ include "windrose.http3Name" $name | quote }}
    containerPort: {{ $number }}
    {{- include "windrose.hostPort" $port }}
    protocol: UDP
  {{- end }}
  {{- end }}
  {{- end }}
{{- include "windrose.probes" . }}
{{- with .Values.deployment.lifecycle }}
lifecycle:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
env:
  {{- include "windrose.env" . | trim | nindent 2 }}
{{- with .Values.envFrom }}
envFrom:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "windrose.mounts" . | nindent 2 }}
{{- end }}

{{- define "windrose.affinity" -}}
{{- $affinity := deepCopy (.Values.affinity | default dict) -}}
{{- with .zone -}}
{{- if $affinity.nodeAffinity -}}
{{- fail "zones: affinity.nodeAffinity and zones both say where pods are; write one" -}}
{{- end -}}
{{- $expression := dict "key" "topology.kubernetes.io/zone" "operator" "In" "values" .of -}}
{{- $terms := list (dict "matchExpressions" (list $expression)) -}}
{{- $_ := set $affinity "nodeAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" $terms)) -}}
{{- end -}}
{{- with $affinity }}{{ tpl (toYaml .) $ }}{{ end -}}
{{- end }}

{{- define "windrose.hostPort" -}}
{{- with .hostPort }}
    hostPort: {{ int . }}
{{- end }}
{{- with .hostIP }}
    hostIP: {{ . }}
{{- end }}
{{- end }}

{{/* The holder of the Lease says by POD_NAME who it is. */}}
{{- define "windrose.env" -}}
{{- $written := list }}
{{- range .Values.env }}{{ $written = append $written .name }}{{ end }}
{{- range $name, $field := dict "POD_NAME" "metadata.name" "POD_NAMESPACE" "metadata.namespace" }}
{{- if not (has $name $written) }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $field }}
{{- end }}
{{- end }}
{{- with .Values.logs.access.timezone }}
- name: TZ
  value: {{ . | quote }}
{{- end }}
{{- with .Values.env }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end }}

{{/* Nobody in particular may open ports below 1024 where the pod's own network says so. */}}
{{- define "windrose.podSecurity" -}}
{{- $context := deepCopy (.Values.podSecurityContext | default dict) -}}
{{- $isLow := false -}}
{{- range .Values.ports }}{{ if . }}{{ if lt (int .port) 1024 }}{{ $isLow = true }}{{ end }}{{ end }}{{ end -}}
{{- if and $isLow (not .Values.hostNetwork) (not $context.sysctls) -}}
{{- $_ := set $context "sysctls" (list (dict "name" "net.ipv4.ip_unprivileged_port_start" "value" "0")) -}}
{{- end -}}
{{- with $context }}{{ toYaml . }}{{ end }}
{{- end }}

{{/* Whether pods are found by their annotations: nobody else has been told where metrics are. */}}
{{- define "windrose.isScraped" -}}
{{- with (.Values.metrics | default dict).prometheus -}}
{{- if and .entryPoint (not (dig "serviceMonitor" "enabled" false .)) (not .manualRouting) }}true{{ end -}}
{{- end -}}
{{- end }}
