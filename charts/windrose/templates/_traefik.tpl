{{/* Names that values for Traefik's chart call, in affinity, scaleTargetRef and the like. */}}
{{- define "traefik.name" -}}{{ include "windrose.name" . }}{{- end }}
{{- define "traefik.fullname" -}}{{ include "windrose.fullname" . }}{{- end }}
{{- define "traefik.namespace" -}}{{ include "windrose.namespace" . }}{{- end }}
