# Managed Postgres of the metadata store. Its password stays in the vault: only the secret's OCID is known here.

variable "name" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "subnet_id" {
  type = string
}

variable "security_group_id" {
  type = string
}

variable "secret_id" {
  type = string
}

variable "cores" {
  type = number
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
  cores_per_ocpu     = 2
  memory_gb_per_ocpu = 16
}

resource "oci_psql_db_system" "this" {
  compartment_id              = var.compartment_id
  display_name                = var.name
  description                 = "Metadata store of ${var.name}"
  db_version                  = var.settings.version
  shape                       = "PostgreSQL.VM.Standard.E5.Flex"
  instance_count              = var.settings.highly_available ? 2 : 1
  instance_ocpu_count         = var.cores / local.cores_per_ocpu
  instance_memory_size_in_gbs = var.cores / local.cores_per_ocpu * local.memory_gb_per_ocpu
  freeform_tags               = var.tags

  credentials {
    username = "touchstone"

    password_details {
      password_type  = "VAULT_SECRET"
      secret_id      = var.secret_id
      secret_version = "1"
    }
  }

  network_details {
    subnet_id                  = var.subnet_id
    nsg_ids                    = [var.security_group_id]
    is_reader_endpoint_enabled = false
  }

  storage_details {
    system_type           = "OCI_OPTIMIZED_STORAGE"
    is_regionally_durable = true
  }

  management_policy {
    maintenance_window_start = "SUN 03:00"

    backup_policy {
      kind           = "DAILY"
      backup_start   = "02:00"
      retention_days = var.settings.backup_days
    }
  }
}

output "host" {
  value = oci_psql_db_system.this.network_details[0].primary_db_endpoint_private_ip
}
