{{/* Names are cut so that the longest suffix, "-dataplane-" and a group's twenty letters, stays within the 63 of a DNS label. */}}
{{- define "touchstone.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 32 | trimSuffix "-" -}}
{{- end }}

{{- define "touchstone.fullname" -}}
{{- $name := include "touchstone.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 32 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 32 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* What pods are found by: (dict "root" $ "component" "control-plane"). Never changes, for a Deployment's selector must not. */}}
{{- define "touchstone.selector" -}}
app.kubernetes.io/name: {{ include "touchstone.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- with .group }}
touchstone/group: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "touchstone.labels" -}}
{{ include "touchstone.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: touchstone
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Labels of pods: without versions, so that a new chart alone replaces none. */}}
{{- define "touchstone.podLabels" -}}
{{ include "touchstone.selector" . }}
app.kubernetes.io/part-of: touchstone
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata of an object: (dict "root" $ "component" … "name" suffix). */}}
{{- define "touchstone.metadata" -}}
name: {{ printf "%s%s" (include "touchstone.fullname" .root) (empty .name | ternary "" (printf "-%s" .name)) | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "touchstone.labels" . | nindent 2 }}
{{- end }}

{{/* An image: by digest where there is one, from the mirror where there is one: (dict "root" $ "image" .Values.images.controlPlane). */}}
{{- define "touchstone.image" -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.global.imageRegistry -}}
{{- $parts := splitList "/" $repository -}}
{{- $first := first $parts -}}
{{- /* A first part with a dot, a port, or localhost is a registry, as the engines read it. */ -}}
{{- $path := ternary (rest $parts | join "/") $repository (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $path -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end }}

{{/* What the size asks for, as YAML. */}}
{{- define "touchstone.size" -}}
{{- index (.Files.Get "files/sizes.yaml" | fromYaml) .Values.size | toYaml -}}
{{- end }}

{{/* A group of dataplanes with what holds for all of them, as YAML: (dict "root" $ "group" …). A key that a group says is the group's. */}}
{{- define "touchstone.group" -}}
{{- mergeOverwrite (deepCopy .root.Values.dataplanes.defaults) (deepCopy (.group | default dict)) | toYaml -}}
{{- end }}

{{/* Whether the API has a second port by https for what is inside: "true" or nothing. */}}
{{- define "touchstone.hasInternalTls" -}}
{{- if and .Values.controlPlane.enabled (or .Values.internalTls.existingSecret .Values.internalTls.issuer.name) -}}true{{- end -}}
{{- end }}

{{/* Where pods of this release reach its API. The name by https is one that private authorities issue for, and means the same everywhere in the cluster. */}}
{{- define "touchstone.inside" -}}
{{- if include "touchstone.hasInternalTls" . -}}
https://{{ include "touchstone.fullname" . }}.{{ .Release.Namespace }}.svc
{{- else -}}
http://{{ include "touchstone.fullname" . }}
{{- end -}}
{{- end }}

{{/* Whether dataplanes dial the API of this release: "true" or nothing. */}}
{{- define "touchstone.dialsInside" -}}
{{- if and .Values.controlPlane.enabled (not .Values.dataplanes.server) -}}true{{- end -}}
{{- end }}

{{- define "touchstone.server" -}}
{{- if include "touchstone.dialsInside" . -}}
{{ include "touchstone.inside" . }}
{{- else -}}
{{ .Values.dataplanes.server | default (printf "https://%s" .Values.fqdn) }}
{{- end -}}
{{- end }}

{{- define "touchstone.migrations" -}}
{{- if eq .Values.store.mode "demo" -}}
self
{{- else -}}
{{- .Values.migrations.mode | default (ternary "job" "hook" (eq .Values.store.mode "cloudnativepg")) -}}
{{- end -}}
{{- end }}
