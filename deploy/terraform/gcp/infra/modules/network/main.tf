# A private network: nodes have no public addresses; what they fetch goes out through Cloud NAT, and the cloud's own services by its own network.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "cidr" {
  type = string
}

locals {
  # A quarter for nodes and endpoints, a quarter for services of the cluster, half for pods.
  nodes    = cidrsubnet(var.cidr, 2, 0)
  services = cidrsubnet(var.cidr, 2, 1)
  pods     = cidrsubnet(var.cidr, 1, 1)
}

resource "google_compute_network" "this" {
  name                            = var.name
  auto_create_subnetworks         = false
  delete_default_routes_on_create = false
  routing_mode                    = "REGIONAL"
}

resource "google_compute_subnetwork" "nodes" {
  name                     = "${var.name}-nodes"
  network                  = google_compute_network.this.id
  region                   = var.region
  ip_cidr_range            = local.nodes
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = local.pods
  }

  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = local.services
  }

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "this" {
  name    = var.name
  network = google_compute_network.this.id
  region  = var.region

  bgp {
    asn = 64514
  }
}

resource "google_compute_router_nat" "this" {
  name                               = var.name
  router                             = google_compute_router.this.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# Managed Postgres is in a network of the cloud's that is peered with ours.
resource "google_compute_global_address" "services" {
  name          = "${var.name}-managed"
  network       = google_compute_network.this.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
}

resource "google_service_networking_connection" "this" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
}

output "network_id" {
  value = google_compute_network.this.id
}

output "subnetwork_id" {
  value = google_compute_subnetwork.nodes.id
}

output "router" {
  value = google_compute_router.this.name
}

output "peering" {
  value = google_service_networking_connection.this.peering
}

output "subnet_cidrs" {
  value = [local.nodes, local.services, local.pods]
}
