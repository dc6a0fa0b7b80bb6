{{/* Every pod runs under the restricted Pod Security Standard. On OpenShift, users and groups are the namespace's. */}}
{{- define "touchstone.podSecurity" -}}
runAsNonRoot: true
{{- if not .root.Values.openshift }}
runAsUser: 65532
runAsGroup: 65532
{{- if .volumes }}
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
{{- end }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "touchstone.containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/* What pods of a kind share: (dict "root" $ "component" … "group" … "placement" {…} "volumes" bool "spread" bool). None gets a token of Kubernetes by itself: the updater mounts one that soon ends. */}}
{{- define "touchstone.pod" -}}
{{- $placement := mergeOverwrite (deepCopy .root.Values.placement) (deepCopy (.placement | default dict)) -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- if not .root.Values.hostUsers }}
hostUsers: false
{{- end }}
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with $placement.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $placement.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $placement.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $placement.affinity }}
affinity:
  {{- toYaml $placement.affinity | nindent 2 }}
{{- else if .spread }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "touchstone.selector" . | nindent 14 }}
{{- end }}
{{- if .spread }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "touchstone.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "touchstone.podSecurity" . | nindent 2 }}
{{- end }}

{{/*
The size's requests, under what the values say; memory and disk are also limits. Of a request and a limit where one is given, the other is the same:
(dict "size" {cpu, memory} "disk" "1Gi" "resources" {…}).
*/}}
{{- define "touchstone.resources" -}}
{{- $given := deepCopy (.resources | default dict) -}}
{{- $requests := dict "cpu" .size.cpu -}}
{{- $limits := dict -}}
{{- range $name, $usual := dict "memory" .size.memory "ephemeral-storage" .disk -}}
{{- $request := dig "requests" $name "" $given -}}
{{- $limit := dig "limits" $name "" $given -}}
{{- $_ := set $requests $name (coalesce $request $limit $usual) -}}
{{- $_ := set $limits $name (coalesce $limit $request $usual) -}}
{{- end -}}
{{- mergeOverwrite (dict "requests" $requests "limits" $limits) $given | toYaml -}}
{{- end }}

{{/* Room for temporary files: the root of every container is read-only. */}}
{{- define "touchstone.tmpSize" -}}
256Mi
{{- end }}

{{- define "touchstone.tmpVolume" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ include "touchstone.tmpSize" . }}
{{- end }}

{{- define "touchstone.authoritiesVolume" -}}
{{- with .Values.authorities.configMap }}
- name: authorities
  configMap:
    name: {{ . | quote }}
    items:
      - key: {{ $.Values.authorities.key | quote }}
        path: ca.crt
{{- end }}
{{- end }}

{{/* The authority of the operator's Postgres, for pods that open the store. */}}
{{- define "touchstone.storeVolume" -}}
{{- if eq .Values.store.mode "cloudnativepg" }}
- name: store
  secret:
    secretName: {{ printf "%s-store-ca" (include "touchstone.fullname" .) | quote }}
    defaultMode: 292 # 0444
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- end }}

{{- define "touchstone.storeMount" -}}
{{- if eq .Values.store.mode "cloudnativepg" }}
- name: store
  mountPath: /etc/touchstone/store
  readOnly: true
{{- end }}
{{- end }}

