# Ways to private datastores: Private Service Connect, a hub of Network Connectivity Center, site-to-site VPN. Nobody comes in by them: only answers do.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "network_id" {
  type = string
}

variable "subnetwork_id" {
  type = string
}

variable "connectivity" {
  type = object({
    private_endpoints = map(object({
      target      = string
      ports       = set(number)
      private_dns = optional(string)
    }))
    transit = optional(object({
      hub_id = string
      routes = set(string)
    }))
    vpn = map(object({
      peer_address = string
      peer_asn     = number
      routes       = set(string)
    }))
  })
}

variable "vpn_shared_secrets" {
  type      = map(string)
  sensitive = true
}

locals {
  named = { for name, endpoint in var.connectivity.private_endpoints : name => endpoint if endpoint.private_dns != null }
  # Two tunnels each: the two interfaces of the gateway.
  tunnels = merge([
    for name, site in var.connectivity.vpn : { for interface in [0, 1] : "${name}-${interface}" => merge(site, { site = name, interface = interface, index = index(sort(keys(var.connectivity.vpn)), name) }) }
  ]...)
}

resource "google_compute_address" "endpoint" {
  for_each     = var.connectivity.private_endpoints
  name         = "${var.name}-endpoint-${each.key}"
  address_type = "INTERNAL"
  subnetwork   = var.subnetwork_id
  region       = var.region
}

resource "google_compute_forwarding_rule" "endpoint" {
  for_each              = var.connectivity.private_endpoints
  name                  = "${var.name}-endpoint-${each.key}"
  region                = var.region
  network               = var.network_id
  ip_address            = google_compute_address.endpoint[each.key].id
  target                = each.value.target
  load_balancing_scheme = ""
}

# The name by which the datastore's certificate knows it, inside the network only.
resource "google_dns_managed_zone" "endpoint" {
  for_each   = local.named
  name       = "${var.name}-endpoint-${each.key}"
  dns_name   = "${each.value.private_dns}."
  visibility = "private"

  private_visibility_config {
    networks {
      network_url = var.network_id
    }
  }
}

resource "google_dns_record_set" "endpoint" {
  for_each     = local.named
  managed_zone = google_dns_managed_zone.endpoint[each.key].name
  name         = google_dns_managed_zone.endpoint[each.key].dns_name
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.endpoint[each.key].address]
}

# Out to each endpoint by its ports and by no other.
resource "google_compute_firewall" "endpoint" {
  for_each           = var.connectivity.private_endpoints
  name               = "${var.name}-endpoint-${each.key}"
  network            = var.network_id
  direction          = "EGRESS"
  priority           = 900
  destination_ranges = ["${google_compute_address.endpoint[each.key].address}/32"]

  allow {
    protocol = "tcp"
    ports    = [for port in sort([for port in each.value.ports : format("%05d", port)]) : tostring(tonumber(port))]
  }
}

resource "google_compute_firewall" "endpoint_others" {
  for_each           = var.connectivity.private_endpoints
  name               = "${var.name}-endpoint-${each.key}-others"
  network            = var.network_id
  direction          = "EGRESS"
  priority           = 910
  destination_ranges = ["${google_compute_address.endpoint[each.key].address}/32"]

  deny {
    protocol = "all"
  }
}

resource "google_network_connectivity_spoke" "this" {
  count    = var.connectivity.transit == null ? 0 : 1
  name     = var.name
  location = "global"
  hub      = var.connectivity.transit.hub_id

  linked_vpc_network {
    uri = var.network_id
  }
}

resource "google_compute_ha_vpn_gateway" "this" {
  count   = length(var.connectivity.vpn) > 0 ? 1 : 0
  name    = var.name
  network = var.network_id
  region  = var.region
}

resource "google_compute_router" "vpn" {
  count   = length(var.connectivity.vpn) > 0 ? 1 : 0
  name    = "${var.name}-vpn"
  network = var.network_id
  region  = var.region

  bgp {
    asn = 64515
  }
}

resource "google_compute_external_vpn_gateway" "site" {
  for_each        = var.connectivity.vpn
  name            = "${var.name}-${each.key}"
  redundancy_type = "SINGLE_IP_INTERNALLY_REDUNDANT"

  interface {
    id         = 0
    ip_address = each.value.peer_address
  }
}

resource "google_compute_vpn_tunnel" "site" {
  for_each                        = local.tunnels
  name                            = "${var.name}-${each.key}"
  region                          = var.region
  vpn_gateway                     = google_compute_ha_vpn_gateway.this[0].id
  vpn_gateway_interface           = each.value.interface
  peer_external_gateway           = google_compute_external_vpn_gateway.site[each.value.site].id
  peer_external_gateway_interface = 0
  ike_version                     = 2
  router                          = google_compute_router.vpn[0].id
  shared_secret                   = var.vpn_shared_secrets[each.value.site]
}

resource "google_compute_router_interface" "site" {
  for_each   = local.tunnels
  name       = "${var.name}-${each.key}"
  region     = var.region
  router     = google_compute_router.vpn[0].name
  ip_range   = "169.254.${each.value.index * 2 + each.value.interface + 1}.1/30"
  vpn_tunnel = google_compute_vpn_tunnel.site[each.key].name
}

resource "google_compute_router_peer" "site" {
  for_each        = local.tunnels
  name            = "${var.name}-${each.key}"
  region          = var.region
  router          = google_compute_router.vpn[0].name
  interface       = google_compute_router_interface.site[each.key].name
  peer_ip_address = "169.254.${each.value.index * 2 + each.value.interface + 1}.2"
  peer_asn        = each.value.peer_asn
}

output "endpoints" {
  value = { for name, endpoint in var.connectivity.private_endpoints : name => coalesce(endpoint.private_dns, google_compute_address.endpoint[name].address) }
}

output "routes" {
  value = concat(tolist(try(var.connectivity.transit.routes, [])), flatten([for site in values(var.connectivity.vpn) : tolist(site.routes)]))
}
