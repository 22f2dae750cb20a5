{{/*
What the program watches and writes, and nothing besides. It follows the options that the program is started with, so that
one written in additionalArguments has its right, too.
*/}}
{{- define "windrose.rules" -}}
{{- $isCrd := include "windrose.isOn" (dict "root" . "provider" "kubernetescrd") -}}
{{- $isIngress := include "windrose.isOn" (dict "root" . "provider" "kubernetesingress") -}}
{{- if or $isCrd $isIngress -}}
- apiGroups: [""]
  resources: [services, secrets{{ if $isCrd }}, configmaps{{ end }}]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
# What is wrong with an object is told as its Event.
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{ end -}}
{{- if $isCrd -}}
- apiGroups: [traefik.io, traefik.containo.us]
  resources:
    - ingressroutes
    - ingressroutetcps
    - ingressrouteudps
    - middlewares
    - middlewaretcps
    - serverstransports
    - serverstransporttcps
    - tlsoptions
    - tlsstores
    - traefikservices
  verbs: [list, watch]
{{ end -}}
{{- if $isIngress -}}
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [list, watch]
{{ end -}}
{{- if include "windrose.writesStatus" . -}}
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [patch]
{{ end -}}
{{- end }}

{{/* Whether a provider is on: of (root, provider). */}}
{{- define "windrose.isOn" -}}
{{- if regexMatch (printf "(?m)^\"-*providers\\.%s[\"=.]" .provider) (include "windrose.args" .root | lower) }}true{{ end -}}
{{- end }}

{{/* Whether a provider looks at nothing that is in no namespace: of (root, provider). */}}
{{- define "windrose.isBlind" -}}
{{- $args := include "windrose.args" .root | lower -}}
{{- $options := "(disableclusterscoperesources|disableingressclasslookup)(=true)?\"" -}}
{{- if or (not (include "windrose.isOn" .)) (regexMatch (printf "providers\\.%s\\.%s" .provider $options) $args) }}true{{ end -}}
{{- end }}

{{- define "windrose.readsClasses" -}}
{{- if not (include "windrose.isBlind" (dict "root" . "provider" "kubernetesingress")) }}true{{ end -}}
{{- end }}

{{- define "windrose.writesStatus" -}}
{{- if contains "--providers.kubernetesingress.ingressendpoint." (include "windrose.args" . | lower) }}true{{ end -}}
{{- end }}

{{- define "windrose.allNamespaces" -}}
{{- range $index, $name := list "kubernetesCRD" "kubernetesIngress" -}}
{{- if $index }} {{ end -}}
{{ include "windrose.namespaces" (dict "root" $ "provider" (get $.Values.providers $name | default dict)) }}
{{- end -}}
{{- end }}

{{/* Gives a role to the gateway: of (root, kind, name, namespace). */}}
{{- define "windrose.binding" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "windrose.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "windrose.serviceAccount" .root }}
    namespace: {{ include "windrose.namespace" .root }}
{{- end }}
