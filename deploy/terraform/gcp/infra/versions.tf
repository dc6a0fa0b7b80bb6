terraform {
  required_version = ">= 1.11"

  # A bucket of this deployment only, named at `terraform init -backend-config`.
  backend "gcs" {}

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.20"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
  default_labels = merge(var.tags, {
    touchstone-deployment = var.name
    touchstone-owner      = var.owner
  })
}
