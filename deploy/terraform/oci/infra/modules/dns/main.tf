# The name people type: its record once the ingress has a load balancer. Nothing where the zone is kept elsewhere; certificates are the cluster's own.

variable "dns" {
  type = object({
    fqdn                  = string
    zone_id               = optional(string)
    load_balancer_address = optional(string)
  })
}

resource "oci_dns_rrset" "fqdn" {
  count           = var.dns.zone_id == null || var.dns.load_balancer_address == null ? 0 : 1
  zone_name_or_id = var.dns.zone_id
  domain          = var.dns.fqdn
  rtype           = "A"

  items {
    domain = var.dns.fqdn
    rtype  = "A"
    rdata  = var.dns.load_balancer_address
    ttl    = 300
  }
}

output "record" {
  value = one(oci_dns_rrset.fqdn[*].domain)
}
