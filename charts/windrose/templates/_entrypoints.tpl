{{/* Ports as entry points: flags, one a line. */}}
{{- define "windrose.args.ports" -}}
{{- $root := . -}}
{{- range $name, $port := .Values.ports -}}
{{- if $port -}}
{{- $at := printf "--entryPoints.%s" $name -}}
{{- $isTcp := eq (include "windrose.protocol" $port) "TCP" -}}
{{ printf "%s.address=:%d/%s" $at (int $port.port) (include "windrose.protocol" $port | lower) | toJson }}
{{ range $key := list "asDefault" "reusePort" "allowACMEByPass" "forwardedHeaders" "http2" "udp" "observability" -}}
{{ include "windrose.flags" (dict "at" (printf "%s.%s" $at $key) "of" (get $port $key)) }}
{{- end -}}
{{- /* The section alone would have the header of everybody read. */ -}}
{{- $proxy := $port.proxyProtocol | default dict -}}
{{- if or $proxy.insecure $proxy.trustedIPs -}}
{{ include "windrose.flags" (dict "at" (printf "%s.proxyProtocol" $at) "of" $proxy) }}
{{- end -}}
{{ include "windrose.args.transport" (dict "at" $at "name" $name "port" $port "isTcp" $isTcp) }}
{{- include "windrose.args.http" (dict "at" $at "name" $name "port" $port "root" $root) }}
{{- if include "windrose.isHttp3" $port -}}
{{- $http3 := ternary $port.http3 dict (kindIs "map" $port.http3) -}}
{{ printf "%s.http3.advertisedPort=%d" $at (int ($http3.advertisedPort | default $port.exposedPort | default $port.port)) | toJson }}
{{ end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A pod that ends is still sent connections until every node has heard of it, so it takes them for some seconds. */}}
{{- define "windrose.args.transport" -}}
{{- $transport := .port.transport | default dict -}}
{{ include "windrose.flags" (dict "at" (printf "%s.transport" .at) "of" $transport) }}
{{- if and .isTcp (include "windrose.isExposed" (dict "name" .name "port" .port "service" "default")) -}}
  {{- if kindIs "invalid" (dig "lifeCycle" "requestAcceptGraceTimeout" nil $transport) -}}
{{ printf "%s.transport.lifeCycle.requestAcceptGraceTimeout=5s" .at | toJson }}
{{ end -}}
{{- end -}}
{{- end }}

{{/* What Traefik's chart has beside `http` in its older versions, and below it in the newer ones. */}}
{{- define "windrose.args.http" -}}
{{- $http := .port.http | default dict -}}
{{- $at := printf "%s.http" .at -}}
{{ include "windrose.flags" (dict "at" $at "of" (omit $http "tls" "redirections" "middlewares")) }}
{{- include "windrose.flags" (dict "at" (printf "%s.middlewares" $at) "of" ($http.middlewares | default .port.middlewares)) }}
{{- $tls := $http.tls | default .port.tls | default dict | deepCopy -}}
{{- if and (or $tls (eq .name "websecure")) (not (hasKey $tls "enabled")) }}{{ $_ := set $tls "enabled" true }}{{ end -}}
{{ include "windrose.flags" (dict "at" (printf "%s.tls" $at) "of" $tls) }}
{{- $redirect := dig "entryPoint" (dict) ($http.redirections | default .port.redirections | default dict) -}}
{{- with .port.redirectTo -}}
  {{- if kindIs "map" . -}}
    {{- $redirect = merge (dict "to" .port) (omit . "port") -}}
  {{- else -}}
    {{- $redirect = dict "to" . -}}
  {{- end -}}
{{- end -}}
{{- if $redirect.to -}}
{{- $to := $redirect.to | toString -}}
{{- $port := get .root.Values.ports $to -}}
{{- if $port -}}
  {{- /* Clients know the port of the Service, not that of the pod. */ -}}
  {{- $to = printf ":%d" (int ($port.exposedPort | default $port.port)) -}}
{{- else if not (hasPrefix ":" $to) -}}
  {{- fail (printf "ports.%s redirects to %s, which is no port of ports" .name $to) -}}
{{- end -}}
{{ include "windrose.flags" (dict "at" (printf "%s.redirections.entryPoint" $at) "of" (merge (dict "to" $to "scheme" ($redirect.scheme | default "https")) $redirect)) }}
{{- end -}}
{{- end }}
