# Each way to a private datastore, alone and together.

mock_provider "azurerm" {}

variables {
  name               = "acme-prod"
  region             = "westeurope"
  resource_group     = "touchstone-acme-prod"
  network_id         = "/subscriptions/s/resourceGroups/touchstone-acme-prod/providers/Microsoft.Network/virtualNetworks/acme-prod"
  subnet_ids         = { endpoints = "/subscriptions/s/endpoints", gateway = "/subscriptions/s/GatewaySubnet" }
  subnet_cidrs       = { nodes = "10.40.0.0/18", endpoints = "10.40.196.0/22" }
  vpn_shared_secrets = {}
  tags               = {}
}

run "nothing_for_public_datastores" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = { private_endpoints = {}, vpn = {} }
  }
  assert {
    condition     = length(output.endpoints) == 0 && length(output.routes) == 0 && length(azurerm_virtual_network_gateway.this) == 0
    error_message = "public datastores need nothing"
  }
}

run "private_endpoints" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = {
      private_endpoints = {
        warehouse = { target = "/subscriptions/w/resourceGroups/w/providers/Microsoft.Network/privateLinkServices/w", ports = [443, 8443], private_dns = "warehouse.example" }
        orders    = { target = "/subscriptions/o/resourceGroups/o/providers/Microsoft.Sql/servers/o", ports = [1433], subresource = "sqlServer" }
      }
      vpn = {}
    }
  }
  assert {
    condition     = output.endpoints["warehouse"] == "warehouse.example" && length(azurerm_private_dns_a_record.datastore) == 1
    error_message = "by its own name where it has one"
  }
  assert {
    condition     = azurerm_private_endpoint.datastore["orders"].private_service_connection[0].subresource_names == tolist(["sqlServer"]) && azurerm_private_endpoint.datastore["orders"].private_service_connection[0].is_manual_connection
    error_message = "a part of a resource, which its owner approves"
  }
  assert {
    condition     = length(azurerm_network_security_group.endpoints[0].security_rule) == 4
    error_message = "each endpoint by its ports, the backup account by https, and nothing else"
  }
}

run "transit" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = { private_endpoints = {}, vpn = {}, transit = { hub_id = "/subscriptions/s/resourceGroups/core/providers/Microsoft.Network/virtualHubs/core", routes = ["10.90.0.0/16"] } }
  }
  assert {
    condition     = azurerm_virtual_hub_connection.this[0].virtual_hub_id == "/subscriptions/s/resourceGroups/core/providers/Microsoft.Network/virtualHubs/core" && output.routes == ["10.90.0.0/16"]
    error_message = "the network is connected to the hub"
  }
}

run "vpn" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    vpn_shared_secrets = { office = "of-the-test", plant = "of-the-test" }
    connectivity = {
      private_endpoints = {}
      vpn = {
        office = { peer_address = "198.51.100.7", peer_asn = 65010, routes = ["192.168.0.0/24"] }
        plant  = { peer_address = "198.51.100.8", peer_asn = 65011, routes = ["192.168.1.0/24"] }
      }
    }
  }
  assert {
    condition     = length(azurerm_virtual_network_gateway.this) == 1 && azurerm_virtual_network_gateway.this[0].active_active && length(azurerm_virtual_network_gateway_connection.site) == 2
    error_message = "one gateway of two addresses, one connection a site"
  }
  assert {
    condition     = alltrue([for site in azurerm_virtual_network_gateway_connection.site : site.connection_protocol == "IKEv2"])
    error_message = "no older protocol"
  }
}
