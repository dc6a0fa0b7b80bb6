# Machines of a size. Cores and memory are the same on every cloud; here with the machine that has them. There is one worker node for each dataplane of the
# chart's size (packages/deploy/src/chart/sizes.ts), with room beside it for what every node runs.

locals {
  sizes = {
    "small"    = { app = { machine = "m7i.xlarge", cores = 4, memory_gb = 16, nodes = 2 }, work = { machine = "r7i.2xlarge", cores = 8, memory_gb = 64, nodes = 1, nodes_max = 2 } }
    "medium"   = { app = { machine = "m7i.xlarge", cores = 4, memory_gb = 16, nodes = 2 }, work = { machine = "r7i.2xlarge", cores = 8, memory_gb = 64, nodes = 2, nodes_max = 4 } }
    "large"    = { app = { machine = "m7i.xlarge", cores = 4, memory_gb = 16, nodes = 3 }, work = { machine = "r7i.4xlarge", cores = 16, memory_gb = 128, nodes = 4, nodes_max = 8 } }
    "x-large"  = { app = { machine = "m7i.2xlarge", cores = 8, memory_gb = 32, nodes = 3 }, work = { machine = "r7i.8xlarge", cores = 32, memory_gb = 256, nodes = 4, nodes_max = 8 } }
    "2x-large" = { app = { machine = "m7i.2xlarge", cores = 8, memory_gb = 32, nodes = 3 }, work = { machine = "r7i.8xlarge", cores = 32, memory_gb = 256, nodes = 8, nodes_max = 16 } }
    "4x-large" = { app = { machine = "m7i.4xlarge", cores = 16, memory_gb = 64, nodes = 3 }, work = { machine = "r7i.16xlarge", cores = 64, memory_gb = 512, nodes = 8, nodes_max = 16 } }
  }

  database_machines = {
    "small"    = "db.m7g.large"
    "medium"   = "db.m7g.large"
    "large"    = "db.m7g.xlarge"
    "x-large"  = "db.m7g.2xlarge"
    "2x-large" = "db.m7g.4xlarge"
    "4x-large" = "db.m7g.8xlarge"
  }

  size = local.sizes[var.size]
}
