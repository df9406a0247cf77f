"""Many runs from one file: `grids` says which, `driver` has them done and keeps them.

`local` does them in processes of this machine, `cluster` on a Ray cluster; what either does with
one run stands in `work`.
"""
