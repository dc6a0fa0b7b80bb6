# What pods may do in the cloud, by the identity of their service account: no key is ever stored.

variable "name" {
  type = string
}

variable "project" {
  type = string
}

variable "backup_bucket" {
  type = string
}

variable "database_secret_id" {
  type = string
}

locals {
  accounts = {
    backup  = { namespace = "touchstone", account = "touchstone-backup" }
    secrets = { namespace = "external-secrets", account = "external-secrets" }
  }
}

resource "google_service_account" "account" {
  for_each     = local.accounts
  account_id   = "${var.name}-${each.key}"
  display_name = "${each.key} of ${var.name}"
}

resource "google_service_account_iam_member" "workload" {
  for_each           = local.accounts
  service_account_id = google_service_account.account[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${each.value.namespace}/${each.value.account}]"
}

resource "google_storage_bucket_iam_member" "backup" {
  bucket = var.backup_bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.account["backup"].email}"
}

resource "google_secret_manager_secret_iam_member" "secrets" {
  secret_id = var.database_secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.account["secrets"].email}"
}

output "roles" {
  value = { for name, account in google_service_account.account : name => account.email }
}
