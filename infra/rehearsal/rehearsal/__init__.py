"""The rehearsal: infra/template.yaml deployed to an emulated AWS, and the acceptance suite run against it."""
