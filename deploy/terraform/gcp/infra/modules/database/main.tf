# Managed Postgres of the metadata store. Its password is given at apply, written without being read back, and kept in Secret Manager: it is in no state and no plan.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "network_id" {
  type = string
}

# Known once the network is peered with the managed services'.
variable "peering" {
  type = string
}

variable "kms_key_id" {
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

resource "google_sql_database_instance" "this" {
  name                = var.name
  region              = var.region
  database_version    = "POSTGRES_${var.settings.version}"
  encryption_key_name = var.kms_key_id
  deletion_protection = var.settings.deletion_protection

  settings {
    tier                        = var.machine
    edition                     = "ENTERPRISE"
    availability_type           = var.settings.highly_available ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = var.settings.storage_gb
    disk_autoresize             = true
    deletion_protection_enabled = var.settings.deletion_protection
    user_labels                 = { touchstone-peering = substr(sha1(var.peering), 0, 8) }

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network_id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7

      backup_retention_settings {
        retained_backups = var.settings.backup_days
      }
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
  }
}

resource "google_sql_database" "this" {
  name     = "touchstone"
  instance = google_sql_database_instance.this.name
}

resource "google_secret_manager_secret" "password" {
  secret_id = "${var.name}-database"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_version" "password" {
  secret                 = google_secret_manager_secret.password.id
  secret_data_wo         = var.password
  secret_data_wo_version = var.password_version
}

resource "google_sql_user" "this" {
  name                = "touchstone"
  instance            = google_sql_database_instance.this.name
  password_wo         = var.password
  password_wo_version = var.password_version
}

output "host" {
  value = google_sql_database_instance.this.private_ip_address
}

output "secret_ref" {
  value = google_secret_manager_secret.password.id
}

output "public" {
  value = google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled
}

output "protected" {
  value = google_sql_database_instance.this.deletion_protection
}
