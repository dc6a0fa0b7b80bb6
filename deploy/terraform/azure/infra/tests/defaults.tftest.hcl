# What a deployment is when nobody asks for anything: private, encrypted, protected, and large enough.

mock_provider "azurerm" {
  mock_data "azurerm_client_config" {
    defaults = { subscription_id = "00000000-0000-0000-0000-00000000000a", object_id = "00000000-0000-0000-0000-00000000000b" }
  }
  mock_resource "azurerm_postgresql_flexible_server" {
    defaults = { fqdn = "touchstone-acme-prod.postgres.database.azure.com" }
  }
}

variables {
  name              = "acme-prod"
  subscription_id   = "00000000-0000-0000-0000-00000000000a"
  tenant_id         = "00000000-0000-0000-0000-00000000000c"
  region            = "westeurope"
  admin_principals  = ["00000000-0000-0000-0000-000000000001"]
  applier_cidrs     = ["198.51.100.20"]
  database_password = "a-password-of-the-test-only"
  dns               = { fqdn = "quality.acme.example" }
}

run "private_by_default" {
  command = apply

  assert {
    condition     = module.cluster.public == false
    error_message = "the Kubernetes API must not be reached from the internet"
  }
  assert {
    condition     = module.cluster.local_accounts == false
    error_message = "people enter by Entra only"
  }
  assert {
    condition     = module.database.public == false && module.database.protected
    error_message = "the database must be private and protected from deletion"
  }
  assert {
    condition     = module.storage.backup_zone == "privatelink.blob.core.windows.net"
    error_message = "pods find the backup account by its name"
  }
  assert {
    condition     = module.cluster.zones == 3
    error_message = "nodes in three zones"
  }
}

run "large_enough" {
  command = apply

  assert {
    condition     = output.capacity.cores >= 16 && output.capacity.memory_gb >= 80
    error_message = "the smallest size must have the 16 cores and 80 GB that the requirements ask for"
  }
}

run "every_size_is_larger_than_the_one_before" {
  command = plan

  variables {
    size = "4x-large"
  }
  assert {
    condition = alltrue([
      for pair in [["small", "medium"], ["medium", "large"], ["large", "x-large"], ["x-large", "2x-large"], ["2x-large", "4x-large"]] :
      local.sizes[pair[0]].work.memory_gb * local.sizes[pair[0]].work.nodes < local.sizes[pair[1]].work.memory_gb * local.sizes[pair[1]].work.nodes
    ])
    error_message = "sizes must grow"
  }
  assert {
    condition     = output.capacity.cores == 560
    error_message = "4x-large: three machines of 16 cores and eight of 64"
  }
}

run "contract_of_outputs" {
  command = apply

  assert {
    condition     = toset(keys(output.database)) == toset(["host", "port", "name", "user", "secret_ref"]) && output.database.secret_ref != ""
    error_message = "the database is told by address and by where its password is"
  }
  assert {
    condition     = output.node_labels["app"]["touchstone.dev/pool"] == "app" && output.node_labels["work"]["touchstone.dev/pool"] == "work"
    error_message = "pools are labelled alike on every cloud"
  }
  assert {
    condition     = output.storage_classes == ["touchstone-data", "touchstone-scratch"]
    error_message = "storage classes have one name on every cloud"
  }
}

run "spot_keeps_a_group_on_demand" {
  command = apply

  variables {
    spot = true
  }
  assert {
    condition     = toset(keys(output.node_labels)) == toset(["app", "work", "work-spot"]) && output.node_labels["work-spot"]["touchstone.dev/pool"] == "work"
    error_message = "spot machines come beside the ones on demand, under the same label"
  }
}

run "subnets_do_not_overlap" {
  command = apply

  assert {
    condition     = module.network.subnet_cidrs == ["10.40.0.0/18", "10.40.192.0/22", "10.40.196.0/22", "10.40.200.0/22"]
    error_message = "a quarter for nodes, small networks in the last quarter"
  }
}
