# Pools of nodes: `app` for the control plane, `work` for dataplanes, which scales and may use machines that can be taken back.

variable "name" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "cluster_id" {
  type = string
}

variable "kubernetes_version" {
  type = string
}

variable "zones" {
  type = number
}

variable "subnet_ids" {
  type = map(string)
}

variable "security_group_ids" {
  type = map(string)
}

variable "key_id" {
  type = string
}

variable "pools" {
  type = map(object({
    cores     = number
    memory_gb = number
    nodes     = number
    nodes_max = number
    spot      = bool
    disk_gb   = number
    tainted   = bool
  }))
}

variable "tags" {
  type = map(string)
}

data "oci_identity_availability_domains" "all" {
  compartment_id = var.compartment_id
}

data "oci_containerengine_node_pool_option" "this" {
  node_pool_option_id = var.cluster_id
  compartment_id      = var.compartment_id
}

locals {
  # Two virtual cores are one OCPU.
  cores_per_ocpu = 2
  domains        = [for domain in data.oci_identity_availability_domains.all.availability_domains : domain.name]
  placements     = slice(local.domains, 0, min(var.zones, length(local.domains)))
  # Oracle's image of the cluster's version for x86; those for ARM and graphics say so in their names.
  images = [
    for source in data.oci_containerengine_node_pool_option.this.sources : source.image_id
    if strcontains(source.source_name, "OKE-${trimprefix(var.kubernetes_version, "v")}") && !strcontains(source.source_name, "aarch64") && !strcontains(source.source_name, "GPU")
  ]
  # Nodes say their taint when they join: a pool has no argument for it.
  start = {
    for name, pool in var.pools : name => pool.tainted ? base64encode(join("\n", [
      "#!/bin/bash",
      "curl --fail -H 'Authorization: Bearer Oracle' -L0 http://169.254.169.254/opc/v2/instance/metadata/oke_init_script | base64 --decode >/var/run/oke-init.sh",
      "bash /var/run/oke-init.sh --kubelet-extra-args '--register-with-taints=touchstone.dev/pool=${split("-", name)[0]}:NoSchedule'",
    ])) : null
  }
}

resource "oci_containerengine_node_pool" "pool" {
  for_each           = var.pools
  cluster_id         = var.cluster_id
  compartment_id     = var.compartment_id
  name               = each.key
  kubernetes_version = var.kubernetes_version
  node_shape         = "VM.Standard.E5.Flex"
  freeform_tags      = var.tags

  # The old form of the metadata service, which any request is enough for, is off.
  node_metadata = merge(
    { "areLegacyImdsEndpointsDisabled" = "true" },
    local.start[each.key] == null ? {} : { "user_data" = local.start[each.key] },
  )

  node_shape_config {
    ocpus         = each.value.cores / local.cores_per_ocpu
    memory_in_gbs = each.value.memory_gb
  }

  initial_node_labels {
    key   = "touchstone.dev/pool"
    value = split("-", each.key)[0]
  }

  node_source_details {
    source_type             = "IMAGE"
    image_id                = try(local.images[0], null)
    boot_volume_size_in_gbs = each.value.disk_gb
  }

  node_config_details {
    size                                = each.value.nodes
    nsg_ids                             = [var.security_group_ids["nodes"]]
    kms_key_id                          = var.key_id
    is_pv_encryption_in_transit_enabled = true

    dynamic "placement_configs" {
      for_each = local.placements
      content {
        availability_domain = placement_configs.value
        subnet_id           = var.subnet_ids["nodes"]

        dynamic "preemptible_node_config" {
          for_each = each.value.spot ? [true] : []
          content {
            preemption_action {
              type                    = "TERMINATE"
              is_preserve_boot_volume = false
            }
          }
        }
      }
    }

    node_pool_pod_network_option_details {
      cni_type       = "OCI_VCN_IP_NATIVE"
      pod_subnet_ids = [var.subnet_ids["pods"]]
      pod_nsg_ids    = [var.security_group_ids["pods"]]
    }
  }

  node_eviction_node_pool_settings {
    eviction_grace_duration = "PT30M"
  }

  node_pool_cycling_details {
    is_node_cycling_enabled = true
    maximum_surge           = "1"
    maximum_unavailable     = "0"
  }

  # The autoscaler moves it.
  lifecycle {
    ignore_changes = [node_config_details[0].size]

    precondition {
      condition     = length(local.images) > 0
      error_message = "The cloud has no image of nodes for Kubernetes ${var.kubernetes_version}."
    }
  }
}

resource "oci_containerengine_addon" "autoscaler" {
  cluster_id                       = var.cluster_id
  addon_name                       = "ClusterAutoscaler"
  remove_addon_resources_on_delete = true

  configurations {
    key   = "nodes"
    value = join(", ", [for name, pool in var.pools : "${pool.nodes}:${pool.nodes_max}:${oci_containerengine_node_pool.pool[name].id}"])
  }

  configurations {
    key   = "authType"
    value = "workload"
  }
}

resource "oci_identity_policy" "autoscaler" {
  compartment_id = var.compartment_id
  name           = "${var.name}-autoscaler"
  description    = "The autoscaler of ${var.name} changes the number of nodes"
  statements = [
    for what in ["manage cluster-node-pools", "manage instance-family", "use subnets", "read virtual-network-family", "use vnics", "inspect compartments"] :
    "Allow any-user to ${what} in compartment id ${var.compartment_id} where ALL {request.principal.type = 'workload', request.principal.namespace = 'kube-system', request.principal.service_account = 'cluster-autoscaler', request.principal.cluster_id = '${var.cluster_id}'}"
  ]
  freeform_tags = var.tags
}

output "labels" {
  value = { for name, pool in oci_containerengine_node_pool.pool : name => { for label in pool.initial_node_labels : label.key => label.value } }
}

output "legacy_metadata" {
  value = anytrue([for pool in oci_containerengine_node_pool.pool : pool.node_metadata["areLegacyImdsEndpointsDisabled"] != "true"])
}

output "ocpus" {
  value = { for name, pool in oci_containerengine_node_pool.pool : name => pool.node_shape_config[0].ocpus }
}
