# A private network: nodes have no public addresses; what they fetch goes out through a NAT gateway. The database has a network of its own that only nodes reach.

variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "resource_group" {
  type = string
}

variable "cidr" {
  type = string
}

variable "tags" {
  type = map(string)
}

locals {
  nodes     = cidrsubnet(var.cidr, 2, 0)
  data      = cidrsubnet(var.cidr, 6, 48)
  endpoints = cidrsubnet(var.cidr, 6, 49)
  gateway   = cidrsubnet(var.cidr, 6, 50)
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  location            = var.region
  resource_group_name = var.resource_group
  address_space       = [var.cidr]
  tags                = var.tags
}

resource "azurerm_subnet" "nodes" {
  name                            = "nodes"
  resource_group_name             = var.resource_group
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [local.nodes]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet" "data" {
  name                            = "data"
  resource_group_name             = var.resource_group
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [local.data]
  default_outbound_access_enabled = false

  delegation {
    name = "postgres"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                              = "endpoints"
  resource_group_name               = var.resource_group
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [local.endpoints]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled"
}

# The cloud wants this name for the network of a VPN gateway.
resource "azurerm_subnet" "gateway" {
  name                 = "GatewaySubnet"
  resource_group_name  = var.resource_group
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [local.gateway]
}

resource "azurerm_network_security_group" "data" {
  name                = "${var.name}-data"
  location            = var.region
  resource_group_name = var.resource_group
  tags                = var.tags

  security_rule {
    name                       = "nodes"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = local.nodes
    source_port_range          = "*"
    destination_address_prefix = local.data
    destination_port_range     = "5432"
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

resource "azurerm_subnet_network_security_group_association" "data" {
  subnet_id                 = azurerm_subnet.data.id
  network_security_group_id = azurerm_network_security_group.data.id
}

resource "azurerm_public_ip" "nat" {
  name                = "${var.name}-nat"
  location            = var.region
  resource_group_name = var.resource_group
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway" "this" {
  name                = var.name
  location            = var.region
  resource_group_name = var.resource_group
  sku_name            = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.nat.id
}

resource "azurerm_subnet_nat_gateway_association" "nodes" {
  subnet_id      = azurerm_subnet.nodes.id
  nat_gateway_id = azurerm_nat_gateway.this.id
}

output "network_id" {
  value = azurerm_virtual_network.this.id
}

output "subnet_ids" {
  value = {
    nodes     = azurerm_subnet.nodes.id
    data      = azurerm_subnet.data.id
    endpoints = azurerm_subnet.endpoints.id
    gateway   = azurerm_subnet.gateway.id
  }
}

output "subnet_cidrs" {
  value = [local.nodes, local.data, local.endpoints, local.gateway]
}
