/**
 * A template that terraform can carry out without a cloud and without a download: `terraform_data` is built in. It takes the inputs that
 * follow from any deployment; one of its objects takes its time or breaks off, one cannot be planned, when told to.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const TEMPLATE = `terraform {
  backend "s3" {
    encrypt = true
  }
}

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "owner" {
  type = string
}

variable "size" {
  type = string
}

variable "dns" {
  type = object({ fqdn = string })
}

variable "connectivity" {
  type = any
}

variable "database" {
  type    = any
  default = {}
}

variable "seconds" {
  type    = number
  default = 0
}

variable "fails" {
  type    = bool
  default = false
}

variable "breaks" {
  type    = bool
  default = false
}

variable "password" {
  type      = string
  sensitive = true
  default   = ""
}

resource "terraform_data" "network" {
  input            = var.region
  triggers_replace = var.region
}

resource "terraform_data" "cluster" {
  input      = var.size
  depends_on = [terraform_data.network]

  provisioner "local-exec" {
    command = "echo made >> \${abspath(path.root)}/../made.log; sleep \${var.seconds}; exit \${var.breaks ? 1 : 0}"
  }
}

resource "terraform_data" "name" {
  input      = var.dns.fqdn
  depends_on = [terraform_data.cluster]

  lifecycle {
    precondition {
      condition     = !var.fails
      error_message = "the quota of names is reached"
    }
  }
}

output "cluster_name" {
  value = var.name
}

output "storage_classes" {
  value = ["touchstone-data", "touchstone-scratch"]
}
`;

/** Writes it, and says where. */
export const writeTemplate = (folder: string): string => {
  const template = join(folder, "template");
  mkdirSync(template, { recursive: true });
  writeFileSync(join(template, "main.tf"), TEMPLATE);
  return template;
};
