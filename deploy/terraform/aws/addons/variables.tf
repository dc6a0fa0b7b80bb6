variable "kubeconfig" {
  description = "Path of the kubeconfig."
  type        = string
  default     = "~/.kube/config"
}

variable "context" {
  description = "Context of the deployment's cluster."
  type        = string

  validation {
    condition     = var.context != ""
    error_message = "context: the name of the cluster's context; the current one is not taken unasked."
  }
}

variable "namespace" {
  description = "Namespace of the chart."
  type        = string
  default     = "touchstone"
}

variable "key_ref" {
  description = "Key by which volumes are encrypted: key_ref of the output `backup` of the infrastructure."
  type        = string
}
