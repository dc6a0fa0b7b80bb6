# Ways to private datastores: local peering in the region, a dynamic routing gateway with remote peering or site-to-site VPN. Nobody comes in by them: only answers do.

variable "name" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "vcn_id" {
  type = string
}

variable "tags" {
  type = map(string)
}

variable "connectivity" {
  type = object({
    private_endpoints = map(object({
      target      = string
      ports       = set(number)
      cidr        = string
      private_dns = optional(string)
    }))
    transit = optional(object({
      hub_id      = string
      peer_region = string
      routes      = set(string)
    }))
    vpn = map(object({
      peer_address = string
      peer_asn     = number
      routes       = set(string)
    }))
  })
}

locals {
  needs_gateway = var.connectivity.transit != null || length(var.connectivity.vpn) > 0
  routes        = concat(tolist(try(var.connectivity.transit.routes, [])), flatten([for site in values(var.connectivity.vpn) : tolist(site.routes)]))
}

resource "oci_core_local_peering_gateway" "datastore" {
  for_each       = var.connectivity.private_endpoints
  compartment_id = var.compartment_id
  vcn_id         = var.vcn_id
  peer_id        = each.value.target
  display_name   = "${var.name}-${each.key}"
  freeform_tags  = var.tags
}

resource "oci_core_drg" "this" {
  count          = local.needs_gateway ? 1 : 0
  compartment_id = var.compartment_id
  display_name   = var.name
  freeform_tags  = var.tags
}

resource "oci_core_drg_attachment" "this" {
  count         = local.needs_gateway ? 1 : 0
  drg_id        = oci_core_drg.this[0].id
  display_name  = var.name
  freeform_tags = var.tags

  network_details {
    id   = var.vcn_id
    type = "VCN"
  }
}

resource "oci_core_remote_peering_connection" "this" {
  count            = var.connectivity.transit == null ? 0 : 1
  compartment_id   = var.compartment_id
  drg_id           = oci_core_drg.this[0].id
  peer_id          = var.connectivity.transit.hub_id
  peer_region_name = var.connectivity.transit.peer_region
  display_name     = var.name
  freeform_tags    = var.tags
}

resource "oci_core_cpe" "site" {
  for_each       = var.connectivity.vpn
  compartment_id = var.compartment_id
  ip_address     = each.value.peer_address
  display_name   = "${var.name}-${each.key}"
  freeform_tags  = var.tags
}

# Two tunnels each. Static routes: peer_asn is taken for the sake of one form of input, and BGP is not spoken here.
resource "oci_core_ipsec" "site" {
  for_each       = var.connectivity.vpn
  compartment_id = var.compartment_id
  cpe_id         = oci_core_cpe.site[each.key].id
  drg_id         = oci_core_drg.this[0].id
  static_routes  = each.value.routes
  display_name   = "${var.name}-${each.key}"
  freeform_tags  = var.tags
}

output "endpoints" {
  value = { for name, endpoint in var.connectivity.private_endpoints : name => coalesce(endpoint.private_dns, endpoint.cidr) }
}

output "routes" {
  value = local.routes
}

output "drg_routes" {
  value = { for route in local.routes : route => oci_core_drg.this[0].id }
}

output "peering_routes" {
  value = { for name, endpoint in var.connectivity.private_endpoints : endpoint.cidr => oci_core_local_peering_gateway.datastore[name].id }
}
