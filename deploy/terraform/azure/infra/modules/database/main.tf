# Managed Postgres of the metadata store, in a network of its own. Its password is given at apply, written without being read back, and kept in the vault: it is in no state and no plan.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "network_id" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "key_vault_id" {
  type = string
}

variable "key_id" {
  type = string
}

variable "key_identity_id" {
  type = string
}

variable "password" {
  type      = string
  ephemeral = true
}

variable "password_version" {
  type = number
}

variable "machine" {
  type = string
}

variable "settings" {
  type = object({
    version             = string
    storage_gb          = number
    backup_days         = number
    highly_available    = bool
    deletion_protection = bool
  })
}

variable "tags" {
  type = map(string)
}

locals {
  # The cloud sells disks of these sizes only.
  disks_mb = [32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4193280, 4194304, 8388608, 16777216]
  disk_mb  = min([for size in local.disks_mb : size if size >= var.settings.storage_gb * 1024]...)
}

resource "azurerm_private_dns_zone" "this" {
  name                = "${var.name}.private.postgres.database.azure.com"
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  name                  = var.name
  resource_group_name   = var.resource_group
  private_dns_zone_name = azurerm_private_dns_zone.this.name
  virtual_network_id    = var.network_id
  tags                  = var.tags
}

resource "azurerm_postgresql_flexible_server" "this" {
  name                              = "touchstone-${var.name}"
  location                          = var.region
  resource_group_name               = var.resource_group
  version                           = var.settings.version
  sku_name                          = var.machine
  storage_mb                        = local.disk_mb
  auto_grow_enabled                 = true
  delegated_subnet_id               = var.subnet_id
  private_dns_zone_id               = azurerm_private_dns_zone.this.id
  public_network_access_enabled     = false
  administrator_login               = "touchstone"
  administrator_password_wo         = var.password
  administrator_password_wo_version = var.password_version
  backup_retention_days             = var.settings.backup_days
  geo_redundant_backup_enabled      = false
  tags                              = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [var.key_identity_id]
  }

  customer_managed_key {
    key_vault_key_id                  = var.key_id
    primary_user_assigned_identity_id = var.key_identity_id
  }

  dynamic "high_availability" {
    for_each = var.settings.highly_available ? ["ZoneRedundant"] : []
    content {
      mode = high_availability.value
    }
  }

  # The cloud chooses and moves the zones.
  lifecycle {
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }

  depends_on = [azurerm_private_dns_zone_virtual_network_link.this]
}

resource "azurerm_postgresql_flexible_server_configuration" "encrypted_transport" {
  name      = "require_secure_transport"
  server_id = azurerm_postgresql_flexible_server.this.id
  value     = "on"
}

resource "azurerm_postgresql_flexible_server_database" "this" {
  name      = "touchstone"
  server_id = azurerm_postgresql_flexible_server.this.id
  charset   = "UTF8"
}

resource "azurerm_management_lock" "this" {
  count      = var.settings.deletion_protection ? 1 : 0
  name       = "keep"
  scope      = azurerm_postgresql_flexible_server.this.id
  lock_level = "CanNotDelete"
  notes      = "The metadata store. Set database.deletion_protection to false before destroying it."
}

resource "azurerm_key_vault_secret" "password" {
  name             = "database-password"
  key_vault_id     = var.key_vault_id
  value_wo         = var.password
  value_wo_version = var.password_version
  content_type     = "password of the metadata store"
}

output "host" {
  value = azurerm_postgresql_flexible_server.this.fqdn
}

output "secret_ref" {
  value = azurerm_key_vault_secret.password.versionless_id
}

output "public" {
  value = azurerm_postgresql_flexible_server.this.public_network_access_enabled
}

output "protected" {
  value = length(azurerm_management_lock.this) == 1
}
