# The deployment's vault and key, and the bucket its backups go to. The key is what the customer takes over in a transfer.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "tags" {
  type = map(string)
}

data "oci_objectstorage_namespace" "this" {
  compartment_id = var.compartment_id
}

resource "oci_kms_vault" "this" {
  compartment_id = var.compartment_id
  display_name   = var.name
  vault_type     = "DEFAULT"
  freeform_tags  = var.tags
}

resource "oci_kms_key" "this" {
  compartment_id           = var.compartment_id
  display_name             = var.name
  management_endpoint      = oci_kms_vault.this.management_endpoint
  protection_mode          = "HSM"
  is_auto_rotation_enabled = false
  freeform_tags            = var.tags

  key_shape {
    algorithm = "AES"
    length    = 32
  }
}

# Services of the cloud that encrypt by the key.
resource "oci_identity_policy" "key" {
  compartment_id = var.compartment_id
  name           = "${var.name}-key"
  description    = "Services that encrypt by the key of ${var.name}"
  statements = [
    "Allow service objectstorage-${var.region}, blockstorage, oke, postgresql to use keys in compartment id ${var.compartment_id} where target.key.id = '${oci_kms_key.this.id}'",
  ]
  freeform_tags = var.tags
}

# Not emptied when it is destroyed: the cloud refuses to delete a bucket that holds a backup.
resource "oci_objectstorage_bucket" "backup" {
  compartment_id = var.compartment_id
  namespace      = data.oci_objectstorage_namespace.this.namespace
  name           = "touchstone-${var.name}"
  access_type    = "NoPublicAccess"
  versioning     = "Enabled"
  kms_key_id     = oci_kms_key.this.id
  freeform_tags  = var.tags

  depends_on = [oci_identity_policy.key]
}

# Known when the cloud's services may use it: disks and the cluster are made with it at once.
output "key_id" {
  value = oci_kms_key.this.id

  depends_on = [oci_identity_policy.key]
}

output "backup_bucket" {
  value = oci_objectstorage_bucket.backup.name
}
