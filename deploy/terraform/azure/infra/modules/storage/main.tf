# The deployment's vault and key, and the account its backups go to. The key is what the customer takes over in a transfer.

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

variable "network_id" {
  type = string
}

variable "subnet_ids" {
  type = map(string)
}

variable "applier_cidrs" {
  type = set(string)
}

variable "tags" {
  type = map(string)
}

data "azurerm_client_config" "current" {}

locals {
  # Names of vaults and accounts are one for the whole cloud, and short.
  unique = substr(sha1("${data.azurerm_client_config.current.subscription_id}/${var.name}"), 0, 6)
}

resource "azurerm_key_vault" "this" {
  name                          = "${substr(var.name, 0, 17)}-${local.unique}"
  location                      = var.region
  resource_group_name           = var.resource_group
  tenant_id                     = var.tenant_id
  sku_name                      = "premium"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = true
  tags                          = var.tags

  # The cloud's own services, and from where this is applied: it writes the key and the password.
  network_acls {
    bypass         = "AzureServices"
    default_action = "Deny"
    ip_rules       = var.applier_cidrs
  }
}

resource "azurerm_role_assignment" "applier" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Administrator"
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_key_vault_key" "this" {
  name         = "touchstone"
  key_vault_id = azurerm_key_vault.this.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey"]

  rotation_policy {
    expire_after         = "P2Y"
    notify_before_expiry = "P30D"

    automatic {
      time_before_expiry = "P60D"
    }
  }

  depends_on = [azurerm_role_assignment.applier]
}

# Disks, the database and the account read the key by this identity.
resource "azurerm_user_assigned_identity" "key" {
  name                = "${var.name}-key"
  location            = var.region
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_role_assignment" "key" {
  scope                = azurerm_key_vault.this.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.key.principal_id
}

resource "azurerm_disk_encryption_set" "this" {
  name                      = var.name
  location                  = var.region
  resource_group_name       = var.resource_group
  key_vault_key_id          = azurerm_key_vault_key.this.versionless_id
  auto_key_rotation_enabled = true
  tags                      = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.key.id]
  }

  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_storage_account" "backup" {
  name                            = "ts${replace(var.name, "-", "")}${substr(local.unique, 0, 4)}"
  location                        = var.region
  resource_group_name             = var.resource_group
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  shared_access_key_enabled       = false
  public_network_access_enabled   = false
  allow_nested_items_to_be_public = false
  tags                            = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.key.id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.this.versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.key.id
  }

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 35
    }
  }

  depends_on = [azurerm_role_assignment.key]
}

resource "azurerm_storage_container" "backup" {
  name                  = "backup"
  storage_account_id    = azurerm_storage_account.backup.id
  container_access_type = "private"
}

# By its usual name the account is found at its private address: the zone that the cloud's own answer leads to.
resource "azurerm_private_dns_zone" "backup" {
  name                = "privatelink.blob.core.windows.net"
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "backup" {
  name                  = "${var.name}-backup"
  resource_group_name   = var.resource_group
  private_dns_zone_name = azurerm_private_dns_zone.backup.name
  virtual_network_id    = var.network_id
  tags                  = var.tags
}

# The account is reached by its private address in the network, and by no other.
resource "azurerm_private_endpoint" "backup" {
  name                = "${var.name}-backup"
  location            = var.region
  resource_group_name = var.resource_group
  subnet_id           = var.subnet_ids["endpoints"]
  tags                = var.tags

  private_service_connection {
    name                           = "backup"
    private_connection_resource_id = azurerm_storage_account.backup.id
    subresource_names              = ["blob"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "backup"
    private_dns_zone_ids = [azurerm_private_dns_zone.backup.id]
  }
}

output "backup_zone" {
  value = azurerm_private_dns_zone_virtual_network_link.backup.private_dns_zone_name
}

output "key_vault_id" {
  value = azurerm_key_vault.this.id
}

output "key_id" {
  value = azurerm_key_vault_key.this.versionless_id
}

output "key_identity_id" {
  value = azurerm_user_assigned_identity.key.id
}

output "disk_encryption_set_id" {
  value = azurerm_disk_encryption_set.this.id
}

output "backup_account_id" {
  value = azurerm_storage_account.backup.id
}

output "backup_bucket" {
  value = "${azurerm_storage_account.backup.name}/backup"
}
