# Each value that would make an unsafe or impossible deployment, refused by the variable it is in.

mock_provider "oci" {
  mock_data "oci_core_services" {
    defaults = { services = [{ id = "ocid1.service.oc1.eu-frankfurt-1.all", cidr_block = "all-fra-services-in-oracle-services-network", name = "All FRA Services In Oracle Services Network", description = "" }] }
  }
  mock_data "oci_containerengine_cluster_option" {
    defaults = { kubernetes_versions = ["v1.34.2", "v1.35.0", "v1.35.1"] }
  }
  mock_data "oci_containerengine_node_pool_option" {
    defaults = { sources = [
      { image_id = "ocid1.image.arm", source_name = "Oracle-Linux-8.10-aarch64-OKE-1.35.1-1", source_type = "IMAGE" },
      { image_id = "ocid1.image.x86", source_name = "Oracle-Linux-8.10-OKE-1.35.1-1", source_type = "IMAGE" },
    ] }
  }
  mock_data "oci_identity_availability_domains" {
    defaults = { availability_domains = [{ name = "AD-1", id = "1", compartment_id = "c" }, { name = "AD-2", id = "2", compartment_id = "c" }, { name = "AD-3", id = "3", compartment_id = "c" }] }
  }
  mock_data "oci_objectstorage_namespace" {
    defaults = { namespace = "acme" }
  }
}

variables {
  name               = "acme-prod"
  compartment_id     = "ocid1.compartment.oc1..acme"
  region             = "eu-frankfurt-1"
  admin_principals   = ["platform-admins"]
  database_secret_id = "ocid1.vaultsecret.oc1..acme"
  dns                = { fqdn = "quality.acme.example" }
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

run "no_zone" {
  command = plan
  variables {
    zones = 0
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

run "operator_with_a_sentence" {
  command = plan
  variables {
    operator_principals = ["everybody to manage all-resources"]
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
    connectivity = { private_endpoints = { warehouse = { target = "warehouse.example", cidr = "10.90.0.0/16", ports = [443] } } }
  }
  expect_failures = [var.connectivity]
}

run "transit_without_networks" {
  command = plan
  variables {
    connectivity = { transit = { hub_id = "ocid1.remotepeeringconnection.oc1..core", peer_region = "eu-zurich-1", routes = [] } }
  }
  expect_failures = [var.connectivity]
}

run "network_inside_ours" {
  command = plan
  variables {
    connectivity = { transit = { hub_id = "ocid1.remotepeeringconnection.oc1..core", peer_region = "eu-zurich-1", routes = ["10.40.8.0/24"] } }
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

run "password_itself" {
  command = plan
  variables {
    database_secret_id = "a-password"
  }
  expect_failures = [var.database_secret_id]
}

run "endpoint_inside_ours" {
  command = plan
  variables {
    connectivity = { private_endpoints = { warehouse = { target = "ocid1.localpeeringgateway.oc1..w", cidr = "10.40.9.0/24", ports = [443] } } }
  }
  expect_failures = [var.connectivity]
}

run "version_the_cloud_does_not_offer" {
  command = plan
  module {
    source = "./modules/cluster"
  }
  variables {
    vcn_id             = "ocid1.vcn.oc1..acme"
    subnet_ids         = { api = "ocid1.subnet.oc1..api", lb = "ocid1.subnet.oc1..lb" }
    security_group_ids = { api = "ocid1.networksecuritygroup.oc1..api" }
    key_id             = "ocid1.key.oc1..acme"
    api_access_cidrs   = []
    tags               = {}
    kubernetes_version = "1.29"
  }
  expect_failures = [oci_containerengine_cluster.this]
}
