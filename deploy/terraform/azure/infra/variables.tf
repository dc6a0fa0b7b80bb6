# The same inputs on every cloud (deploy/terraform/README.md); what differs is what a name means, and that stands in its description.

variable "name" {
  description = "Name of the deployment; part of the name of everything that is made."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,16}[a-z0-9]$", var.name))
    error_message = "name: 3 to 18 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "Region of the cloud, such as westeurope."
  type        = string
}

variable "subscription_id" {
  description = "Subscription that holds this deployment."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.subscription_id))
    error_message = "subscription_id: the id of a subscription."
  }
}

variable "tenant_id" {
  description = "Entra tenant whose people administer the deployment."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.tenant_id))
    error_message = "tenant_id: the id of a tenant."
  }
}

variable "owner" {
  description = "Whose deployment this is: the operator's, or the customer's after its transfer."
  type        = string
  default     = "operator"

  validation {
    condition     = contains(["operator", "customer"], var.owner)
    error_message = "owner: operator or customer."
  }
}

variable "cidr" {
  description = "Private network of the deployment, a /16 to /20 that overlaps none of connectivity's routes."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "cidr: an IPv4 network of /16 to /20."
  }
}

variable "zones" {
  description = "Number of zones the nodes are spread over."
  type        = number
  default     = 3

  validation {
    condition     = var.zones >= 2 && var.zones <= 3
    error_message = "zones: 2 or 3."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes; one that is still patched upstream."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version: a minor version such as 1.35."
  }
}

variable "size" {
  description = "Size of the deployment, as in the chart: small, medium, large, x-large, 2x-large, 4x-large."
  type        = string
  default     = "small"

  validation {
    condition     = contains(["small", "medium", "large", "x-large", "2x-large", "4x-large"], var.size)
    error_message = "size: small, medium, large, x-large, 2x-large or 4x-large."
  }
}

variable "spot" {
  description = "Whether workers may run on machines that the cloud can take back; one group on demand stays beside them."
  type        = bool
  default     = false
}

variable "admin_principals" {
  description = "Who administers the cluster: object ids of Entra groups."
  type        = set(string)

  validation {
    condition     = length(var.admin_principals) > 0 && alltrue([for id in var.admin_principals : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "admin_principals: the object id of at least one group, for a cluster that nobody may enter cannot be handed over either."
  }
}

variable "operator_principals" {
  description = "Who administers the cluster on the operator's side: object ids of groups. A transfer of ownership empties it."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.operator_principals : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "operator_principals: object ids of groups."
  }
}

variable "api_access_cidrs" {
  description = "Networks from which the Kubernetes API is reached over the internet; empty: only from the private network."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.api_access_cidrs : can(cidrhost(cidr, 0)) && try(tonumber(split("/", cidr)[1]) >= 8, false)])
    error_message = "api_access_cidrs: networks of /8 or smaller; the whole internet is not one of them."
  }
}

variable "applier_cidrs" {
  description = "Public addresses or networks from which this is applied: the vault lets them in besides the cloud's own services."
  type        = set(string)

  validation {
    condition     = length(var.applier_cidrs) > 0 && alltrue([for cidr in var.applier_cidrs : can(regex("^[0-9.]+(/([89]|[12][0-9]|30))?$", cidr))])
    error_message = "applier_cidrs: at least one IPv4 address, or network of /8 to /30."
  }
}

variable "database" {
  description = "Managed Postgres of the metadata store."
  type = object({
    version             = optional(string, "17")
    storage_gb          = optional(number, 100)
    backup_days         = optional(number, 14)
    highly_available    = optional(bool, true)
    deletion_protection = optional(bool, true)
  })
  default = {}

  validation {
    condition     = tonumber(var.database.version) >= 15 && var.database.storage_gb >= 20 && var.database.backup_days >= 7 && var.database.backup_days <= 35
    error_message = "database: version 15 or later, storage_gb at least 20, backup_days 7 to 35."
  }
}

variable "database_password" {
  description = "Password of the metadata store, of your own making (TF_VAR_database_password); it goes into Key Vault and the database, and into no state and no plan."
  type        = string
  ephemeral   = true

  validation {
    condition     = length(var.database_password) >= 24
    error_message = "database_password: at least 24 characters."
  }
}

variable "database_password_version" {
  description = "Raise it to write a new password."
  type        = number
  default     = 1
}

variable "dns" {
  description = "FQDN people type, the zone it is in (null: kept elsewhere), and the address of the ingress' load balancer once there is one."
  type = object({
    fqdn                  = string
    zone_id               = optional(string)
    load_balancer_address = optional(string)
  })

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.dns.fqdn))
    error_message = "dns.fqdn: a fully qualified lower-case name such as quality.example.org."
  }
}

variable "connectivity" {
  description = <<-TEXT
    How private datastores are reached; public ones need nothing.
    private_endpoints: Private Link, target is the id of the resource or of a private link service; subresource says which part of a resource, such as sqlServer.
    transit: a hub of a virtual WAN, and the networks behind it.
    vpn: site-to-site, one entry a site: its public address, its AS number, the networks behind it. Its pre-shared key is in vpn_shared_secrets.
  TEXT
  type = object({
    private_endpoints = optional(map(object({
      target      = string
      ports       = set(number)
      private_dns = optional(string)
      subresource = optional(string)
    })), {})
    transit = optional(object({
      hub_id = string
      routes = set(string)
    }))
    vpn = optional(map(object({
      peer_address = string
      peer_asn     = number
      routes       = set(string)
    })), {})
  })
  default = {}

  validation {
    condition     = alltrue([for endpoint in values(var.connectivity.private_endpoints) : can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/.+$", endpoint.target)) && length(endpoint.ports) > 0])
    error_message = "connectivity.private_endpoints: target is the id of a resource (/subscriptions/…), with at least one port."
  }

  validation {
    condition     = var.connectivity.transit == null ? true : can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualHubs/[^/]+$", var.connectivity.transit.hub_id)) && length(var.connectivity.transit.routes) > 0
    error_message = "connectivity.transit: hub_id is the id of a virtual hub, with the networks behind it."
  }

  validation {
    condition     = alltrue([for site in values(var.connectivity.vpn) : can(cidrhost("${site.peer_address}/32", 0)) && site.peer_asn >= 1 && length(site.routes) > 0])
    error_message = "connectivity.vpn: peer_address is an IPv4 address, peer_asn an AS number, with the networks behind it."
  }

  # Two networks overlap when either holds the first address of the other.
  validation {
    condition = alltrue([
      for route in concat(tolist(try(var.connectivity.transit.routes, [])), flatten([for site in values(var.connectivity.vpn) : tolist(site.routes)])) :
      cidrhost("${cidrhost(route, 0)}/${split("/", var.cidr)[1]}", 0) != cidrhost(var.cidr, 0) &&
      cidrhost("${cidrhost(var.cidr, 0)}/${split("/", route)[1]}", 0) != cidrhost(route, 0)
    ])
    error_message = "connectivity: a network behind transit or vpn overlaps cidr; choose another cidr for the deployment."
  }
}

variable "vpn_shared_secrets" {
  description = "Pre-shared key of each site of connectivity.vpn. It is in the state: the provider knows no other way yet."
  type        = map(string)
  sensitive   = true
  default     = {}
}

variable "tags" {
  description = "Tags on everything."
  type        = map(string)
  default     = {}
}
