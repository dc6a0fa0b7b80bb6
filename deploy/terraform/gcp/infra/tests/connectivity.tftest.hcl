# Each way to a private datastore, alone and together.

mock_provider "google" {
  mock_resource "google_compute_address" {
    defaults = { address = "10.40.0.9" }
  }
}

variables {
  name               = "acme-prod"
  region             = "europe-west1"
  network_id         = "projects/acme/global/networks/acme-prod"
  subnetwork_id      = "projects/acme/regions/europe-west1/subnetworks/acme-prod-nodes"
  vpn_shared_secrets = {}
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
    condition     = length(output.endpoints) == 0 && length(output.routes) == 0 && length(google_compute_ha_vpn_gateway.this) == 0
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
        warehouse = { target = "projects/w/regions/europe-west1/serviceAttachments/w", ports = [443, 8443], private_dns = "warehouse.example" }
        orders    = { target = "projects/o/regions/europe-west1/serviceAttachments/o", ports = [5432] }
      }
      vpn = {}
    }
  }
  assert {
    condition     = output.endpoints == { warehouse = "warehouse.example", orders = "10.40.0.9" }
    error_message = "one endpoint a datastore, by its own name where it has one"
  }
  assert {
    condition     = google_compute_forwarding_rule.endpoint["orders"].load_balancing_scheme == "" && google_compute_forwarding_rule.endpoint["orders"].target == "projects/o/regions/europe-west1/serviceAttachments/o"
    error_message = "an endpoint of Private Service Connect"
  }
  assert {
    condition     = toset(flatten(google_compute_firewall.endpoint["warehouse"].allow[*].ports)) == toset(["443", "8443"]) && length(google_compute_firewall.endpoint_others) == 2
    error_message = "out by the endpoint's ports and by no other"
  }
}

run "transit" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = { private_endpoints = {}, vpn = {}, transit = { hub_id = "projects/acme/locations/global/hubs/core", routes = ["10.90.0.0/16"] } }
  }
  assert {
    condition     = google_network_connectivity_spoke.this[0].hub == "projects/acme/locations/global/hubs/core" && output.routes == ["10.90.0.0/16"]
    error_message = "the network is a spoke of the hub"
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
    condition     = length(google_compute_ha_vpn_gateway.this) == 1 && length(google_compute_vpn_tunnel.site) == 4
    error_message = "one gateway, two tunnels a site"
  }
  assert {
    condition     = length(distinct([for interface in google_compute_router_interface.site : interface.ip_range])) == 4
    error_message = "each tunnel has addresses of its own"
  }
}
