# Machines of a size. Cores and memory are the same on every cloud; here with the machine that has them. There is one worker node for each dataplane of the
# chart's size (packages/deploy/src/chart/sizes.ts), with room beside it for what every node runs.

locals {
  sizes = {
    "small"    = { app = { machine = "n2-standard-4", cores = 4, memory_gb = 16, nodes = 2 }, work = { machine = "n2-highmem-8", cores = 8, memory_gb = 64, nodes = 1, nodes_max = 2 } }
    "medium"   = { app = { machine = "n2-standard-4", cores = 4, memory_gb = 16, nodes = 2 }, work = { machine = "n2-highmem-8", cores = 8, memory_gb = 64, nodes = 2, nodes_max = 4 } }
    "large"    = { app = { machine = "n2-standard-4", cores = 4, memory_gb = 16, nodes = 3 }, work = { machine = "n2-highmem-16", cores = 16, memory_gb = 128, nodes = 4, nodes_max = 8 } }
    "x-large"  = { app = { machine = "n2-standard-8", cores = 8, memory_gb = 32, nodes = 3 }, work = { machine = "n2-highmem-32", cores = 32, memory_gb = 256, nodes = 4, nodes_max = 8 } }
    "2x-large" = { app = { machine = "n2-standard-8", cores = 8, memory_gb = 32, nodes = 3 }, work = { machine = "n2-highmem-32", cores = 32, memory_gb = 256, nodes = 8, nodes_max = 16 } }
    "4x-large" = { app = { machine = "n2-standard-16", cores = 16, memory_gb = 64, nodes = 3 }, work = { machine = "n2-highmem-64", cores = 64, memory_gb = 512, nodes = 8, nodes_max = 16 } }
  }

  database_machines = {
    "small"    = "db-custom-2-7680"
    "medium"   = "db-custom-2-7680"
    "large"    = "db-custom-4-15360"
    "x-large"  = "db-custom-8-30720"
    "2x-large" = "db-custom-16-61440"
    "4x-large" = "db-custom-32-122880"
  }

  size = local.sizes[var.size]
}
