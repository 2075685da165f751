{{- define "etcd-backup-operator.args" -}}
- --concurrency={{ .Values.concurrency }}
- --etcd-image={{ .Values.etcdImage }}
{{- /* What ends after it is for the Lease, the caches and the log. */}}
- --grace={{ max 0 (sub .Values.terminationGracePeriodSeconds 20) }}
{{- end -}}

{{/* Pods that fetch and swap data run the agent, which is in the operator's own image. */}}
{{- define "etcd-backup-operator.env" -}}
- name: AGENT_IMAGE
  value: {{ include "etcd-backup-operator.image" . | quote }}
{{- end -}}
