# The namespace is restricted, and storage is what it is on every cloud.

mock_provider "kubernetes" {}

variables {
  context = "acme-prod"
  key_ref = "a-key"
}

run "restricted" {
  command = apply

  assert {
    condition     = kubernetes_namespace_v1.this.metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "nothing runs that is not restricted"
  }
}

run "storage" {
  command = apply

  assert {
    condition     = output.storage_classes == { "touchstone-data" = "Retain", "touchstone-scratch" = "Delete" }
    error_message = "data outlives its claim"
  }
  assert {
    condition     = alltrue([for class in kubernetes_storage_class_v1.this : class.volume_binding_mode == "WaitForFirstConsumer" && class.allow_volume_expansion && contains(values(class.parameters), "a-key")])
    error_message = "volumes are made where their pod is, grow, and are encrypted by the deployment's key"
  }
  assert {
    condition     = alltrue([for class in kubernetes_storage_class_v1.this : class.storage_provisioner == "blockvolume.csi.oraclecloud.com"])
    error_message = "a driver of the container storage interface, not one of the tree"
  }
}

run "no_context_that_happens_to_be_current" {
  command = plan
  variables {
    context = ""
  }
  expect_failures = [var.context]
}
