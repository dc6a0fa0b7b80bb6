# Each way to a private datastore, alone and together.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_vpc_endpoint" {
    defaults = { dns_entry = [{ dns_name = "vpce-1.internal", hosted_zone_id = "Z1" }] }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mocked" }
  }
}

variables {
  name            = "acme-prod"
  vpc_id          = "vpc-1"
  cidr            = "10.40.0.0/16"
  subnet_ids      = { a = "subnet-a", b = "subnet-b" }
  route_table_ids = { a = "rtb-a", b = "rtb-b" }
  kms_key_arn     = "arn:aws:kms:eu-central-1:123456789012:key/1"
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
    condition     = length(output.endpoints) == 0 && length(output.routes) == 0 && length(aws_vpn_gateway.this) == 0
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
        warehouse = { target = "com.amazonaws.vpce.eu-central-1.vpce-svc-0123abc", ports = [443, 8443], private_dns = true }
        orders    = { target = "com.amazonaws.vpce.eu-central-1.vpce-svc-0456def", ports = [5432], private_dns = false }
      }
      vpn = {}
    }
  }
  assert {
    condition     = output.endpoints == { warehouse = "vpce-1.internal", orders = "vpce-1.internal" }
    error_message = "one endpoint a datastore"
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.endpoint) == 3 && alltrue([for rule in aws_vpc_security_group_ingress_rule.endpoint : rule.cidr_ipv4 == "10.40.0.0/16" && rule.from_port == rule.to_port])
    error_message = "each port, and from the deployment's network only"
  }
  assert {
    condition     = aws_vpc_endpoint.datastore["orders"].private_dns_enabled == false
    error_message = "a private name only where it is asked for"
  }
}

run "transit" {
  command = apply
  module {
    source = "./modules/connectivity"
  }
  variables {
    connectivity = { private_endpoints = {}, vpn = {}, transit = { hub_id = "tgw-0123456789abcdef0", routes = ["10.90.0.0/16", "10.91.0.0/16"] } }
  }
  assert {
    condition     = length(aws_route.transit) == 4
    error_message = "each network in each zone's table"
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
    condition     = length(aws_vpn_gateway.this) == 1 && length(aws_vpn_connection.site) == 2 && length(aws_vpn_gateway_route_propagation.this) == 2
    error_message = "one gateway, one connection a site, its networks learnt in every zone"
  }
  assert {
    condition     = toset(output.routes) == toset(["192.168.0.0/24", "192.168.1.0/24"])
    error_message = "the chart is told which networks dataplanes must reach"
  }
}
