{{/*
Tables as flags, one a line and each as a JSON text, so that a line is a line whatever it holds: of (at, of).
A table with `enabled` is on or off by that word; nothing written, an empty text, list or table is no flag.
*/}}
{{- define "windrose.flags" -}}
{{- $at := .at -}}
{{- $of := .of -}}
{{- if kindIs "map" $of -}}
  {{- if not (hasKey $of "enabled") -}}
    {{- range $key, $value := $of }}{{ include "windrose.flags" (dict "at" (printf "%s.%s" $at $key) "of" $value) }}{{ end -}}
  {{- else if $of.enabled -}}
{{ printf "%s=true" $at | toJson }}
{{ include "windrose.flags" (dict "at" $at "of" (omit $of "enabled")) }}
  {{- end -}}
{{- else if kindIs "slice" $of -}}
  {{- if $of -}}
    {{- if kindIs "map" (first $of) -}}
      {{- range $index, $value := $of }}{{ include "windrose.flags" (dict "at" (printf "%s[%d]" $at $index) "of" $value) }}{{ end -}}
    {{- else -}}
{{ printf "%s=%s" $at (join "," $of) | toJson }}
{{ end -}}
  {{- end -}}
{{- else if kindIs "float64" $of -}}
{{/* Helm reads whole numbers as these, and would write a million as 1e+06. */}}
{{- printf "%s=%s" $at (ternary (printf "%.0f" $of) (toString $of) (eq (floor $of) $of)) | toJson }}
{{ else if and (kindIs "bool" $of) (not $of) (regexMatch "\\.insecure(SkipVerify)?$" $at) -}}
{{/* The default, which would switch on the section that it is in, and `tls` may not stand beside `insecure`. */}}
{{- else if not (or (kindIs "invalid" $of) (eq (toString $of) "")) -}}
{{ printf "%s=%s" $at (toString $of) | toJson }}
{{ end -}}
{{- end }}

{{/* A table without what is null, empty or false in it, as YAML. */}}
{{- define "windrose.said" -}}
{{- $said := dict -}}
{{- range $name, $value := . }}{{ if $value }}{{ $_ := set $said $name $value }}{{ end }}{{ end -}}
{{- with $said }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/* A table in which an empty one is on, as `httpChallenge: {}` of a certificate resolver: of (at, of). */}}
{{- define "windrose.flagsOfSections" -}}
{{- $at := .at -}}
{{- range $key, $value := .of -}}
  {{- $at := printf "%s.%s" $at $key -}}
  {{- if and (kindIs "map" $value) (not $value) -}}
{{ printf "%s=true" $at | toJson }}
{{ else if and (kindIs "map" $value) (not (hasKey $value "enabled")) -}}
{{ include "windrose.flagsOfSections" (dict "at" $at "of" $value) }}
  {{- else -}}
{{ include "windrose.flags" (dict "at" $at "of" $value) }}
  {{- end -}}
{{- end -}}
{{- end }}
