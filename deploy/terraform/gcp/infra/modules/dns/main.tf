# The name people type: its record once the ingress has a load balancer. Nothing where the zone is kept elsewhere; certificates are the cluster's own.

variable "dns" {
  type = object({
    fqdn                  = string
    zone_id               = optional(string)
    load_balancer_address = optional(string)
  })
}

resource "google_dns_record_set" "fqdn" {
  count        = var.dns.zone_id == null || var.dns.load_balancer_address == null ? 0 : 1
  managed_zone = var.dns.zone_id
  name         = "${var.dns.fqdn}."
  type         = "A"
  ttl          = 300
  rrdatas      = [var.dns.load_balancer_address]
}

output "record" {
  value = one(google_dns_record_set.fqdn[*].name)
}
