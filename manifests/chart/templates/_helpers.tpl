{{- define "kubedirector.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "kubedirector.replicas" -}}
{{- if kindIs "invalid" .Values.replicas -}}
{{ ternary 3 1 (eq .Values.storage.engine "etcd") }}
{{- else -}}
{{ int .Values.replicas }}
{{- end -}}
{{- end -}}

{{/* Anything but the empty string is true. */}}
{{- define "kubedirector.hasBudget" -}}
{{- $enabled := .Values.podDisruptionBudget.enabled -}}
{{- if kindIs "invalid" $enabled -}}
{{- if eq .Values.storage.engine "etcd" }}true{{ end -}}
{{- else if $enabled -}}
true
{{- end -}}
{{- end -}}

{{/* Of every pod. */}}
{{- define "kubedirector.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Of every container. */}}
{{- define "kubedirector.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
