"""What the wheel contains and depends on: the lock files, the SBOM, the audit."""
