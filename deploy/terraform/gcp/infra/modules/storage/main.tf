# The deployment's key, and the bucket its backups go to. The key is what the customer takes over in a transfer.

variable "name" {
  type = string
}

variable "project" {
  type = string
}

variable "region" {
  type = string
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_kms_key_ring" "this" {
  name     = var.name
  location = var.region
}

resource "google_kms_crypto_key" "this" {
  name            = var.name
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "7776000s"

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }
}

locals {
  # Services of the cloud that encrypt by the key: disks, the cluster's secrets, the bucket, the database.
  agents = {
    compute  = "service-${data.google_project.this.number}@compute-system.iam.gserviceaccount.com"
    cluster  = "service-${data.google_project.this.number}@container-engine-robot.iam.gserviceaccount.com"
    storage  = "service-${data.google_project.this.number}@gs-project-accounts.iam.gserviceaccount.com"
    database = "service-${data.google_project.this.number}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
  }
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each      = local.agents
  crypto_key_id = google_kms_crypto_key.this.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
}

# Not emptied when it is destroyed: the cloud refuses to delete a bucket that holds a backup.
resource "google_storage_bucket" "backup" {
  name                        = "touchstone-${var.name}-${data.google_project.this.number}"
  location                    = var.region
  force_destroy               = false
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  encryption {
    default_kms_key_name = google_kms_crypto_key.this.id
  }

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 35
    }
    action {
      type = "Delete"
    }
  }

  # Of a backup that was killed on its way.
  lifecycle_rule {
    condition {
      age = 2
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agent]
}

# Known when the cloud's services may use it: disks and the database are made with it at once.
output "kms_key_id" {
  value = google_kms_crypto_key.this.id

  depends_on = [google_kms_crypto_key_iam_member.agent]
}

output "backup_bucket" {
  value = google_storage_bucket.backup.name
}
