"""The experiments of the paper, one file each. No task imports another."""
