{{/* All three ask /ping of the entry point `traefik`, unless told otherwise. */}}
{{- define "windrose.probes" -}}
{{- $ready := .Values.deployment.readinessPath | default "/ping" }}
{{- $alive := .Values.deployment.livenessPath | default "/ping" }}
readinessProbe:
  {{- include "windrose.probe" (dict "root" . "path" $ready) | nindent 2 }}
  {{- toYaml .Values.readinessProbe | nindent 2 }}
livenessProbe:
  {{- include "windrose.probe" (dict "root" . "path" $alive) | nindent 2 }}
  {{- toYaml .Values.livenessProbe | nindent 2 }}
startupProbe:
  {{- if .Values.startupProbe }}
  {{- toYaml .Values.startupProbe | nindent 2 }}
  {{- else }}
  {{- include "windrose.probe" (dict "root" . "path" $alive) | nindent 2 }}
  periodSeconds: 2
  failureThreshold: 150
  timeoutSeconds: 2
  {{- end }}
{{- end }}

{{- define "windrose.probe" -}}
{{- $deployment := .root.Values.deployment -}}
{{- $traefik := .root.Values.ports.traefik -}}
{{- if not (or $traefik $deployment.healthchecksPort) -}}
{{- fail "ports.traefik is not there, so probes have nothing to ask; write it, or deployment.healthchecksPort and where ping is" -}}
{{- end -}}
httpGet:
  path: {{ .path }}
  port: {{ $deployment.healthchecksPort | default $traefik.port | int }}
  scheme: {{ $deployment.healthchecksScheme | default "HTTP" }}
  {{- with $deployment.healthchecksHost }}
  host: {{ . | quote }}
  {{- end }}
{{- end }}
