# A private OKE cluster. Pods have addresses of the network, so that the security groups of their role hold; secrets are encrypted by the deployment's own key.

variable "name" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "vcn_id" {
  type = string
}

variable "subnet_ids" {
  type = map(string)
}

variable "security_group_ids" {
  type = map(string)
}

variable "kubernetes_version" {
  type = string
}

variable "key_id" {
  type = string
}

variable "admin_principals" {
  type = set(string)
}

variable "api_access_cidrs" {
  type = set(string)
}

variable "tags" {
  type = map(string)
}

data "oci_containerengine_cluster_option" "all" {
  cluster_option_id = "all"
  compartment_id    = var.compartment_id
}

locals {
  # The newest patch that the cloud offers of the minor version.
  patches = sort([for version in data.oci_containerengine_cluster_option.all.kubernetes_versions : version if startswith(version, "v${var.kubernetes_version}.")])
  version = try(local.patches[length(local.patches) - 1], null)
}

resource "oci_containerengine_cluster" "this" {
  compartment_id     = var.compartment_id
  name               = var.name
  type               = "ENHANCED_CLUSTER"
  vcn_id             = var.vcn_id
  kubernetes_version = local.version
  kms_key_id         = var.key_id
  freeform_tags      = var.tags

  cluster_pod_network_options {
    cni_type = "OCI_VCN_IP_NATIVE"
  }

  endpoint_config {
    subnet_id            = var.subnet_ids["api"]
    nsg_ids              = [var.security_group_ids["api"]]
    is_public_ip_enabled = length(var.api_access_cidrs) > 0
  }

  options {
    service_lb_subnet_ids = [var.subnet_ids["lb"]]

    open_id_connect_discovery {
      is_open_id_connect_discovery_enabled = true
    }
  }

  lifecycle {
    precondition {
      condition     = local.version != null
      error_message = "The cloud offers no patch of Kubernetes ${var.kubernetes_version} here; choose another kubernetes_version."
    }
  }
}

resource "oci_identity_policy" "admin" {
  compartment_id = var.compartment_id
  name           = "${var.name}-admin"
  description    = "Who administers the cluster ${var.name}"
  statements     = [for group in sort(var.admin_principals) : "Allow group ${group} to manage cluster-family in compartment id ${var.compartment_id}"]
  freeform_tags  = var.tags
}

output "id" {
  value = oci_containerengine_cluster.this.id
}

output "name" {
  value = oci_containerengine_cluster.this.name
}

output "version" {
  value = oci_containerengine_cluster.this.kubernetes_version
}

output "public" {
  value = oci_containerengine_cluster.this.endpoint_config[0].is_public_ip_enabled
}
