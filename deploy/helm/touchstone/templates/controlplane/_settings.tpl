{{/* Settings of the control plane by their environment variables: those of the chart, and those that were given. */}}
{{- define "touchstone.settings" -}}
TOUCHSTONE_HOST: 0.0.0.0
TOUCHSTONE_PORT: "8420"
TOUCHSTONE_BASE_URL: {{ printf "https://%s" .Values.fqdn | quote }}
TOUCHSTONE_MIGRATE: {{ ternary "start" "never" (eq (include "touchstone.migrations" .) "self") }}
{{- if .Values.dataplanes.existingSecret }}
TOUCHSTONE_DATAPLANES: /etc/touchstone/dataplanes
{{- end }}
{{- $variables := .Files.Get "files/environment.yaml" | fromYaml }}
{{- range $name, $value := .Values.settings }}
{{ index $variables $name }}: {{ toString $value | quote }}
{{- end }}
{{- end }}

{{/* Seconds a pod has to end: the service forgets it, requests under way end, and the rest. */}}
{{- define "touchstone.drainSeconds" -}}
{{ add 10 (.Values.settings.drainSeconds | default 20 | int) 15 }}
{{- end }}
