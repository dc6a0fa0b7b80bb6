terraform {
  required_version = ">= 1.11"

  # A bucket of this deployment only, by the S3 form of Object Storage, named at `terraform init -backend-config`.
  backend "s3" {
    encrypt = true
  }

  required_providers {
    oci = {
      source  = "oracle/oci"
      version = "~> 7.0"
    }
  }
}

provider "oci" {
  region = var.region
}
