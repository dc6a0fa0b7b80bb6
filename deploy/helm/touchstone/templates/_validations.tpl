{{/* What the schema of the values cannot say. All that is wrong is told at once. */}}
{{- define "touchstone.validate" -}}
{{- $problems := concat
      (include "touchstone.wrong.moved" . | fromYamlArray)
      (include "touchstone.wrong.combinations" . | fromYamlArray)
      (include "touchstone.wrong.secrets" . | fromYamlArray)
      (include "touchstone.wrong.networks" . | fromYamlArray) -}}
{{- if $problems -}}
{{- fail (printf "\n\nThese values cannot be installed:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end }}

{{- define "touchstone.wrong.moved" -}}
{{- range $name, $where := .Files.Get "files/moved.yaml" | fromYaml }}
{{- if hasKey $.Values $name }}
- {{ printf "%s is not a value of this chart: %s" $name $where | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "touchstone.wrong.combinations" -}}
{{- if and (eq .Values.store.mode "cloudnativepg") (eq (.Values.migrations.mode | default "job") "hook") }}
- "migrations.mode=hook runs before the store of store.mode=cloudnativepg is there: say job, or nothing"
{{- end }}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}
- "gateway.enabled needs gateway.parentRefs: the Gateway that the route is attached to"
{{- end }}
{{- if and .Values.ingress.tls.existingSecret .Values.ingress.tls.issuer.name }}
- "ingress.tls has a Secret of yours or an issuer that makes one, not both: existingSecret or issuer.name"
{{- end }}
{{- if and .Values.internalTls.existingSecret .Values.internalTls.issuer.name }}
- "internalTls has a Secret of yours or an issuer that makes one, not both: existingSecret or issuer.name"
{{- end }}
{{- if and (or .Values.internalTls.existingSecret .Values.internalTls.issuer.name) (not .Values.controlPlane.enabled) }}
- "internalTls is the control plane's, and this release has none: dataplanes alone come by https:// and fqdn, and trust what authorities names"
{{- end }}
{{- with .Values.dataplanes.server }}
{{- if include "touchstone.hasInternalTls" $ }}
{{- $service := include "touchstone.fullname" $ }}
{{- $host := regexReplaceAll "^https?://([^:/]*).*$" . "${1}" }}
{{- if or (hasPrefix "http://" .) (eq $host $service) (regexMatch (printf "^%s\\.%s(\\.svc(\\..+)?)?$" $service $.Release.Namespace) $host) }}
- {{ printf "dataplanes.server=%s cannot be with internalTls: leave it out for the API of this release, to which dataplanes then come by https, with its own authority" . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- $backup := .Values.backup }}
{{- if and $backup.bucket.url $backup.existingClaim }}
- "backups go to a bucket or to a claim of yours, not both: backup.bucket.url or backup.existingClaim"
{{- end }}
{{- if and $backup.bucket.url $backup.enabled .Values.networkPolicy.enabled (not $backup.bucket.egress) }}
- "backup.bucket.egress is needed: the networks the object store is in, or 0.0.0.0/0 at 443 where it has no address of your own"
{{- end }}
{{- if and $backup.bucket.endpoint (hasPrefix "gs://" $backup.bucket.url) }}
- "backup.bucket.endpoint is for s3:// and az://: HMAC keys of Google speak s3:// at https://storage.googleapis.com"
{{- end }}
{{- if and $backup.bucket.existingSecret (hasPrefix "gs://" $backup.bucket.url) }}
- "gs:// is asked by workload identity: for HMAC keys say s3:// and backup.bucket.endpoint=https://storage.googleapis.com"
{{- end }}
{{- if and (not .Values.controlPlane.enabled) (not .Values.dataplanes.groups) }}
- "with controlPlane.enabled=false there is nothing to run but dataplanes.groups"
{{- end }}
{{- end }}

{{/* A secret in a value stands in the release's history, in a pipeline's log and in git. */}}
{{- define "touchstone.wrong.secrets" -}}
{{- $variables := .Values.controlPlane.extraEnv }}
{{- $variables = concat $variables .Values.dataplanes.defaults.extraEnv .Values.updater.extraEnv .Values.backup.extraEnv }}
{{- range $name, $group := .Values.dataplanes.groups }}
{{- $variables = concat $variables (dig "extraEnv" list ($group | default dict)) }}
{{- end }}
{{- range $variables }}
{{- if .value }}
{{- if or (regexMatch "(?i)(password|passwd|secret|token|credential|private_key|api_?key)" .name) (regexMatch "://[^/@ ]+:[^/@ ]+@" .value) }}
- {{ printf "extraEnv %s looks like a secret: put it into a Secret, and say valueFrom.secretKeyRef" .name | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A block that covers the metadata service would give every pod what the node may do. */}}
{{- define "touchstone.wrong.networks" -}}
{{- $egress := concat .Values.networkPolicy.identityProviders .Values.dataplanes.defaults.egress .Values.updater.egress .Values.backup.bucket.egress (list .Values.updater.apiServer) }}
{{- range $name, $group := .Values.dataplanes.groups }}
{{- $egress = concat $egress (dig "egress" list ($group | default dict)) }}
{{- end }}
{{- $cidrs := .Values.networkPolicy.store }}
{{- range $egress }}
{{- $cidrs = concat $cidrs .cidrs }}
{{- end }}
{{- range uniq $cidrs }}
{{- if regexMatch "^(169\\.254\\.|169\\.[0-9]+\\.[0-9]+\\.[0-9]+/([89]|1[0-5])$|[0-9.]+/[1-7]$|[1-9][0-9.]*/0$)" . }}
- {{ printf "the network %s covers link-local addresses, where clouds tell machines who they are: name smaller ones, or 0.0.0.0/0, from which they are left out" . | quote }}
{{- end }}
{{- end }}
{{- end }}
