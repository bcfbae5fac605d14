"""Results for machines and auditors, all from one result model."""
