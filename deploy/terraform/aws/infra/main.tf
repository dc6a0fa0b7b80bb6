# One single-tenant deployment on AWS: a private network, a private EKS cluster, Postgres, and ways to private datastores.
# Only the cloud's API is spoken to here; what lives in the cluster is in ../addons and in the chart, so that no provider is configured from its own state.

module "storage" {
  source = "./modules/storage"
  name   = var.name
}

module "network" {
  source      = "./modules/network"
  name        = var.name
  cidr        = var.cidr
  zones       = var.zones
  kms_key_arn = module.storage.kms_key_arn
}

module "cluster" {
  source             = "./modules/cluster"
  name               = var.name
  kubernetes_version = var.kubernetes_version
  subnet_ids         = values(module.network.private_subnet_ids)
  kms_key_arn        = module.storage.kms_key_arn
  admin_principals   = setunion(var.admin_principals, var.operator_principals)
  api_access_cidrs   = var.api_access_cidrs
}

module "pools" {
  source       = "./modules/pools"
  name         = var.name
  cluster_name = module.cluster.name
  subnet_ids   = module.network.private_subnet_ids
  kms_key_arn  = module.storage.kms_key_arn
  pools        = local.pools
}

module "database" {
  source                   = "./modules/database"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = values(module.network.data_subnet_ids)
  client_security_group_id = module.cluster.security_group_id
  kms_key_arn              = module.storage.kms_key_arn
  machine                  = local.database_machines[var.size]
  settings                 = var.database
}

module "identity" {
  source              = "./modules/identity"
  name                = var.name
  cluster_name        = module.cluster.name
  backup_bucket_arn   = module.storage.backup_bucket_arn
  database_secret_arn = module.database.secret_ref
  kms_key_arn         = module.storage.kms_key_arn
}

module "connectivity" {
  source          = "./modules/connectivity"
  name            = var.name
  vpc_id          = module.network.vpc_id
  cidr            = var.cidr
  subnet_ids      = module.network.private_subnet_ids
  route_table_ids = module.network.private_route_table_ids
  kms_key_arn     = module.storage.kms_key_arn
  connectivity    = var.connectivity
}

module "dns" {
  source = "./modules/dns"
  dns    = var.dns
}

locals {
  # Where machines may be taken back, one group on demand stays: a scan always finds a place.
  pools = merge(
    { app = { machine = local.size.app.machine, nodes = local.size.app.nodes, nodes_max = local.size.app.nodes + 2, spot = false, disk_gb = 60, tainted = false } },
    { work = { machine = local.size.work.machine, nodes = local.size.work.nodes, nodes_max = local.size.work.nodes_max, spot = false, disk_gb = 200, tainted = true } },
    var.spot ? { "work-spot" = { machine = local.size.work.machine, nodes = 0, nodes_max = local.size.work.nodes_max, spot = true, disk_gb = 200, tainted = true } } : {},
  )
}
