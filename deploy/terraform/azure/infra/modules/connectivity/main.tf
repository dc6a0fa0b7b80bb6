# Ways to private datastores: Private Link, a hub of a virtual WAN, site-to-site VPN. Nobody comes in by them: only answers do.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "network_id" {
  type = string
}

variable "subnet_ids" {
  type = map(string)
}

variable "subnet_cidrs" {
  type = object({ nodes = string, endpoints = string })
}

variable "vpn_shared_secrets" {
  type      = map(string)
  sensitive = true
}

variable "tags" {
  type = map(string)
}

variable "connectivity" {
  type = object({
    private_endpoints = map(object({
      target      = string
      ports       = set(number)
      private_dns = optional(string)
      subresource = optional(string)
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
  named = { for name, endpoint in var.connectivity.private_endpoints : name => endpoint if endpoint.private_dns != null }
}

resource "azurerm_private_endpoint" "datastore" {
  for_each            = var.connectivity.private_endpoints
  name                = "${var.name}-${each.key}"
  location            = var.region
  resource_group_name = var.resource_group
  subnet_id           = var.subnet_ids["endpoints"]
  tags                = var.tags

  # Whoever owns the datastore approves the connection.
  private_service_connection {
    name                           = each.key
    private_connection_resource_id = each.value.target
    subresource_names              = each.value.subresource == null ? null : [each.value.subresource]
    is_manual_connection           = true
    request_message                = "Touchstone ${var.name}"
  }
}

# Nodes reach each endpoint by its ports and by no other; nobody else reaches any.
resource "azurerm_network_security_group" "endpoints" {
  count               = length(var.connectivity.private_endpoints) > 0 ? 1 : 0
  name                = "${var.name}-endpoints"
  location            = var.region
  resource_group_name = var.resource_group
  tags                = var.tags

  dynamic "security_rule" {
    for_each = { for index, name in sort(keys(var.connectivity.private_endpoints)) : name => index }
    content {
      name                       = security_rule.key
      priority                   = 100 + security_rule.value
      direction                  = "Inbound"
      access                     = "Allow"
      protocol                   = "Tcp"
      source_address_prefix      = var.subnet_cidrs.nodes
      source_port_range          = "*"
      destination_address_prefix = "${azurerm_private_endpoint.datastore[security_rule.key].private_service_connection[0].private_ip_address}/32"
      destination_port_ranges    = [for port in var.connectivity.private_endpoints[security_rule.key].ports : tostring(port)]
    }
  }

  # The backup account's endpoint is in the same network.
  security_rule {
    name                       = "https"
    priority                   = 4000
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = var.subnet_cidrs.nodes
    source_port_range          = "*"
    destination_address_prefix = var.subnet_cidrs.endpoints
    destination_port_range     = "443"
  }

  security_rule {
    name                       = "others"
    priority                   = 4096
    direction                  = "Inbound"
    access                     = "Deny"
    protocol                   = "*"
    source_address_prefix      = "*"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_range     = "*"
  }
}

resource "azurerm_subnet_network_security_group_association" "endpoints" {
  count                     = length(var.connectivity.private_endpoints) > 0 ? 1 : 0
  subnet_id                 = var.subnet_ids["endpoints"]
  network_security_group_id = azurerm_network_security_group.endpoints[0].id
}

# The name by which the datastore's certificate knows it, inside the network only.
resource "azurerm_private_dns_zone" "datastore" {
  for_each            = local.named
  name                = each.value.private_dns
  resource_group_name = var.resource_group
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "datastore" {
  for_each              = local.named
  name                  = each.key
  resource_group_name   = var.resource_group
  private_dns_zone_name = azurerm_private_dns_zone.datastore[each.key].name
  virtual_network_id    = var.network_id
  tags                  = var.tags
}

resource "azurerm_private_dns_a_record" "datastore" {
  for_each            = local.named
  name                = "@"
  zone_name           = azurerm_private_dns_zone.datastore[each.key].name
  resource_group_name = var.resource_group
  ttl                 = 300
  records             = [azurerm_private_endpoint.datastore[each.key].private_service_connection[0].private_ip_address]
  tags                = var.tags
}

resource "azurerm_virtual_hub_connection" "this" {
  count                     = var.connectivity.transit == null ? 0 : 1
  name                      = var.name
  virtual_hub_id            = var.connectivity.transit.hub_id
  remote_virtual_network_id = var.network_id
  internet_security_enabled = false
}

resource "azurerm_public_ip" "vpn" {
  count               = length(var.connectivity.vpn) > 0 ? 2 : 0
  name                = "${var.name}-vpn-${count.index}"
  location            = var.region
  resource_group_name = var.resource_group
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
  tags                = var.tags
}

# Two addresses, both in use: a tunnel each to every site.
resource "azurerm_virtual_network_gateway" "this" {
  count               = length(var.connectivity.vpn) > 0 ? 1 : 0
  name                = var.name
  location            = var.region
  resource_group_name = var.resource_group
  type                = "Vpn"
  vpn_type            = "RouteBased"
  sku                 = "VpnGw2AZ"
  generation          = "Generation2"
  active_active       = true
  tags                = var.tags

  dynamic "ip_configuration" {
    for_each = azurerm_public_ip.vpn
    content {
      name                 = "address-${ip_configuration.key}"
      public_ip_address_id = ip_configuration.value.id
      subnet_id            = var.subnet_ids["gateway"]
    }
  }
}

# Static routes: peer_asn is taken for the sake of one form of input, and BGP is not spoken here.
resource "azurerm_local_network_gateway" "site" {
  for_each            = var.connectivity.vpn
  name                = "${var.name}-${each.key}"
  location            = var.region
  resource_group_name = var.resource_group
  gateway_address     = each.value.peer_address
  address_space       = each.value.routes
  tags                = var.tags
}

resource "azurerm_virtual_network_gateway_connection" "site" {
  for_each                   = var.connectivity.vpn
  name                       = "${var.name}-${each.key}"
  location                   = var.region
  resource_group_name        = var.resource_group
  type                       = "IPsec"
  virtual_network_gateway_id = azurerm_virtual_network_gateway.this[0].id
  local_network_gateway_id   = azurerm_local_network_gateway.site[each.key].id
  connection_protocol        = "IKEv2"
  shared_key                 = var.vpn_shared_secrets[each.key]
  tags                       = var.tags

  ipsec_policy {
    ike_encryption   = "GCMAES256"
    ike_integrity    = "SHA384"
    dh_group         = "ECP384"
    ipsec_encryption = "GCMAES256"
    ipsec_integrity  = "GCMAES256"
    pfs_group        = "ECP384"
  }
}

output "endpoints" {
  value = { for name, endpoint in var.connectivity.private_endpoints : name => coalesce(endpoint.private_dns, azurerm_private_endpoint.datastore[name].private_service_connection[0].private_ip_address) }
}

output "routes" {
  value = concat(tolist(try(var.connectivity.transit.routes, [])), flatten([for site in values(var.connectivity.vpn) : tolist(site.routes)]))
}
