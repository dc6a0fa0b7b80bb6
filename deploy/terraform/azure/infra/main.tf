# One single-tenant deployment on Azure: a private network, a private AKS cluster, Postgres, and ways to private datastores.
# Only the cloud's API is spoken to here; what lives in the cluster is in ../addons and in the chart, so that no provider is configured from its own state.

resource "azurerm_resource_group" "this" {
  name     = "touchstone-${var.name}"
  location = var.region
  tags     = local.tags
}

module "network" {
  source         = "./modules/network"
  name           = var.name
  region         = var.region
  resource_group = azurerm_resource_group.this.name
  cidr           = var.cidr
  tags           = local.tags
}

module "storage" {
  source         = "./modules/storage"
  name           = var.name
  region         = var.region
  resource_group = azurerm_resource_group.this.name
  tenant_id      = var.tenant_id
  network_id     = module.network.network_id
  subnet_ids     = module.network.subnet_ids
  applier_cidrs  = var.applier_cidrs
  tags           = local.tags
}

module "cluster" {
  source                 = "./modules/cluster"
  name                   = var.name
  region                 = var.region
  resource_group         = azurerm_resource_group.this.name
  tenant_id              = var.tenant_id
  zones                  = var.zones
  kubernetes_version     = var.kubernetes_version
  subnet_id              = module.network.subnet_ids["nodes"]
  disk_encryption_set_id = module.storage.disk_encryption_set_id
  admin_principals       = setunion(var.admin_principals, var.operator_principals)
  api_access_cidrs       = var.api_access_cidrs
  app                    = { machine = local.size.app.machine, nodes = local.size.app.nodes, nodes_max = local.size.app.nodes + 2, disk_gb = 60 }
  tags                   = local.tags
}

module "pools" {
  source     = "./modules/pools"
  cluster_id = module.cluster.id
  subnet_id  = module.network.subnet_ids["nodes"]
  zones      = var.zones
  pools      = local.pools
  tags       = local.tags
}

module "database" {
  source           = "./modules/database"
  name             = var.name
  region           = var.region
  resource_group   = azurerm_resource_group.this.name
  network_id       = module.network.network_id
  subnet_id        = module.network.subnet_ids["data"]
  key_vault_id     = module.storage.key_vault_id
  key_id           = module.storage.key_id
  key_identity_id  = module.storage.key_identity_id
  password         = var.database_password
  password_version = var.database_password_version
  machine          = local.database_machines[var.size]
  settings         = var.database
  tags             = local.tags
}

module "identity" {
  source            = "./modules/identity"
  name              = var.name
  region            = var.region
  resource_group    = azurerm_resource_group.this.name
  oidc_issuer_url   = module.cluster.oidc_issuer_url
  backup_account_id = module.storage.backup_account_id
  key_vault_id      = module.storage.key_vault_id
  tags              = local.tags
}

module "connectivity" {
  source             = "./modules/connectivity"
  name               = var.name
  region             = var.region
  resource_group     = azurerm_resource_group.this.name
  network_id         = module.network.network_id
  subnet_ids         = module.network.subnet_ids
  subnet_cidrs       = { nodes = module.network.subnet_cidrs[0], endpoints = module.network.subnet_cidrs[2] }
  vpn_shared_secrets = var.vpn_shared_secrets
  connectivity       = var.connectivity
  tags               = local.tags
}

module "dns" {
  source = "./modules/dns"
  dns    = var.dns
}

locals {
  tags = merge(var.tags, { touchstone-deployment = var.name, touchstone-owner = var.owner })

  # Where machines may be taken back, one pool on demand stays: a scan always finds a place.
  pools = merge(
    { work = { machine = local.size.work.machine, nodes = local.size.work.nodes, nodes_max = local.size.work.nodes_max, spot = false, disk_gb = 200 } },
    var.spot ? { "work-spot" = { machine = local.size.work.machine, nodes = 0, nodes_max = local.size.work.nodes_max, spot = true, disk_gb = 200 } } : {},
  )
}
