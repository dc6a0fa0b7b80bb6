# One single-tenant deployment on Oracle Cloud: a private network, a private OKE cluster, Postgres, and ways to private datastores.
# Only the cloud's API is spoken to here; what lives in the cluster is in ../addons and in the chart, so that no provider is configured from its own state.

module "storage" {
  source         = "./modules/storage"
  name           = var.name
  region         = var.region
  compartment_id = var.compartment_id
  tags           = local.tags
}

module "network" {
  source           = "./modules/network"
  name             = var.name
  compartment_id   = var.compartment_id
  cidr             = var.cidr
  api_access_cidrs = var.api_access_cidrs
  drg_routes       = module.connectivity.drg_routes
  peering_routes   = module.connectivity.peering_routes
  tags             = local.tags
}

module "cluster" {
  source             = "./modules/cluster"
  name               = var.name
  compartment_id     = var.compartment_id
  vcn_id             = module.network.vcn_id
  subnet_ids         = module.network.subnet_ids
  security_group_ids = module.network.security_group_ids
  kubernetes_version = var.kubernetes_version
  key_id             = module.storage.key_id
  admin_principals   = setunion(var.admin_principals, var.operator_principals)
  api_access_cidrs   = var.api_access_cidrs
  tags               = local.tags
}

module "pools" {
  source             = "./modules/pools"
  name               = var.name
  compartment_id     = var.compartment_id
  cluster_id         = module.cluster.id
  kubernetes_version = module.cluster.version
  zones              = var.zones
  subnet_ids         = module.network.subnet_ids
  security_group_ids = module.network.security_group_ids
  key_id             = module.storage.key_id
  pools              = local.pools
  tags               = local.tags
}

module "database" {
  source            = "./modules/database"
  name              = var.name
  compartment_id    = var.compartment_id
  subnet_id         = module.network.subnet_ids["data"]
  security_group_id = module.network.security_group_ids["data"]
  secret_id         = var.database_secret_id
  cores             = local.database_cores[var.size]
  settings          = var.database
  tags              = local.tags
}

module "identity" {
  source         = "./modules/identity"
  name           = var.name
  compartment_id = var.compartment_id
  cluster_id     = module.cluster.id
  backup_bucket  = module.storage.backup_bucket
  secret_id      = var.database_secret_id
  tags           = local.tags
}

module "connectivity" {
  source         = "./modules/connectivity"
  name           = var.name
  compartment_id = var.compartment_id
  vcn_id         = module.network.vcn_id
  connectivity   = var.connectivity
  tags           = local.tags
}

module "dns" {
  source = "./modules/dns"
  dns    = var.dns
}

locals {
  tags = merge(var.tags, { touchstone-deployment = var.name, touchstone-owner = var.owner })

  # Where machines may be taken back, one pool on demand stays: a scan always finds a place.
  pools = merge(
    { app = { cores = local.size.app.cores, memory_gb = local.size.app.memory_gb, nodes = local.size.app.nodes, nodes_max = local.size.app.nodes + 2, spot = false, disk_gb = 60, tainted = false } },
    { work = { cores = local.size.work.cores, memory_gb = local.size.work.memory_gb, nodes = local.size.work.nodes, nodes_max = local.size.work.nodes_max, spot = false, disk_gb = 200, tainted = true } },
    var.spot ? { "work-spot" = { cores = local.size.work.cores, memory_gb = local.size.work.memory_gb, nodes = 0, nodes_max = local.size.work.nodes_max, spot = true, disk_gb = 200, tainted = true } } : {},
  )
}
