{{/* The whole internet is without the addresses at which clouds tell machines who they are. */}}
{{- define "touchstone.cidrPeers" -}}
{{- range . }}
- ipBlock:
    cidr: {{ . | quote }}
    {{- if eq . "0.0.0.0/0" }}
    except:
      - 169.254.0.0/16
    {{- else if eq . "::/0" }}
    except:
      - fd00:ec2::254/128
      - fe80::/10
    {{- end }}
{{- end }}
{{- end }}

{{- define "touchstone.ports" -}}
{{- range . }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end }}

{{/* Rules of egress to networks at ports: a list of {cidrs, ports}. */}}
{{- define "touchstone.egress" -}}
{{- range . }}
- to:
    {{- include "touchstone.cidrPeers" .cidrs | indent 4 }}
  ports:
    {{- include "touchstone.ports" .ports | indent 4 }}
{{- end }}
{{- end }}

{{/* To the metadata store, wherever it is; nowhere for the demo, whose store is in the pod. */}}
{{- define "touchstone.storeEgress" -}}
{{- if ne .Values.store.mode "demo" }}
- to:
    {{- if eq .Values.store.mode "cloudnativepg" }}
    - podSelector:
        matchLabels:
          {{- include "touchstone.selector" (dict "root" . "component" "store") | nindent 10 }}
    {{- else }}
    {{- include "touchstone.cidrPeers" .Values.networkPolicy.store | indent 4 }}
    {{- end }}
  ports:
    - port: {{ .Values.store.port }}
      protocol: TCP
{{- end }}
{{- end }}

{{/* The port at which what is inside comes to the API. */}}
{{- define "touchstone.insidePort" -}}
{{- ternary "https" "http" (eq "true" (include "touchstone.hasInternalTls" .)) -}}
{{- end }}

{{/* To the API of this release. A control plane elsewhere stands in `egress` of the group. */}}
{{- define "touchstone.apiEgress" -}}
{{- if .Values.controlPlane.enabled }}
- to:
    - podSelector:
        matchLabels:
          {{- include "touchstone.selector" (dict "root" . "component" "control-plane") | nindent 10 }}
  ports:
    - port: {{ include "touchstone.insidePort" . }}
      protocol: TCP
{{- end }}
{{- end }}

{{/* To the pods of the ingress controller: an address of a load balancer often leads straight to them, at ports of their own. */}}
{{- define "touchstone.entranceEgress" -}}
{{- with .Values.networkPolicy.callers }}
- to:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{/* AWS, Azure and GCP answer at 80; GKE's own at 988. */}}
{{- define "touchstone.metadataEgress" -}}
- to:
    - ipBlock:
        cidr: 169.254.169.254/32
    - ipBlock:
        cidr: 169.254.169.252/32
  ports:
    {{- include "touchstone.ports" (list 80 988) | indent 4 }}
{{- end }}
