# What pods may do in the cloud, by the identity of their service account: no key is ever stored.

variable "name" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "cluster_id" {
  type = string
}

variable "backup_bucket" {
  type = string
}

variable "secret_id" {
  type = string
}

variable "tags" {
  type = map(string)
}

locals {
  accounts = {
    backup  = { namespace = "touchstone", account = "touchstone-backup", may = ["manage objects"], where = "target.bucket.name = '${var.backup_bucket}'" }
    secrets = { namespace = "external-secrets", account = "external-secrets", may = ["read secret-bundles"], where = "target.secret.id = '${var.secret_id}'" }
  }
}

resource "oci_identity_policy" "account" {
  for_each       = local.accounts
  compartment_id = var.compartment_id
  name           = "${var.name}-${each.key}"
  description    = "${each.key} of ${var.name}"
  statements = [
    for what in each.value.may :
    "Allow any-user to ${what} in compartment id ${var.compartment_id} where ALL {request.principal.type = 'workload', request.principal.namespace = '${each.value.namespace}', request.principal.service_account = '${each.value.account}', request.principal.cluster_id = '${var.cluster_id}', ${each.value.where}}"
  ]
  freeform_tags = var.tags
}

output "roles" {
  value = { for name, account in local.accounts : name => "${account.namespace}/${account.account}" }
}