{{- define "touchstone.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.authorities.configMap }}
- name: authorities
  mountPath: /etc/touchstone/authorities
  readOnly: true
{{- end }}
{{- end }}

{{- define "touchstone.environment" -}}
- name: HOME
  value: /tmp
{{- if .Values.authorities.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/touchstone/authorities/ca.crt
{{- end }}
{{- end }}

{{- define "touchstone.internalSecret" -}}
{{- .Values.internalTls.existingSecret | default (printf "%s-internal-tls" (include "touchstone.fullname" .)) -}}
{{- end }}

{{/* Files of that Secret, for one who needs these alone: (dict "root" $ "keys" (list "ca.crt")). The kubelet writes them anew when they change. */}}
{{- define "touchstone.internalVolume" -}}
- name: internal-tls
  secret:
    secretName: {{ include "touchstone.internalSecret" .root | quote }}
    defaultMode: 292 # 0444
    items:
      {{- range .keys }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end }}

{{- define "touchstone.internalMount" -}}
- name: internal-tls
  mountPath: /etc/touchstone/internal-tls
  readOnly: true
{{- end }}

{{/* Where the metadata store is: (dict "root" $ "environment" the variables that follow). The demo's is a volume of the one pod. */}}
{{- define "touchstone.storeEnvironment" -}}
{{- if eq .root.Values.store.mode "demo" }}
- name: TOUCHSTONE_DATA
  value: /var/lib/touchstone
{{- else if eq .root.Values.store.mode "cloudnativepg" }}
# The operator's address says nothing of TLS; its servers have certificates of an authority of its own.
- name: STORE_ADDRESS
  valueFrom:
    secretKeyRef:
      name: {{ printf "%s-store-app" (include "touchstone.fullname" .root) | quote }}
      key: uri
- name: DATABASE_URL
  value: $(STORE_ADDRESS)?sslmode=verify-full&sslrootcert=/etc/touchstone/store/ca.crt
{{- else }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.store.existingSecret | quote }}
      key: {{ .root.Values.store.secretKey | quote }}
{{- include "touchstone.storeMode" . }}
{{- end }}
{{- end }}

{{/* As the variables of the API say it, so that migrations and backups reach the store as it does. Nothing where it is among those that follow: twice is refused. */}}
{{- define "touchstone.storeMode" -}}
{{- $given := false }}
{{- range .environment }}
{{- $given = or $given (eq .name "PGSSLMODE") }}
{{- end }}
{{- if not $given }}
{{- $mode := dict "name" "PGSSLMODE" "value" "verify-full" }}
{{- range .root.Values.controlPlane.extraEnv }}
{{- if eq .name "PGSSLMODE" }}
{{- $mode = . }}
{{- end }}
{{- end }}
# What holds where the address does not say sslmode itself.
- {{ toYaml $mode | nindent 2 | trim }}
{{- end }}
{{- end }}

{{/*
The spec of a pod that runs one command on the store and ends:
(dict "root" $ "component" … "name" container "args" list "mounts" list "volumes" list "environment" list "settings" bool "deadlineSeconds" n "serviceAccount" name).
*/}}
{{- define "touchstone.taskPod" -}}
{{- $size := include "touchstone.size" .root | fromYaml -}}
restartPolicy: Never
{{- with .deadlineSeconds }}
activeDeadlineSeconds: {{ . }}
{{- end }}
{{ include "touchstone.pod" (dict "root" .root "component" .component "volumes" .volumes) }}
{{- with .serviceAccount }}
serviceAccountName: {{ . | quote }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ include "touchstone.image" (dict "root" .root "image" .root.Values.images.controlPlane) | quote }}
    imagePullPolicy: {{ .root.Values.images.pullPolicy }}
    {{- with .args }}
    args:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if .settings }}
    envFrom:
      - configMapRef:
          name: {{ printf "%s-settings" (include "touchstone.fullname" .root) | quote }}
    {{- end }}
    env:
      {{- include "touchstone.environment" .root | nindent 6 }}
      {{- include "touchstone.storeEnvironment" (dict "root" .root "environment" .environment) | nindent 6 }}
      {{- with .environment }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- include "touchstone.resources" (dict "size" $size.task "disk" (include "touchstone.tmpSize" .root)) | nindent 6 }}
    securityContext:
      {{- include "touchstone.containerSecurity" . | nindent 6 }}
    volumeMounts:
      {{- include "touchstone.mounts" .root | nindent 6 }}
      {{- include "touchstone.storeMount" .root | nindent 6 }}
      {{- with .mounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  {{- include "touchstone.tmpVolume" .root | nindent 2 }}
  {{- include "touchstone.authoritiesVolume" .root | nindent 2 }}
  {{- include "touchstone.storeVolume" .root | nindent 2 }}
  {{- with .volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
