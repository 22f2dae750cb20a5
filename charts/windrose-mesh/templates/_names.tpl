{{- define "mesh.labels" -}}
app: maesh
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
release: {{ .Release.Name | quote }}
heritage: {{ .Release.Service | quote }}
{{- end }}

{{- /* The image of a part: its own values before those of all. */}}
{{- define "mesh.image" -}}
{{- $own := .part.image | default dict -}}
{{- $all := .root.Values.image -}}
{{ $own.name | default $all.name }}:{{ $own.tag | default $all.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "mesh.pull" -}}
imagePullPolicy: {{ (.part.image | default dict).pullPolicy | default .root.Values.image.pullPolicy }}
{{- end }}

{{- define "mesh.secrets" -}}
{{- with (.part.image | default dict).pullSecret | default .root.Values.image.pullSecret }}
imagePullSecrets:
  - name: {{ . }}
{{- end }}
{{- end }}

{{- define "mesh.log" -}}
{{- with .part.logLevel | default .root.Values.logLevel }}
- --logLevel={{ . }}
{{- end }}
{{- with .part.logFormat | default .root.Values.logFormat }}
- --logFormat={{ . }}
{{- end }}
{{- end }}

{{- define "mesh.resources" -}}
{{- $limit := .limit | default dict -}}
{{- $request := .request | default dict -}}
resources:
  limits: {memory: {{ $limit.mem | default "200Mi" }}, cpu: {{ $limit.cpu | default "500m" }}}
  requests: {memory: {{ $request.mem | default "50Mi" }}, cpu: {{ $request.cpu | default "50m" }}}
{{- end }}

{{- /* OpenShift chooses users and groups itself, and refuses others. */}}
{{- define "mesh.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  {{- if not (.Capabilities.APIVersions.Has "security.openshift.io/v1") }}
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  {{- end }}
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "mesh.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "mesh.placed" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Clients are led to the proxy of their own node, or near it, where the cluster knows how. */}}
{{- define "mesh.distribution" -}}
{{- if semverCompare ">=1.35.0-0" .Capabilities.KubeVersion.Version -}}
PreferSameNode
{{- else if semverCompare ">=1.31.0-0" .Capabilities.KubeVersion.Version -}}
PreferClose
{{- end -}}
{{- end }}
