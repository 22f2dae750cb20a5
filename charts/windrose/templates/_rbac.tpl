{{/*
What the program watches and writes, and nothing besides. It follows the options that the program is started with, so that
one written in additionalArguments has its right, too: of (root, namespace), the latter where a Role is for one of them.
*/}}
{{- define "windrose.rules" -}}
{{- $isCrd := include "windrose.isAt" (dict "root" .root "provider" "kubernetesCRD" "namespace" .namespace) -}}
{{- $isIngress := include "windrose.isAt" (dict "root" .root "provider" "kubernetesIngress" "namespace" .namespace) -}}
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
    - proxyconfigurations
    - metrics
    - tracings
  verbs: [list, watch]
# What became of an object is written into its status.
- apiGroups: [traefik.io, traefik.containo.us]
  resources:
    - ingressroutes/status
    - ingressroutetcps/status
    - ingressrouteudps/status
    - middlewares/status
    - middlewaretcps/status
    - serverstransports/status
    - serverstransporttcps/status
    - tlsoptions/status
    - tlsstores/status
    - traefikservices/status
    - proxyconfigurations/status
    - metrics/status
    - tracings/status
  verbs: [patch]
{{ end -}}
{{- if $isIngress -}}
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [list, watch]
{{ end -}}
{{- if and $isIngress (include "windrose.writesStatus" .root) -}}
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [patch]
{{ end -}}
{{- end }}

{{/* Whether a provider is on: of (root, provider). */}}
{{- define "windrose.isOn" -}}
{{- if regexMatch (printf "(?m)^\"-*providers\\.%s[\"=.]" .provider) (include "windrose.args" .root | lower) }}true{{ end -}}
{{- end }}

{{/* Whether a provider looks at a namespace, or at any where none is given: of (root, provider, namespace). */}}
{{- define "windrose.isAt" -}}
{{- if include "windrose.isOn" (dict "root" .root "provider" (lower .provider)) -}}
  {{- $namespaces := include "windrose.namespaces" (dict "root" .root "provider" (get .root.Values.providers .provider | default dict)) -}}
  {{- if or (not .namespace) (has .namespace (splitList " " $namespaces)) }}true{{ end -}}
{{- end -}}
{{- end }}

{{/* Whether a provider looks at nodes and classes, which are in no namespace: of (root, provider). */}}
{{- define "windrose.seesCluster" -}}
{{- $args := include "windrose.args" .root | lower -}}
{{- $options := "(disableclusterscoperesources|disableingressclasslookup)(=true)?\"" -}}
{{- $isOff := regexMatch (printf "providers\\.%s\\.%s" .provider $options) $args -}}
{{- if and (include "windrose.isOn" .) (not $isOff) }}true{{ end -}}
{{- end }}

{{/* The name of a Lease, which the class that a provider serves is a part of: of (root, provider, base). */}}
{{- define "windrose.lease" -}}
{{- $option := printf "(?i)providers\\.%s\\.ingressclass=" .provider -}}
{{- $found := regexFind (printf "%s[a-z0-9-]+\"" $option) (include "windrose.args" .root) -}}
{{- .base }}{{ with regexReplaceAll $option $found "" | trimSuffix "\"" }}-{{ . }}{{ end }}
{{- end }}

{{/* The namespaces in which resolvers keep certificates; a full stop stands for the one of the release. */}}
{{- define "windrose.certificateNamespaces" -}}
{{- $option := "(?i)certificatesresolvers\\.[^=\"]+\\.acme\\.storage=kubernetes://" -}}
{{- $found := list -}}
{{- range regexFindAll (printf "%s[a-z0-9/-]+[\"?]" $option) (include "windrose.args" .) -1 -}}
  {{- $place := regexReplaceAll $option . "" | trimSuffix "\"" | trimSuffix "?" -}}
  {{- $found = append $found (ternary (first (splitList "/" $place)) "." (contains "/" $place)) -}}
{{- end -}}
{{- uniq $found | join " " -}}
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
