# A private GKE cluster over several zones. The network enforces the chart's policies; secrets are encrypted by the deployment's own key.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "project" {
  type = string
}

variable "zones" {
  type = number
}

variable "kubernetes_version" {
  type = string
}

variable "network_id" {
  type = string
}

variable "subnetwork_id" {
  type = string
}

variable "kms_key_id" {
  type = string
}

variable "api_access_cidrs" {
  type = set(string)
}

variable "admin_principals" {
  type = set(string)
}

variable "deletion_protection" {
  type = bool
}

data "google_compute_zones" "available" {
  region = var.region
  status = "UP"
}

resource "google_container_cluster" "this" {
  name                     = var.name
  location                 = var.region
  node_locations           = slice(sort(data.google_compute_zones.available.names), 0, var.zones)
  min_master_version       = var.kubernetes_version
  network                  = var.network_id
  subnetwork               = var.subnetwork_id
  remove_default_node_pool = true
  initial_node_count       = 1
  datapath_provider        = "ADVANCED_DATAPATH"
  enable_shielded_nodes    = true
  deletion_protection      = var.deletion_protection

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = length(var.api_access_cidrs) == 0
  }

  master_authorized_networks_config {
    gcp_public_cidrs_access_enabled = false

    dynamic "cidr_blocks" {
      for_each = var.api_access_cidrs
      content {
        cidr_block = cidr_blocks.value
      }
    }
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  workload_identity_config {
    workload_pool = "${var.project}.svc.id.goog"
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = var.kms_key_id
  }

  release_channel {
    channel = "STABLE"
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "APISERVER", "WORKLOADS"]
  }

  addons_config {
    gce_persistent_disk_csi_driver_config {
      enabled = true
    }
  }
}

resource "google_project_iam_member" "admin" {
  for_each = var.admin_principals
  project  = var.project
  role     = "roles/container.admin"
  member   = each.value
}

output "name" {
  value = google_container_cluster.this.name
}

output "public" {
  value = !google_container_cluster.this.private_cluster_config[0].enable_private_endpoint
}

output "zones" {
  value = length(google_container_cluster.this.node_locations)
}
