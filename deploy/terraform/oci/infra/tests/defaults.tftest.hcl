# What a deployment is when nobody asks for anything: private, encrypted, protected, and large enough.

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

run "private_by_default" {
  command = apply

  assert {
    condition     = module.cluster.public == false
    error_message = "the Kubernetes API must not be reached from the internet"
  }
  assert {
    condition     = module.pools.legacy_metadata == false
    error_message = "the old metadata service is off"
  }
  assert {
    condition     = join(" ", module.network.private_roles) == "api data nodes pods"
    error_message = "only load balancers stand in the open"
  }
  assert {
    condition     = module.cluster.version == "v1.35.1"
    error_message = "the newest patch of the version"
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
    condition     = toset(keys(output.database)) == toset(["host", "port", "name", "user", "secret_ref"]) && startswith(output.database.secret_ref, "ocid1.vaultsecret.")
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
    condition     = module.network.subnet_cidrs == { api = "10.40.64.0/24", data = "10.40.65.0/24", lb = "10.40.66.0/24", nodes = "10.40.0.0/18", pods = "10.40.128.0/17" }
    error_message = "half for pods, a quarter for nodes, small networks between them"
  }
}

run "cores_are_halves_of_ocpus" {
  command = apply

  assert {
    condition     = module.pools.ocpus == { app = 2, work = 4 }
    error_message = "the cloud counts whole cores, of which each is two"
  }
}
