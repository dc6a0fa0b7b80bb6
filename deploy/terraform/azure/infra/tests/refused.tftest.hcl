# Each value that would make an unsafe or impossible deployment, refused by the variable it is in.

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

run "name" {
  command = plan
  variables {
    name = "Acme Prod"
  }
  expect_failures = [var.name]
}

run "owner" {
  command = plan
  variables {
    owner = "nobody"
  }
  expect_failures = [var.owner]
}

run "cidr_too_small" {
  command = plan
  variables {
    cidr = "10.0.0.0/24"
  }
  expect_failures = [var.cidr]
}

run "one_zone" {
  command = plan
  variables {
    zones = 1
  }
  expect_failures = [var.zones]
}

run "patch_version" {
  command = plan
  variables {
    kubernetes_version = "1.35.2"
  }
  expect_failures = [var.kubernetes_version]
}

run "size" {
  command = plan
  variables {
    size = "huge"
  }
  expect_failures = [var.size]
}

run "nobody_may_enter" {
  command = plan
  variables {
    admin_principals = []
  }
  expect_failures = [var.admin_principals]
}

run "operator_without_an_object_id" {
  command = plan
  variables {
    operator_principals = ["platform-team"]
  }
  expect_failures = [var.operator_principals]
}

run "open_to_the_internet" {
  command = plan
  variables {
    api_access_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.api_access_cidrs]
}

run "database_without_backups" {
  command = plan
  variables {
    database = { backup_days = 0 }
  }
  expect_failures = [var.database]
}

run "host_name_without_a_dot" {
  command = plan
  variables {
    dns = { fqdn = "localhost" }
  }
  expect_failures = [var.dns]
}

run "endpoint_that_is_none" {
  command = plan
  variables {
    connectivity = { private_endpoints = { warehouse = { target = "warehouse.example", ports = [443] } } }
  }
  expect_failures = [var.connectivity]
}

run "transit_without_networks" {
  command = plan
  variables {
    connectivity = { transit = { hub_id = "/subscriptions/s/resourceGroups/core/providers/Microsoft.Network/virtualHubs/core", routes = [] } }
  }
  expect_failures = [var.connectivity]
}

run "network_inside_ours" {
  command = plan
  variables {
    connectivity = { transit = { hub_id = "/subscriptions/s/resourceGroups/core/providers/Microsoft.Network/virtualHubs/core", routes = ["10.40.8.0/24"] } }
  }
  expect_failures = [var.connectivity]
}

run "network_around_ours" {
  command = plan
  variables {
    connectivity = { vpn = { office = { peer_address = "198.51.100.7", peer_asn = 65010, routes = ["10.0.0.0/8"] } } }
  }
  expect_failures = [var.connectivity]
}

run "short_password" {
  command = plan
  variables {
    database_password = "short"
  }
  expect_failures = [var.database_password]
}

run "applied_from_nowhere" {
  command = plan
  variables {
    applier_cidrs = []
  }
  expect_failures = [var.applier_cidrs]
}
