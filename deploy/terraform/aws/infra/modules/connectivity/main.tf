# Ways to private datastores: PrivateLink, a transit gateway, site-to-site VPN. Nobody comes in by them: only answers do.

variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "cidr" {
  type = string
}

variable "subnet_ids" {
  type = map(string)
}

variable "route_table_ids" {
  type = map(string)
}

variable "kms_key_arn" {
  type = string
}

variable "connectivity" {
  type = object({
    private_endpoints = map(object({
      target      = string
      ports       = set(number)
      private_dns = bool
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

locals {
  endpoint_ports = merge([
    for name, endpoint in var.connectivity.private_endpoints : { for port in endpoint.ports : "${name}:${port}" => { endpoint = name, port = port } }
  ]...)
  transit_routes = merge([
    for zone, table in var.route_table_ids : { for route in try(var.connectivity.transit.routes, []) : "${zone}:${route}" => { table = table, route = route } }
  ]...)
}

resource "aws_security_group" "endpoint" {
  for_each    = var.connectivity.private_endpoints
  name        = "${var.name}-endpoint-${each.key}"
  description = "Private endpoint of ${each.key}, from the deployment's network only"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "endpoint" {
  for_each          = local.endpoint_ports
  security_group_id = aws_security_group.endpoint[each.value.endpoint].id
  description       = "From the deployment's network"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_endpoint" "datastore" {
  for_each            = var.connectivity.private_endpoints
  vpc_id              = var.vpc_id
  service_name        = each.value.target
  vpc_endpoint_type   = "Interface"
  subnet_ids          = values(var.subnet_ids)
  security_group_ids  = [aws_security_group.endpoint[each.key].id]
  private_dns_enabled = each.value.private_dns
  tags                = { Name = "${var.name}-${each.key}" }
}

resource "aws_ec2_transit_gateway_vpc_attachment" "this" {
  count              = var.connectivity.transit == null ? 0 : 1
  transit_gateway_id = var.connectivity.transit.hub_id
  vpc_id             = var.vpc_id
  subnet_ids         = values(var.subnet_ids)
  tags               = { Name = var.name }
}

resource "aws_route" "transit" {
  for_each               = local.transit_routes
  route_table_id         = each.value.table
  destination_cidr_block = each.value.route
  transit_gateway_id     = aws_ec2_transit_gateway_vpc_attachment.this[0].transit_gateway_id
}

resource "aws_vpn_gateway" "this" {
  count  = length(var.connectivity.vpn) > 0 ? 1 : 0
  vpc_id = var.vpc_id
  tags   = { Name = var.name }
}

resource "aws_vpn_gateway_route_propagation" "this" {
  for_each       = length(var.connectivity.vpn) > 0 ? var.route_table_ids : {}
  vpn_gateway_id = aws_vpn_gateway.this[0].id
  route_table_id = each.value
}

resource "aws_customer_gateway" "site" {
  for_each   = var.connectivity.vpn
  bgp_asn    = each.value.peer_asn
  ip_address = each.value.peer_address
  type       = "ipsec.1"
  tags       = { Name = "${var.name}-${each.key}" }
}

resource "aws_cloudwatch_log_group" "vpn" {
  for_each          = var.connectivity.vpn
  name              = "/touchstone/${var.name}/vpn/${each.key}"
  retention_in_days = 90
  kms_key_id        = var.kms_key_arn
}

# Two tunnels each, over BGP; IKEv2 and groups without known weakness only.
resource "aws_vpn_connection" "site" {
  for_each                             = var.connectivity.vpn
  vpn_gateway_id                       = aws_vpn_gateway.this[0].id
  customer_gateway_id                  = aws_customer_gateway.site[each.key].id
  type                                 = "ipsec.1"
  tunnel1_ike_versions                 = ["ikev2"]
  tunnel2_ike_versions                 = ["ikev2"]
  tunnel1_phase1_dh_group_numbers      = [19, 20, 21]
  tunnel2_phase1_dh_group_numbers      = [19, 20, 21]
  tunnel1_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel2_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase2_encryption_algorithms = ["AES256-GCM-16"]
  tunnel2_phase2_encryption_algorithms = ["AES256-GCM-16"]

  tunnel1_log_options {
    cloudwatch_log_options {
      log_enabled       = true
      log_group_arn     = aws_cloudwatch_log_group.vpn[each.key].arn
      log_output_format = "json"
    }
  }

  tunnel2_log_options {
    cloudwatch_log_options {
      log_enabled       = true
      log_group_arn     = aws_cloudwatch_log_group.vpn[each.key].arn
      log_output_format = "json"
    }
  }

  tags = { Name = "${var.name}-${each.key}" }
}

output "endpoints" {
  value = { for name, endpoint in aws_vpc_endpoint.datastore : name => try(endpoint.dns_entry[0].dns_name, "") }
}

output "routes" {
  value = concat(tolist(try(var.connectivity.transit.routes, [])), flatten([for site in values(var.connectivity.vpn) : tolist(site.routes)]))
}
