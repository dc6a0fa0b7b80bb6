# What pods may do in the cloud, by the identity of their service account: no key is ever stored.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "oidc_issuer_url" {
  type = string
}

variable "backup_account_id" {
  type = string
}

variable "key_vault_id" {
  type = string
}

variable "tags" {
  type = map(string)
}

locals {
  accounts = {
    backup  = { subject = "system:serviceaccount:touchstone:touchstone-backup", scope = var.backup_account_id, role = "Storage Blob Data Contributor" }
    secrets = { subject = "system:serviceaccount:external-secrets:external-secrets", scope = var.key_vault_id, role = "Key Vault Secrets User" }
  }
}

resource "azurerm_user_assigned_identity" "account" {
  for_each            = local.accounts
  name                = "${var.name}-${each.key}"
  location            = var.region
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "account" {
  for_each            = local.accounts
  name                = each.key
  resource_group_name = var.resource_group
  parent_id           = azurerm_user_assigned_identity.account[each.key].id
  issuer              = var.oidc_issuer_url
  audience            = ["api://AzureADTokenExchange"]
  subject             = each.value.subject
}

resource "azurerm_role_assignment" "account" {
  for_each             = local.accounts
  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_user_assigned_identity.account[each.key].principal_id
}

output "roles" {
  value = { for name, identity in azurerm_user_assigned_identity.account : name => identity.client_id }
}
