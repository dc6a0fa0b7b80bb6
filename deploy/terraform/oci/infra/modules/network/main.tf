# A private network: nodes have no public addresses; what they fetch goes out through a NAT gateway, and the cloud's own services by a service gateway.
# There is a security group for each role, and no rule in the default list.

variable "name" {
  type = string
}

variable "compartment_id" {
  type = string
}

variable "cidr" {
  type = string
}

variable "api_access_cidrs" {
  type = set(string)
}

variable "drg_routes" {
  type = map(string)
}

variable "peering_routes" {
  type = map(string)
}

variable "tags" {
  type = map(string)
}

locals {
  # Half for pods, a quarter for nodes, small networks between them.
  subnets = {
    api   = cidrsubnet(var.cidr, 8, 64)
    data  = cidrsubnet(var.cidr, 8, 65)
    lb    = cidrsubnet(var.cidr, 8, 66)
    nodes = cidrsubnet(var.cidr, 2, 0)
    pods  = cidrsubnet(var.cidr, 1, 1)
  }
  api_is_public = length(var.api_access_cidrs) > 0
  tcp           = "6"

  # From one role to another: what the cluster needs, and nothing more.
  rules = {
    "nodes-to-api"   = { to = "api", from = "nodes", min = 6443, max = 6443 }
    "nodes-to-join"  = { to = "api", from = "nodes", min = 12250, max = 12250 }
    "pods-to-api"    = { to = "api", from = "pods", min = 6443, max = 6443 }
    "pods-to-join"   = { to = "api", from = "pods", min = 12250, max = 12250 }
    "api-to-kubelet" = { to = "nodes", from = "api", min = 10250, max = 10250 }
    "api-to-pods"    = { to = "pods", from = "api", min = 1, max = 65535 }
    "nodes-to-pods"  = { to = "pods", from = "nodes", min = 1, max = 65535 }
    "pods-to-pods"   = { to = "pods", from = "pods", min = 1, max = 65535 }
    "lb-to-nodes"    = { to = "nodes", from = "lb", min = 30000, max = 32767 }
    "lb-to-pods"     = { to = "pods", from = "lb", min = 1, max = 65535 }
    "pods-to-data"   = { to = "data", from = "pods", min = 5432, max = 5432 }
  }
}

data "oci_core_services" "all" {
  filter {
    name   = "name"
    values = ["All .* Services In Oracle Services Network"]
    regex  = true
  }
}

resource "oci_core_vcn" "this" {
  compartment_id = var.compartment_id
  cidr_blocks    = [var.cidr]
  display_name   = var.name
  dns_label      = replace(substr(var.name, 0, 15), "-", "")
  freeform_tags  = var.tags
}

resource "oci_core_default_security_list" "none" {
  manage_default_resource_id = oci_core_vcn.this.default_security_list_id
  display_name               = "${var.name}-none"
  freeform_tags              = var.tags
}

resource "oci_core_nat_gateway" "this" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = var.name
  freeform_tags  = var.tags
}

resource "oci_core_service_gateway" "this" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = var.name
  freeform_tags  = var.tags

  services {
    service_id = data.oci_core_services.all.services[0].id
  }
}

resource "oci_core_internet_gateway" "this" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = var.name
  enabled        = true
  freeform_tags  = var.tags
}

resource "oci_core_route_table" "private" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.name}-private"
  freeform_tags  = var.tags

  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = oci_core_nat_gateway.this.id
  }

  route_rules {
    destination       = data.oci_core_services.all.services[0].cidr_block
    destination_type  = "SERVICE_CIDR_BLOCK"
    network_entity_id = oci_core_service_gateway.this.id
  }

  dynamic "route_rules" {
    for_each = merge(var.drg_routes, var.peering_routes)
    content {
      destination       = route_rules.key
      destination_type  = "CIDR_BLOCK"
      network_entity_id = route_rules.value
    }
  }
}

# The database has no way out.
resource "oci_core_route_table" "data" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.name}-data"
  freeform_tags  = var.tags
}

