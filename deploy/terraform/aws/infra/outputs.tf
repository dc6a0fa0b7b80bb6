# The same outputs on every cloud; `touchstone deploy` reads them.

output "cluster_name" {
  description = "Name of the cluster."
  value       = module.cluster.name
}

output "kubeconfig_command" {
  description = "Writes the access to the cluster into the kubeconfig of who runs it."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.cluster.name}"
}

output "fqdn" {
  description = "The name people type."
  value       = var.dns.fqdn
}

output "certificate_ref" {
  description = "Certificate of the FQDN at the load balancer; null where the zone is kept elsewhere."
  value       = module.dns.certificate_ref
}

output "node_labels" {
  description = "Labels of the node pools."
  value       = module.pools.labels
}

output "capacity" {
  description = "Cores and gigabytes of memory of the nodes at their smallest number."
  value = {
    cores     = sum([for pool in values(local.size) : pool.cores * pool.nodes])
    memory_gb = sum([for pool in values(local.size) : pool.memory_gb * pool.nodes])
  }
}

output "storage_classes" {
  description = "Storage classes that ../addons makes."
  value       = ["touchstone-data", "touchstone-scratch"]
}

output "workload_identity" {
  description = "Cloud identities of service accounts."
  value       = module.identity.roles
}

output "database" {
  description = "The metadata store: address, and where its password is; never the password."
  value = {
    host       = module.database.host
    port       = module.database.port
    name       = "touchstone"
    user       = "touchstone"
    secret_ref = module.database.secret_ref
  }
}

output "backup" {
  description = "Where backups go, and the key they are encrypted by."
  value       = { bucket = module.storage.backup_bucket, key_ref = module.storage.kms_key_arn }
}

output "datastore_endpoints" {
  description = "Host names by which private datastores are reached."
  value       = module.connectivity.endpoints
}

output "datastore_networks" {
  description = "Networks behind transit and vpn: what the chart's network policies must let dataplanes reach."
  value       = module.connectivity.routes
}
