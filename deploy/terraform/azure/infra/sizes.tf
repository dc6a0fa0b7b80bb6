# Machines of a size. Cores and memory are the same on every cloud; here with the machine that has them. There is one worker node for each dataplane of the
# chart's size (packages/deploy/src/chart/sizes.ts), with room beside it for what every node runs.

locals {
  sizes = {
    "small"    = { app = { machine = "Standard_D4s_v5", cores = 4, memory_gb = 16, nodes = 2 }, work = { machine = "Standard_E8s_v5", cores = 8, memory_gb = 64, nodes = 1, nodes_max = 2 } }
    "medium"   = { app = { machine = "Standard_D4s_v5", cores = 4, memory_gb = 16, nodes = 2 }, work = { machine = "Standard_E8s_v5", cores = 8, memory_gb = 64, nodes = 2, nodes_max = 4 } }
    "large"    = { app = { machine = "Standard_D4s_v5", cores = 4, memory_gb = 16, nodes = 3 }, work = { machine = "Standard_E16s_v5", cores = 16, memory_gb = 128, nodes = 4, nodes_max = 8 } }
    "x-large"  = { app = { machine = "Standard_D8s_v5", cores = 8, memory_gb = 32, nodes = 3 }, work = { machine = "Standard_E32s_v5", cores = 32, memory_gb = 256, nodes = 4, nodes_max = 8 } }
    "2x-large" = { app = { machine = "Standard_D8s_v5", cores = 8, memory_gb = 32, nodes = 3 }, work = { machine = "Standard_E32s_v5", cores = 32, memory_gb = 256, nodes = 8, nodes_max = 16 } }
    "4x-large" = { app = { machine = "Standard_D16s_v5", cores = 16, memory_gb = 64, nodes = 3 }, work = { machine = "Standard_E64s_v5", cores = 64, memory_gb = 512, nodes = 8, nodes_max = 16 } }
  }

  database_machines = {
    "small"    = "GP_Standard_D2ds_v5"
    "medium"   = "GP_Standard_D2ds_v5"
    "large"    = "GP_Standard_D4ds_v5"
    "x-large"  = "GP_Standard_D8ds_v5"
    "2x-large" = "GP_Standard_D16ds_v5"
    "4x-large" = "GP_Standard_D32ds_v5"
  }

  size = local.sizes[var.size]
}
