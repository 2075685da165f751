{{- define "postgres-operator.args" -}}
{{- range $version, $image := .Values.postgresImages }}
- --postgres-image={{ $version }}={{ $image }}
{{- end }}
{{- end -}}

{{- define "postgres-operator.env" -}}{{- end -}}

{{/* files/webhooks.yaml with the names of this release. */}}
{{- define "postgres-operator.webhookObjects" -}}
{{ .Files.Get "files/webhooks.yaml" | replace "SERVICE_NAMESPACE" .Release.Namespace | replace "SERVICE_NAME" (include "postgres-operator.webhookService" .) }}
{{- end -}}

{{/* Annotations of what cert-manager writes the authority into. */}}
{{- define "postgres-operator.injectedCa" -}}
{{- if .Values.webhooks.certManager.enabled -}}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "postgres-operator.webhookService" . }}
{{- end -}}
{{- end -}}
