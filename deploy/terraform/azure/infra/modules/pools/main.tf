# Pools for dataplanes, which scale and may use machines that can be taken back. The control plane's pool comes with the cluster.

variable "cluster_id" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "zones" {
  type = number
}

variable "pools" {
  type = map(object({
    machine   = string
    nodes     = number
    nodes_max = number
    spot      = bool
    disk_gb   = number
  }))
}

variable "tags" {
  type = map(string)
}

resource "azurerm_kubernetes_cluster_node_pool" "pool" {
  for_each = var.pools
  # The cloud takes letters and digits only.
  name                    = replace(each.key, "-", "")
  kubernetes_cluster_id   = var.cluster_id
  vm_size                 = each.value.machine
  vnet_subnet_id          = var.subnet_id
  zones                   = [for zone in range(var.zones) : tostring(zone + 1)]
  auto_scaling_enabled    = true
  min_count               = each.value.nodes
  max_count               = each.value.nodes_max
  priority                = each.value.spot ? "Spot" : "Regular"
  eviction_policy         = each.value.spot ? "Delete" : null
  spot_max_price          = each.value.spot ? -1 : null
  os_disk_size_gb         = each.value.disk_gb
  os_sku                  = "AzureLinux"
  host_encryption_enabled = true
  node_public_ip_enabled  = false
  node_labels             = { "touchstone.dev/pool" = "work" }
  node_taints             = concat(["touchstone.dev/pool=work:NoSchedule"], each.value.spot ? ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"] : [])
  tags                    = var.tags

  # Spot machines cannot surge.
  dynamic "upgrade_settings" {
    for_each = each.value.spot ? [] : ["1"]
    content {
      max_surge = upgrade_settings.value
    }
  }
}

output "labels" {
  value = { for name, pool in azurerm_kubernetes_cluster_node_pool.pool : name => pool.node_labels }
}
