{{/* What pods have on disk: /data and /tmp to write to, and what is given. */}}
{{- define "windrose.volumes" -}}
- name: {{ .Values.persistence.name }}
  {{- if .Values.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ tpl (.Values.persistence.existingClaim | default (include "windrose.fullname" .)) . }}
  {{- else }}
  emptyDir: {}
  {{- end }}
- name: tmp
  emptyDir: {}
{{- if .Values.providers.file.enabled }}
- name: routes
  configMap:
    name: {{ include "windrose.fullname" . }}-file-provider
{{- end }}
{{- range .Values.volumes }}
- name: {{ tpl .name $ | replace "." "-" }}
  {{- if eq .type "secret" }}
  secret:
    secretName: {{ tpl .name $ }}
  {{- else }}
  configMap:
    name: {{ tpl .name $ }}
  {{- end }}
{{- end }}
{{- with .Values.deployment.additionalVolumes }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end }}

{{- define "windrose.mounts" -}}
- name: {{ .Values.persistence.name }}
  mountPath: {{ .Values.persistence.path }}
  {{- with .Values.persistence.subPath }}
  subPath: {{ . }}
  {{- end }}
- name: tmp
  mountPath: /tmp
{{- if .Values.providers.file.enabled }}
- name: routes
  mountPath: /etc/traefik/dynamic
  readOnly: true
{{- end }}
{{- range .Values.volumes }}
- name: {{ tpl .name $ | replace "." "-" }}
  mountPath: {{ .mountPath }}
  readOnly: true
  {{- with .subPath }}
  subPath: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.additionalVolumeMounts }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end }}
