# One single-tenant deployment on Google Cloud: a private network, a private GKE cluster, Postgres, and ways to private datastores.
# Only the cloud's API is spoken to here; what lives in the cluster is in ../addons and in the chart, so that no provider is configured from its own state.

module "storage" {
  source  = "./modules/storage"
  name    = var.name
  project = var.project
  region  = var.region
}

module "network" {
  source = "./modules/network"
  name   = var.name
  region = var.region
  cidr   = var.cidr
}

module "cluster" {
  source              = "./modules/cluster"
  name                = var.name
  region              = var.region
  project             = var.project
  zones               = var.zones
  kubernetes_version  = var.kubernetes_version
  network_id          = module.network.network_id
  subnetwork_id       = module.network.subnetwork_id
  kms_key_id          = module.storage.kms_key_id
  api_access_cidrs    = var.api_access_cidrs
  admin_principals    = setunion(var.admin_principals, var.operator_principals)
  deletion_protection = var.database.deletion_protection
}

module "pools" {
  source       = "./modules/pools"
  name         = var.name
  project      = var.project
  cluster_name = module.cluster.name
  region       = var.region
  kms_key_id   = module.storage.kms_key_id
  pools        = local.pools
}

module "database" {
  source           = "./modules/database"
  name             = var.name
  region           = var.region
  network_id       = module.network.network_id
  peering          = module.network.peering
  kms_key_id       = module.storage.kms_key_id
  password         = var.database_password
  password_version = var.database_password_version
  machine          = local.database_machines[var.size]
  settings         = var.database
}

module "identity" {
  source             = "./modules/identity"
  name               = var.name
  project            = var.project
  backup_bucket      = module.storage.backup_bucket
  database_secret_id = module.database.secret_ref
}

module "connectivity" {
  source        = "./modules/connectivity"
  name          = var.name
  region        = var.region
  network_id    = module.network.network_id
  subnetwork_id = module.network.subnetwork_id
  connectivity  = var.connectivity

  vpn_shared_secrets = var.vpn_shared_secrets
}

module "dns" {
  source = "./modules/dns"
  dns    = var.dns
}

locals {
  # Where machines may be taken back, one pool on demand stays: a scan always finds a place.
  pools = merge(
    { app = { machine = local.size.app.machine, nodes = local.size.app.nodes, nodes_max = local.size.app.nodes + 2, spot = false, disk_gb = 60, tainted = false } },
    { work = { machine = local.size.work.machine, nodes = local.size.work.nodes, nodes_max = local.size.work.nodes_max, spot = false, disk_gb = 200, tainted = true } },
    var.spot ? { "work-spot" = { machine = local.size.work.machine, nodes = 0, nodes_max = local.size.work.nodes_max, spot = true, disk_gb = 200, tainted = true } } : {},
  )
}
