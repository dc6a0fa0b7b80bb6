# Pools of nodes: `app` for the control plane in every zone, `work` for dataplanes, which scales and may use machines that can be taken back.

variable "name" {
  type = string
}

variable "project" {
  type = string
}

variable "cluster_name" {
  type = string
}

variable "region" {
  type = string
}

variable "kms_key_id" {
  type = string
}

variable "pools" {
  type = map(object({
    machine   = string
    nodes     = number
    nodes_max = number
    spot      = bool
    disk_gb   = number
    tainted   = bool
  }))
}

# Nodes may write logs and fetch images, and nothing else; the project's default account may do too much.
resource "google_service_account" "node" {
  account_id   = "${var.name}-node"
  display_name = "Nodes of ${var.name}"
}

resource "google_project_iam_member" "node" {
  for_each = toset(["roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"])
  project  = var.project
  role     = each.value
  member   = "serviceAccount:${google_service_account.node.email}"
}

resource "google_container_node_pool" "pool" {
  for_each = var.pools
  name     = each.key
  cluster  = var.cluster_name
  location = var.region

  # All zones together, not each.
  autoscaling {
    total_min_node_count = each.value.nodes
    total_max_node_count = each.value.nodes_max
    location_policy      = each.value.spot ? "ANY" : "BALANCED"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    max_surge       = 1
    max_unavailable = 0
  }

  node_config {
    machine_type      = each.value.machine
    spot              = each.value.spot
    disk_size_gb      = each.value.disk_gb
    disk_type         = "pd-balanced"
    boot_disk_kms_key = var.kms_key_id
    image_type        = "COS_CONTAINERD"
    service_account   = google_service_account.node.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"]
    labels            = { "touchstone.dev/pool" = split("-", each.key)[0] }
    metadata          = { "disable-legacy-endpoints" = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    # A pod asks for the identity of its service account, never for the machine's.
    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    dynamic "taint" {
      for_each = each.value.tainted ? [split("-", each.key)[0]] : []
      content {
        key    = "touchstone.dev/pool"
        value  = taint.value
        effect = "NO_SCHEDULE"
      }
    }
  }
}

output "labels" {
  value = { for name, pool in google_container_node_pool.pool : name => pool.node_config[0].labels }
}

output "no_node_identity" {
  value = alltrue([for pool in google_container_node_pool.pool : pool.node_config[0].workload_metadata_config[0].mode == "GKE_METADATA"])
}
