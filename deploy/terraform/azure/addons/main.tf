# What the chart stands on in the cluster: its namespace, in which nothing runs that is not restricted, and the two storage classes.
# Managed disks in three zones, encrypted by the disk encryption set of the deployment.

resource "kubernetes_namespace_v1" "this" {
  metadata {
    name = var.namespace

    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
      "pod-security.kubernetes.io/audit"   = "restricted"
      "pod-security.kubernetes.io/warn"    = "restricted"
    }
  }
}

locals {
  # Data outlives its claim; what was spilled does not.
  classes = {
    "touchstone-data"    = "Retain"
    "touchstone-scratch" = "Delete"
  }
}

resource "kubernetes_storage_class_v1" "this" {
  for_each = local.classes

  metadata {
    name = each.key
  }

  storage_provisioner    = "disk.csi.azure.com"
  reclaim_policy         = each.value
  volume_binding_mode    = "WaitForFirstConsumer"
  allow_volume_expansion = true

  parameters = {
    skuName             = "Premium_ZRS"
    diskEncryptionSetID = var.key_ref
  }
}

output "storage_classes" {
  value = { for name, class in kubernetes_storage_class_v1.this : name => class.reclaim_policy }
}