resource "oci_core_route_table" "public" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.name}-public"
  freeform_tags  = var.tags

  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = oci_core_internet_gateway.this.id
  }
}

resource "oci_core_subnet" "role" {
  for_each       = local.subnets
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  cidr_block     = each.value
  display_name   = "${var.name}-${each.key}"
  dns_label      = each.key
  # Load balancers stand in the open, and the API where somebody is let in by name.
  prohibit_public_ip_on_vnic = !(each.key == "lb" || (each.key == "api" && local.api_is_public))
  route_table_id = (each.key == "lb" || (each.key == "api" && local.api_is_public)) ? oci_core_route_table.public.id : (
    each.key == "data" ? oci_core_route_table.data.id : oci_core_route_table.private.id
  )
  freeform_tags = var.tags
}

resource "oci_core_network_security_group" "role" {
  for_each       = local.subnets
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "${var.name}-${each.key}"
  freeform_tags  = var.tags
}

resource "oci_core_network_security_group_security_rule" "in" {
  for_each                  = local.rules
  network_security_group_id = oci_core_network_security_group.role[each.value.to].id
  description               = each.key
  direction                 = "INGRESS"
  protocol                  = local.tcp
  source                    = oci_core_network_security_group.role[each.value.from].id
  source_type               = "NETWORK_SECURITY_GROUP"

  tcp_options {
    destination_port_range {
      min = each.value.min
      max = each.value.max
    }
  }
}

# What nodes and pods may ask is bounded by the chart's policies; answers to the balancer and the API are part of their connections.
resource "oci_core_network_security_group_security_rule" "out" {
  for_each                  = toset(["nodes", "pods", "api", "lb"])
  network_security_group_id = oci_core_network_security_group.role[each.value].id
  description               = "out"
  direction                 = "EGRESS"
  protocol                  = "all"
  destination               = contains(["nodes", "pods"], each.value) ? "0.0.0.0/0" : var.cidr
  destination_type          = "CIDR_BLOCK"
}

resource "oci_core_network_security_group_security_rule" "https" {
  network_security_group_id = oci_core_network_security_group.role["lb"].id
  description               = "people"
  direction                 = "INGRESS"
  protocol                  = local.tcp
  source                    = "0.0.0.0/0"
  source_type               = "CIDR_BLOCK"

  tcp_options {
    destination_port_range {
      min = 443
      max = 443
    }
  }
}

resource "oci_core_network_security_group_security_rule" "api_access" {
  for_each                  = var.api_access_cidrs
  network_security_group_id = oci_core_network_security_group.role["api"].id
  description               = "who may reach the API over the internet"
  direction                 = "INGRESS"
  protocol                  = local.tcp
  source                    = each.value
  source_type               = "CIDR_BLOCK"

  tcp_options {
    destination_port_range {
      min = 6443
      max = 6443
    }
  }
}

resource "oci_logging_log_group" "flow" {
  compartment_id = var.compartment_id
  display_name   = "${var.name}-flow"
  freeform_tags  = var.tags
}

resource "oci_logging_log" "flow" {
  for_each           = local.subnets
  display_name       = "${var.name}-${each.key}"
  log_group_id       = oci_logging_log_group.flow.id
  log_type           = "SERVICE"
  is_enabled         = true
  retention_duration = 90
  freeform_tags      = var.tags

  configuration {
    source {
      category    = "all"
      resource    = oci_core_subnet.role[each.key].id
      service     = "flowlogs"
      source_type = "OCISERVICE"
    }
  }
}

output "vcn_id" {
  value = oci_core_vcn.this.id
}

output "subnet_ids" {
  value = { for role, subnet in oci_core_subnet.role : role => subnet.id }
}

output "security_group_ids" {
  value = { for role, group in oci_core_network_security_group.role : role => group.id }
}

output "subnet_cidrs" {
  value = local.subnets
}

output "private_roles" {
  value = sort([for role, subnet in oci_core_subnet.role : role if subnet.prohibit_public_ip_on_vnic])
}
