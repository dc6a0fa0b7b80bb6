# Each way to a private datastore, alone and together.

mock_provider "oci" {}

variables {
  name           = "acme-prod"
  compartment_id = "ocid1.compartment.oc1..acme"
  vcn_id         = "ocid1.vcn.oc1..acme"
  tags           = {}
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
    condition     = length(output.endpoints) == 0 && length(output.routes) == 0 && length(oci_core_drg.this) == 0
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
        warehouse = { target = "ocid1.localpeeringgateway.oc1..w", cidr = "10.90.0.0/24", ports = [1522], private_dns = "warehouse.example" }
        orders    = { target = "ocid1.localpeeringgateway.oc1..o", cidr = "10.91.0.0/24", ports = [5432] }
      }
      vpn = {}
    }
  }
  assert {
    condition     = output.endpoints == { warehouse = "warehouse.example", orders = "10.91.0.0/24" } && length(oci_core_drg.this) == 0
    error_message = "a peering each, without a routing gateway"
  }
  assert {
    condition     = toset(keys(output.peering_routes)) == toset(["10.90.0.0/24", "10.91.0.0/24"])
    error_message = "what is behind a peering is routed through it"
  }
}

run "transit" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = { private_endpoints = {}, vpn = {}, transit = { hub_id = "ocid1.remotepeeringconnection.oc1..core", peer_region = "eu-zurich-1", routes = ["10.90.0.0/16"] } }
  }
  assert {
    condition     = oci_core_remote_peering_connection.this[0].peer_region_name == "eu-zurich-1" && keys(output.drg_routes) == ["10.90.0.0/16"]
    error_message = "the gateway is peered, and what is behind it is routed through it"
  }
}

run "vpn" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = {
      private_endpoints = {}
      vpn = {
        office = { peer_address = "198.51.100.7", peer_asn = 65010, routes = ["192.168.0.0/24"] }
        plant  = { peer_address = "198.51.100.8", peer_asn = 65011, routes = ["192.168.1.0/24"] }
      }
    }
  }
  assert {
    condition     = length(oci_core_drg.this) == 1 && length(oci_core_ipsec.site) == 2 && oci_core_ipsec.site["office"].static_routes == tolist(["192.168.0.0/24"])
    error_message = "one gateway, one connection of two tunnels a site"
  }
  assert {
    condition     = toset(keys(output.drg_routes)) == toset(["192.168.0.0/24", "192.168.1.0/24"])
    error_message = "what is behind each site is routed to it"
  }
}
