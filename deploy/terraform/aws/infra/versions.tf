terraform {
  required_version = ">= 1.11"

  # A bucket and a key of this deployment only, named at `terraform init -backend-config`.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge(var.tags, {
      "touchstone:deployment" = var.name
      "touchstone:owner"      = var.owner
    })
  }
}
