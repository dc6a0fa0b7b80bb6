terraform {
  required_version = ">= 1.11"

  # The same place as the infrastructure's state, under a key of its own.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
  }
}

# The context that the infrastructure's kubeconfig_command has written: never one that happens to be current.
provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.context
}
