{{/* The name that the cloud knows its pods by. */}}
{{- define "touchstone.bucketAccount" -}}
{{- .Values.backup.bucket.serviceAccount | default (printf "%s-backup" (include "touchstone.fullname" .)) -}}
{{- end }}

{{/* Whether pods ask for themselves, without a key: "true" or nothing. */}}
{{- define "touchstone.bucketByIdentity" -}}
{{- if and .Values.backup.bucket.url (not .Values.backup.bucket.existingSecret) -}}true{{- end -}}
{{- end }}

{{/* Azure's webhook gives a token to pods that ask for one by this label. */}}
{{- define "touchstone.bucketLabels" -}}
{{- if and (include "touchstone.bucketByIdentity" .) (hasPrefix "az://" .Values.backup.bucket.url) }}
azure.workload.identity/use: "true"
{{- end }}
{{- end }}

{{/* Where the store is and by which keys, in the variables that everybody's programs know. */}}
{{- define "touchstone.bucketEnvironment" -}}
{{- $bucket := .Values.backup.bucket }}
{{- $isAzure := hasPrefix "az://" $bucket.url }}
{{- with $bucket.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with $bucket.endpoint }}
- name: {{ ternary "AZURE_STORAGE_SERVICE_ENDPOINT" "AWS_ENDPOINT_URL_S3" $isAzure }}
  value: {{ . | quote }}
{{- end }}
{{- with $bucket.existingSecret }}
{{- range ternary (list "AZURE_STORAGE_SAS_TOKEN") (list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY") $isAzure }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ $bucket.existingSecret | quote }}
      key: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The store's networks, and the agent on the node that says who a pod is: EKS Pod Identity's, or GKE's metadata server. */}}
{{- define "touchstone.bucketEgress" -}}
{{- $bucket := .Values.backup.bucket }}
{{- if $bucket.url }}
{{- include "touchstone.egress" $bucket.egress }}
{{- if include "touchstone.bucketByIdentity" . }}
{{- if hasPrefix "gs://" $bucket.url }}
{{ include "touchstone.metadataEgress" . }}
{{- else if hasPrefix "s3://" $bucket.url }}
- to:
    - ipBlock:
        cidr: 169.254.170.23/32
    - ipBlock:
        cidr: fd00:ec2::23/128
  ports:
    {{- include "touchstone.ports" (list 80) | indent 4 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
