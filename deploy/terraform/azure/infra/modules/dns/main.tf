# The name people type: its record once the ingress has a load balancer. Nothing where the zone is kept elsewhere; certificates are the cluster's own.

variable "dns" {
  type = object({
    fqdn                  = string
    zone_id               = optional(string)
    load_balancer_address = optional(string)
  })
}

locals {
  # /subscriptions/S/resourceGroups/GROUP/providers/Microsoft.Network/dnsZones/ZONE
  parts = var.dns.zone_id == null ? [] : split("/", var.dns.zone_id)
  group = try(local.parts[4], "")
  zone  = try(local.parts[8], "")
}

resource "azurerm_dns_a_record" "fqdn" {
  count               = var.dns.zone_id == null || var.dns.load_balancer_address == null ? 0 : 1
  name                = trimsuffix(var.dns.fqdn, ".${local.zone}")
  zone_name           = local.zone
  resource_group_name = local.group
  ttl                 = 300
  records             = [var.dns.load_balancer_address]
}

output "record" {
  value = one(azurerm_dns_a_record.fqdn[*].name)
}
