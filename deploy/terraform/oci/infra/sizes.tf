# Machines of a size. Cores and memory are the same on every cloud; here the machine (VM.Standard.E5.Flex) is made to have them. There is one worker node for each dataplane of the
# chart's size (packages/deploy/src/chart/sizes.ts), with room beside it for what every node runs.

locals {
  sizes = {
    "small"    = { app = { cores = 4, memory_gb = 16, nodes = 2 }, work = { cores = 8, memory_gb = 64, nodes = 1, nodes_max = 2 } }
    "medium"   = { app = { cores = 4, memory_gb = 16, nodes = 2 }, work = { cores = 8, memory_gb = 64, nodes = 2, nodes_max = 4 } }
    "large"    = { app = { cores = 4, memory_gb = 16, nodes = 3 }, work = { cores = 16, memory_gb = 128, nodes = 4, nodes_max = 8 } }
    "x-large"  = { app = { cores = 8, memory_gb = 32, nodes = 3 }, work = { cores = 32, memory_gb = 256, nodes = 4, nodes_max = 8 } }
    "2x-large" = { app = { cores = 8, memory_gb = 32, nodes = 3 }, work = { cores = 32, memory_gb = 256, nodes = 8, nodes_max = 16 } }
    "4x-large" = { app = { cores = 16, memory_gb = 64, nodes = 3 }, work = { cores = 64, memory_gb = 512, nodes = 8, nodes_max = 16 } }
  }

  database_cores = {
    "small"    = 2
    "medium"   = 2
    "large"    = 4
    "x-large"  = 8
    "2x-large" = 16
    "4x-large" = 32
  }

  size = local.sizes[var.size]
}
