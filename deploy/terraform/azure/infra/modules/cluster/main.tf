# A private AKS cluster with its first pool, `app`. People enter by Entra; there is no local account. The network enforces the chart's policies.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "tenant_id" {
  type = string
}

variable "zones" {
  type = number
}

variable "kubernetes_version" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "disk_encryption_set_id" {
  type = string
}

variable "admin_principals" {
  type = set(string)
}

variable "api_access_cidrs" {
  type = set(string)
}

variable "app" {
  type = object({
    machine   = string
    nodes     = number
    nodes_max = number
    disk_gb   = number
  })
}

variable "tags" {
  type = map(string)
}

locals {
  labels = { "touchstone.dev/pool" = "app" }
}

resource "azurerm_log_analytics_workspace" "this" {
  name                = var.name
  location            = var.region
  resource_group_name = var.resource_group
  sku                 = "PerGB2018"
  retention_in_days   = 90
  tags                = var.tags
}

resource "azurerm_kubernetes_cluster" "this" {
  name                              = var.name
  location                          = var.region
  resource_group_name               = var.resource_group
  dns_prefix                        = var.name
  kubernetes_version                = var.kubernetes_version
  sku_tier                          = "Standard"
  private_cluster_enabled           = length(var.api_access_cidrs) == 0
  local_account_disabled            = true
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  automatic_upgrade_channel         = "patch"
  node_os_upgrade_channel           = "NodeImage"
  disk_encryption_set_id            = var.disk_encryption_set_id
  run_command_enabled               = false
  azure_policy_enabled              = true
  image_cleaner_enabled             = true
  image_cleaner_interval_hours      = 48
  tags                              = var.tags

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    tenant_id              = var.tenant_id
    admin_group_object_ids = var.admin_principals
  }

  dynamic "api_server_access_profile" {
    for_each = length(var.api_access_cidrs) == 0 ? [] : [var.api_access_cidrs]
    content {
      authorized_ip_ranges = api_server_access_profile.value
    }
  }

  default_node_pool {
    name                        = "app"
    vm_size                     = var.app.machine
    vnet_subnet_id              = var.subnet_id
    zones                       = [for zone in range(var.zones) : tostring(zone + 1)]
    auto_scaling_enabled        = true
    min_count                   = var.app.nodes
    max_count                   = var.app.nodes_max
    os_disk_size_gb             = var.app.disk_gb
    os_sku                      = "AzureLinux"
    host_encryption_enabled     = true
    node_public_ip_enabled      = false
    node_labels                 = local.labels
    temporary_name_for_rotation = "apptmp"
    tags                        = var.tags

    upgrade_settings {
      max_surge = "1"
    }
  }

  identity {
    type = "SystemAssigned"
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    outbound_type       = "userAssignedNATGateway"
    load_balancer_sku   = "standard"
    pod_cidr            = "10.244.0.0/16"
    service_cidr        = "10.245.0.0/16"
    dns_service_ip      = "10.245.0.10"
  }

  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.this.id
    msi_auth_for_monitoring_enabled = true
  }
}

resource "azurerm_monitor_diagnostic_setting" "audit" {
  name                       = "audit"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id

  enabled_log {
    category = "kube-audit-admin"
  }

  enabled_log {
    category = "guard"
  }
}

output "id" {
  value = azurerm_kubernetes_cluster.this.id
}

output "name" {
  value = azurerm_kubernetes_cluster.this.name
}

output "oidc_issuer_url" {
  value = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "public" {
  value = !azurerm_kubernetes_cluster.this.private_cluster_enabled
}

output "local_accounts" {
  value = !azurerm_kubernetes_cluster.this.local_account_disabled
}

output "zones" {
  value = length(azurerm_kubernetes_cluster.this.default_node_pool[0].zones)
}

output "labels" {
  value = { app = local.labels }
}
